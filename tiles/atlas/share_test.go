package atlas_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
)

func TestSharedBordersStaySharedAtEveryZoom(t *testing.T) {
	files := []string{"dc_police-service-areas-psa", "dc_dpw-parking-beats", "dc_fire-alarm-districts", "dc_ward-2012"}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			l := load("areas", atlas.Shared, read(t, "05_geofence/"+file+".geojson.gz"))
			for zoom := uint8(0); zoom <= 16; zoom += 2 {
				type owner struct {
					feature string
					simple  atlas.Segment
				}
				seen := map[atlas.Segment]owner{}
				simple := map[atlas.Segment]bool{}
				shared := 0
				l.Covers(zoom, func(feature string, full, s atlas.Segment) {
					simple[s] = true
					if was, ok := seen[full]; !ok {
						seen[full] = owner{feature, s}
					} else if shared++; was.simple != s {
						t.Fatalf("zoom %d: %v is %v in %s and %v in %s", zoom, full, was.simple, was.feature, s, feature)
					}
				})
				if shared == 0 {
					t.Fatal("the file has no shared borders: the test shows nothing")
				}
				if zoom%4 == 0 {
					t.Logf("zoom %d: %d segments, %d of them shared, simplified to %d", zoom, len(seen), shared, len(simple))
				}
			}
		})
	}
}

// grid makes areas of a crooked board whose neighbours share every vertex.
func grid(rng *rand.Rand, side int) []spatial.Feature {
	const fine = 12 // vertices per edge
	node := map[[2]int]orb.Point{}
	at := func(x, y int) orb.Point {
		k := [2]int{x, y}
		if _, ok := node[k]; !ok {
			node[k] = orb.Point{105.7 + float64(x)*.001 + rng.Float64()*.0008, 34.5 + float64(y)*.001 + rng.Float64()*.0008}
		}
		return node[k]
	}
	var out []spatial.Feature
	for i := range side * side {
		x, y := i%side*fine, i/side*fine
		var ring orb.Ring
		for k := range fine {
			ring = append(ring, at(x+k, y))
		}
		for k := range fine {
			ring = append(ring, at(x+fine, y+k))
		}
		for k := range fine {
			ring = append(ring, at(x+fine-k, y+fine))
		}
		for k := range fine {
			ring = append(ring, at(x, y+fine-k))
		}
		out = append(out, spatial.Feature{ID: fmt.Sprint("beat-", i), Version: 1, Geometry: orb.Polygon{append(ring, ring[0])}, Properties: map[string]any{"name": fmt.Sprint(i)}})
	}
	return out
}

// dent is a polygon with one vertex moved or left out: a border that was shared no longer is.
func dent(rng *rand.Rand, g orb.Geometry) orb.Geometry {
	ring := slices.Clone(g.(orb.Polygon)[0])
	i := 1 + rng.IntN(len(ring)-2)
	if rng.IntN(2) == 0 && len(ring) > 8 {
		ring = slices.Delete(ring, i, i+1)
	} else {
		ring[i] = orb.Point{ring[i][0] + rng.Float64()*.0004, ring[i][1] + rng.Float64()*.0004}
	}
	return orb.Polygon{ring}
}

func TestEditsOfSharedBordersGiveTheTilesOfAFreshLoad(t *testing.T) {
	for seed := range uint64(2) {
		rng := rand.New(rand.NewPCG(seed, 3))
		start := grid(rng, 6)
		now := map[string]spatial.Feature{}
		for _, f := range start {
			now[f.ID] = f
		}
		l := load("areas", atlas.Shared, start)
		for version := int64(2); version < 40; version++ {
			f := start[rng.IntN(len(start))]
			before := cutAll(l)
			var dirty []orb.Bound
			switch _, there := now[f.ID]; {
			case there && rng.IntN(4) == 0:
				delete(now, f.ID)
				dirty = l.Remove(f.ID, version)
			case there && rng.IntN(3) > 0:
				f = now[f.ID]
				f.Version, f.Geometry = version, dent(rng, f.Geometry)
				now[f.ID] = f
				dirty = l.Put(noon, f)
			default: // as at the start: mends borders
				f.Version = version
				now[f.ID] = f
				dirty = l.Put(noon, f)
			}
			fresh := load("areas", atlas.Shared, values(now))
			after, want := cutAll(l), cutAll(fresh)
			for id := range want {
				if !bytes.Equal(after[id], want[id]) {
					t.Fatalf("seed %d, version %d: tile %v differs from that of a fresh load", seed, version, id)
				}
				if !bytes.Equal(before[id], after[id]) && !slices.ContainsFunc(dirty, buffered(id).Intersects) {
					t.Fatalf("seed %d, version %d: tile %v changed, but only %v is dirty", seed, version, id, dirty)
				}
			}
		}
	}
}

func values(m map[string]spatial.Feature) []spatial.Feature {
	var out []spatial.Feature
	for _, f := range m { // in any order: it must not matter
		out = append(out, f)
	}
	return out
}

func cutAll(l *atlas.Layer) map[tiles.ID][]byte {
	out := map[tiles.ID][]byte{}
	for _, zoom := range []uint8{5, 8, 9, 10, 11, 12, 14} {
		low, high := tiles.Project(orb.Point{105.7, 34.58}).At(zoom), tiles.Project(orb.Point{105.78, 34.5}).At(zoom)
		for x := low.X; x <= high.X; x++ {
			for y := low.Y; y <= high.Y; y++ {
				id := tiles.ID{Z: zoom, X: x, Y: y}
				out[id] = l.Cut(nil, id, nil)
			}
		}
	}
	return out
}

// buffered is the tile's square with its buffer.
func buffered(id tiles.ID) orb.Bound {
	b := id.Bound()
	w, h := (b.Max[0]-b.Min[0])/64, (b.Max[1]-b.Min[1])/64
	return orb.Bound{Min: orb.Point{b.Min[0] - w, b.Min[1] - h}, Max: orb.Point{b.Max[0] + w, b.Max[1] + h}}
}
