package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/shape"
	"github.com/wardmap/wardmap/spatial/tally"
	"github.com/wardmap/wardmap/tiles"
)

// A release is counts that were made. Those for who does not see the features stay as they are until the next day: who
// asked again after each change would see single features come and go.
type release struct {
	api.Counted
	fixed    bool
	day      string // when it was made
	revision uint64 // of the census that it was made from
	areas    string // and of the areas
}

// mostReleases bounds the releases that a layer keeps, besides those that are fixed for the day.
const mostReleases = 64

// counted is the world's api.Counter.
func (w *world) counted(ctx context.Context, q api.CountsQuestion) (api.Counted, error) {
	s := w.sheetOf(q.Layer.ID)
	if s == nil || s.census == nil {
		return api.Counted{}, fmt.Errorf("counts of %s: %w", q.Layer.ID, layers.ErrNotFound)
	}
	c := s.census
	var by []*area
	var state string
	for _, layer := range c.def.Counts.By {
		one, err := w.areas.of(ctx, w, layer)
		if err != nil {
			return api.Counted{}, fmt.Errorf("counts of %s by %s: %w", q.Layer.ID, layer, err)
		}
		by = append(by, one)
		state += strconv.FormatUint(one.epoch, 16) + " "
	}
	key := fmt.Sprint(q.Fixed, q.Period)
	day := q.Now.In(layers.CountsZone).Format(time.DateOnly)
	c.making.Lock()
	defer c.making.Unlock()
	if r := c.made[key]; r != nil && r.day == day && r.areas == state && (q.Fixed || r.revision == c.now()) {
		return r.Counted, nil
	}
	if err := ctx.Err(); err != nil {
		return api.Counted{}, err
	}
	if c.day != day || c.free >= mostReleases {
		c.forget(day)
		c.day, c.free = day, 0
	}
	r := c.release(q, by)
	if !q.Fixed {
		c.free++
	}
	r.day, r.areas = day, state
	c.made[key] = r
	return r.Counted, nil
}

// forget makes room. What is fixed for the day stays, or whoever asked for much else could have it counted anew: there
// is one for each period of tally.YearsBack years.
func (c *census) forget(day string) {
	for key, r := range c.made {
		if r.day != day || !r.fixed {
			delete(c.made, key)
		}
	}
}

// release counts.
func (c *census) release(q api.CountsQuestion, by []*area) *release {
	list, names, revision := c.at(q.Period, q.Now)
	rule := c.def.Counts
	plan := tally.Plan{K: rule.K, Zoom: rule.Cells}
	r := &release{fixed: q.Fixed, revision: revision}
	r.Made, r.Tag = q.Now, strconv.FormatInt(q.Now.UnixNano(), 36)
	for _, a := range by {
		plan.Areas = append(plan.Areas, len(a.features))
		r.Areas = append(r.Areas, a.features)
	}
	if len(by) == 2 {
		for _, f := range by[1].features {
			at, _ := shape.Pole(f.Geometry)
			plan.Above = append(plan.Above, by[0].places.Find(at))
		}
	}
	numbers := make([][]int32, len(names))
	for i, property := range rule.Of {
		often := make([]int, len(names[i]))
		for _, one := range list {
			often[one.classes[i]]++
		}
		p, _ := c.def.Property(property)
		var told []string
		told, numbers[i] = sorted(p, names[i], often, max(rule.K, tally.Floor))
		r.Classes, plan.Classes = append(r.Classes, told), append(plan.Classes, len(told))
	}
	r.All = tally.Of(plan, things(list, by, numbers))
	return r
}

// things finds where everything lies.
func things(list []tallied, by []*area, numbers [][]int32) []tally.Thing {
	out := make([]tally.Thing, len(list))
	kinds := make([]int32, len(list)*len(numbers))
	for i, one := range list {
		at := tiles.Project(one.at)
		t := tally.Thing{Area: [tally.Levels]int32{tally.Outside, tally.Outside}, Square: tally.SquareAt(at.X, at.Y)}
		for level, a := range by {
			t.Area[level] = a.places.Find(one.at)
		}
		t.Classes, kinds = kinds[:len(numbers):len(numbers)], kinds[len(numbers):]
		for j, number := range numbers {
			t.Classes[j] = number[one.classes[j]]
		}
		out[i] = t
	}
	return out
}

// areas are the layers that others are counted by, read when they have changed. It is safe for concurrent use.
type areas struct {
	mu  sync.Mutex // guards all; not held while a layer is read
	all map[string]*area
}

// An area layer, sorted by id.
type area struct {
	epoch    uint64
	features []spatial.Feature
	places   *tally.Places
}

func (a *areas) of(ctx context.Context, w *world, layer string) (*area, error) {
	s := w.sheetOf(layer)
	if s == nil {
		return nil, layers.ErrNotFound
	}
	next := &area{epoch: s.epochs.At(tiles.ID{})} // before reading: what changes meanwhile is read again
	a.mu.Lock()
	last := a.all[layer]
	a.mu.Unlock()
	if last != nil && last.epoch == next.epoch {
		return last, nil
	}
	now := time.Now()
	err := w.store.Scan(ctx, layer, func(f spatial.Feature) error {
		if f.Effective.Holds(now) {
			next.features = append(next.features, f)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	next.features = undivided(next.features)
	slices.SortFunc(next.features, func(a, b spatial.Feature) int { return cmp.Compare(a.ID, b.ID) })
	next.places = tally.NewPlaces(shapes(next.features))
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[string]*area{}
	}
	a.all[layer] = next
	return next, nil
}

func shapes(fs []spatial.Feature) []orb.Geometry {
	out := make([]orb.Geometry, len(fs))
	for i, f := range fs {
		out[i] = f.Geometry
	}
	return out
}

// undivided leaves out areas that smaller ones of the layer lie in, as a city around its districts: what lies there is
// counted once, in the smaller one.
func undivided(all []spatial.Feature) []spatial.Feature {
	slices.SortFunc(all, func(a, b spatial.Feature) int {
		return cmp.Or(cmp.Compare(planar.Area(a.Geometry), planar.Area(b.Geometry)), cmp.Compare(a.ID, b.ID))
	})
	divided := make([]bool, len(all))
	for i, f := range all {
		at, _ := shape.Pole(f.Geometry)
		spot := orb.Bound{Min: at, Max: at}
		for j := i + 1; j < len(all); j++ {
			if g := all[j].Geometry; !divided[j] && g.Bound().Contains(at) && spatial.Intersects(spot, g) {
				divided[j] = true
			}
		}
	}
	var out []spatial.Feature
	for i, f := range all {
		if !divided[i] {
			out = append(out, f)
		}
	}
	return out
}
