package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
)

// A liveLayer shows the units of the picture as a layer: features and tiles of where everything is now.
type liveLayer struct {
	def     layers.Layer
	picture *live.Picture
	base    uint64 // more than that of a liveLayer before, whose tiles were made by another definition

	mu      sync.Mutex   // guards all below
	atlas   *atlas.Layer // of the units as they were at version
	version uint64
	due     time.Time
}

// liveTilesAge is how old tiles of moving units may be. Walls that want more hear the stream of moves.
const liveTilesAge = 500 * time.Millisecond

func openLive(l layers.Layer, p *live.Picture) external {
	one := &liveLayer{def: l, picture: p, base: tiles.NewEpochs().At(tiles.ID{}), atlas: atlas.New(spec(l), time.Now())}
	return external{cutter: one, reader: one}
}

// all is what the layer shows: every unit that moves and has a position that is not too old.
var all = live.Filter{StaleToo: true}

// current brings the units in memory up to date, not more often than tiles may be old.
func (l *liveLayer) current() (*atlas.Layer, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Before(l.due) {
		return l.atlas, l.version
	}
	l.due = now.Add(liveTilesAge)
	newest := l.picture.Changes(l.version, func(live.Moved) bool { return false })
	if newest == l.version && l.version > 0 {
		return l.atlas, l.version
	}
	next := atlas.New(spec(l.def), now)
	next.Load(func(yield func(spatial.Feature) bool) {
		for _, f := range l.features(world84) {
			if !yield(f) {
				return
			}
		}
	})
	l.atlas, l.version = next, newest
	return next, newest
}

// features are the units in a box.
func (l *liveLayer) features(box orb.Bound) (out []spatial.Feature) {
	l.picture.Within(box, all, func(s live.Sight) bool {
		out = append(out, featureOf(s))
		return true
	})
	return out
}

var world84 = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}

// Class is part of a tiles.Cutter.
func (l *liveLayer) Class(class string) string { return classOf(&l.def, class) }

// Cut is part of a tiles.Cutter.
func (l *liveLayer) Cut(ctx context.Context, dst []byte, id tiles.ID, class string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	units, _ := l.current()
	return cutAs(&l.def, units, dst, id, class)
}

// Epoch changes with the picture.
func (l *liveLayer) Epoch(tiles.ID) uint64 {
	_, version := l.current()
	return l.base + version
}

// featureOf is a unit as a feature of the layer.
func featureOf(s live.Sight) spatial.Feature {
	f := spatial.Feature{
		ID: s.Unit.ID, Geometry: s.Point, Updated: s.Fix.Time(), Source: "live", Accuracy: known32(s.Accuracy),
		Version: int64(s.Version),
		Properties: map[string]any{
			"name": s.Unit.Name, "class": s.Unit.Class.String(), "state": s.Unit.State.String(), "freshness": s.Freshness.String(),
		},
	}
	for name, v := range map[string]string{"kind": s.Unit.Kind, "org": s.Unit.Org} {
		if v != "" {
			f.Properties[name] = v
		}
	}
	if s.Fix != 0 {
		f.Properties["fix"] = s.Fix.Time().Format(time.RFC3339Nano)
	}
	for name, v := range map[string]float32{"course": s.Course, "speed": s.Speed} {
		if !math.IsNaN(float64(v)) {
			f.Properties[name] = math.Round(float64(v)*10) / 10
		}
	}
	return f
}

func known32(v float32) float64 {
	if math.IsNaN(float64(v)) {
		return 0
	}
	return float64(v)
}

// Feature is a layers.Reader.
func (l *liveLayer) Feature(_ context.Context, layer, id string) (spatial.Feature, error) {
	s, ok := l.picture.Unit(id)
	if !ok || !s.Known {
		return spatial.Feature{}, fmt.Errorf("%s/%s has no position: %w", layer, id, layers.ErrNotFound)
	}
	return featureOf(s), nil
}

// Features is a layers.Reader.
func (l *liveLayer) Features(_ context.Context, _ string, q layers.Query) (layers.Page, error) {
	var found []spatial.Feature
	bounds := q.Bounds
	if bounds == nil {
		bounds = []orb.Bound{world84}
	}
	seen := map[string]bool{}
	for _, b := range bounds {
		for _, f := range l.features(b) {
			if !seen[f.ID] && matches(f, q.Where) {
				seen[f.ID] = true
				found = append(found, f)
			}
		}
	}
	slices.SortFunc(found, func(a, b spatial.Feature) int { return strings.Compare(a.ID, b.ID) })
	return page(found, q), nil
}

func matches(f spatial.Feature, where map[string]any) bool {
	for name, want := range where {
		if f.Properties[name] != want {
			return false
		}
	}
	return true
}

// page cuts a page out of all features that match, which are in order.
func page(found []spatial.Feature, q layers.Query) layers.Page {
	p := layers.Page{Matched: int64(len(found))}
	limit := q.Limit
	if limit == 0 {
		limit = 1000
	}
	from := 0
	for from < len(found) && found[from].ID <= q.After && q.After != "" {
		from++
	}
	from = min(from+q.Offset, len(found))
	to := min(from+limit, len(found))
	p.Features = found[from:to]
	if to < len(found) {
		p.Next = found[to-1].ID
	}
	return p
}

// Scan is a layers.Reader.
func (l *liveLayer) Scan(_ context.Context, _ string, visit func(spatial.Feature) error) error {
	for _, f := range l.features(world84) {
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// Stat is a layers.Reader.
func (l *liveLayer) Stat(context.Context, string) (layers.Stat, error) {
	stat := layers.Stat{Bound: layers.Nowhere}
	l.picture.Within(world84, all, func(s live.Sight) bool {
		stat.Count++
		if stat.Count == 1 {
			stat.Bound = s.Point.Bound()
		}
		stat.Bound = stat.Bound.Extend(s.Point)
		return true
	})
	return stat, nil
}
