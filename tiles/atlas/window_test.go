package atlas_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/atlas"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// TestAWindowShowsNoMore holds windows against a layer that never held the rest.
func TestAWindowShowsNoMore(t *testing.T) {
	codes := []string{"a", "b", "", "c"}
	area := func(i int) orb.Polygon {
		w, s := tianshui[0]+.01*float64(i), tianshui[1]
		return orb.Polygon{{{w, s}, {w + .01, s}, {w + .01, s + .01}, {w, s + .01}, {w, s}}}
	}
	var all []spatial.Feature
	for i := range 40 {
		props := map[string]any{"kind": fmt.Sprint("k", i%3), "crew": int64(i)}
		if code := codes[i%4]; code != "" {
			props["code"] = code
		}
		var at orb.Geometry = orb.Point{tianshui[0] + .001*float64(i), tianshui[1]}
		if i%2 == 0 {
			at = area(i / 2)
		}
		all = append(all, unit(fmt.Sprint(i+1), int64(i+1), at, props))
	}
	marked := spec
	marked.Marks, marked.Labels = []string{"code"}, true
	l := atlas.New(marked, noon)
	l.Load(slices.Values(all))
	for _, shown := range []string{"", "a", "ab", "abc"} {
		w := &atlas.Window{
			Fields: []bool{true, true, false, true},
			Shows: func(marks []string) bool {
				return len(marks) == 1 && len(marks[0]) == 1 && slices.Contains([]byte(shown), marks[0][0])
			},
		}
		plain := spec
		plain.Labels = true
		only := atlas.New(plain, noon)
		for _, f := range all {
			code, _ := f.Properties["code"].(string)
			if code != "" && slices.Contains([]byte(shown), code[0]) {
				f.Properties = map[string]any{"kind": f.Properties["kind"]}
				only.Put(noon, f)
			}
		}
		for _, zoom := range []uint8{5, 9, 12, 14} {
			id := tiles.Project(tianshui).At(zoom)
			got, want := l.Cut(nil, id, w), only.Cut(nil, id, nil)
			if a, b := text(t, got), text(t, want); a != b {
				t.Errorf("of %q at %v:\n%s\nwant\n%s", shown, id, a, b)
			}
		}
	}
	whole := text(t, l.Cut(nil, tiles.Project(tianshui).At(9), nil))
	if n := len(decode(t, l, tiles.Project(tianshui).At(9))); n != 40 {
		t.Errorf("without a window %d features show: %s", n, whole)
	}
	l.Put(noon, unit("1", 100, all[0].Geometry, map[string]any{"code": "z"})) // it goes to another
	w := &atlas.Window{Shows: func(marks []string) bool { return marks[0] == "z" }}
	if got := text(t, l.Cut(nil, tiles.Project(tianshui).At(9), w)); got != "units 1 map[]; units_label 1 map[]; " {
		t.Errorf("moved to another body: %s", got)
	}
}

// text is the features of a tile, without their geometry.
func text(t *testing.T, data []byte) (out string) {
	t.Helper()
	ls, err := mvt.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range ls {
		for _, f := range l.Features {
			out += fmt.Sprint(l.Name, " ", f.ID, " ", f.Properties, "; ")
		}
	}
	return out
}
