package verify_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/wardmap/wardmap/scenes3d/verify"
)

// boxAt is a box around the place, so many metres each way from its middle.
func boxAt(half float64) []any {
	m := frame(1)
	at := func(i int) float64 { return m[i].(float64) }
	return []any{at(12), -at(14), at(13), half, 0., 0., 0., half, 0., 0., 0., half}
}

func TestVolumesOfAllKinds(t *testing.T) {
	root, child := "root.boundingVolume", "root.children.0.boundingVolume"
	ball := func(r float64) tree { return tree{"sphere": append(slices.Clone(boxAt(0)[:3]), r)} }
	cube := func(half float64) tree { return tree{"box": boxAt(half)} }
	tests := []struct {
		name string
		at   string
		v    tree
		want []string
	}{
		{"a box around all", root, cube(2000), nil},
		{"a sphere around all", root, ball(2000), nil},
		{"a box in a region", child, cube(40), []string{"child-outside-parent", "vertex-outside"}},
		{"a sphere too small", child, ball(4), []string{"vertex-outside"}},
		{"a sphere in a region that is no higher", child, ball(600), []string{"child-outside-parent"}},
		{"a box too small for its children", root, cube(100), []string{"child-outside-parent", "vertex-outside"}},
		{"a box of eleven numbers", root, tree{"box": boxAt(1)[:11]}, []string{"volume"}},
		{"a sphere without radius", root, ball(0), []string{"volume"}},
		{"a box that is a line", root, tree{"box": append(slices.Clone(boxAt(1)[:6]), 0., 0., 0., 0., 0., 0.)}, []string{"volume"}},
		{"a box that is flat", child, tree{"box": append(boxAt(40)[:11], 0.)}, []string{"child-outside-parent", "vertex-outside"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			town := newTown()
			set(town.sets["tileset.json"], test.at, test.v)
			if r := town.verify(t); !slices.Equal(codes(r), test.want) {
				t.Errorf("got %v, want %v: %v", codes(r), test.want, r.Problems)
			}
		})
	}
}

func TestATileMovesItsContent(t *testing.T) {
	town := newTown()
	m := frame(1)
	// The tile carries the place, in z-up columns; the node only stands upright.
	column := func(i int) []any { return []any{m[i], -m[i+2].(float64), m[i+1], m[i+3]} }
	transform := slices.Concat(column(0), column(4), column(8), column(12))
	set(town.sets["tileset.json"], "root.transform", transform)
	// In glTF, y up: east is x, north is -z.
	set(town.glbs["0.glb"].doc, "nodes.0.matrix", []any{1., 0., 0., 0., 0., 0., -1., 0., 0., 1., 0., 0., 0., 0., 0., 1.})
	set(town.sets["tileset.json"], "root.children", []any{})
	r, err := verify.Tileset(context.Background(), "tileset.json", town.fetch, verify.Options{})
	if err != nil || len(r.Problems) > 0 || math.Abs(r.Seen["hall"].Volume-hall.w*hall.d*hall.h) > 72 {
		t.Errorf("%v %v %+v", err, r.Problems, r.Seen)
	}
}

func TestAFeatureOncePerLevel(t *testing.T) {
	// Three tiles in a row, of the same building where shows says so.
	tests := []struct {
		name   string
		refine string
		shows  []bool
		want   []string
	}{
		{"replaced all the way", "REPLACE", []bool{true, true, true}, nil},
		{"added once", "ADD", []bool{false, true, false}, nil},
		{"added twice", "ADD", []bool{true, false, true}, []string{"feature-twice"}},
		{"replaced from afar", "REPLACE", []bool{true, false, true}, nil},
		{"replaced by nothing", "REPLACE", []bool{false, true, false}, []string{"feature-lost"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			town := &town{sets: map[string]tree{}, glbs: map[string]*glb{"x.glb": plain([]building{hall})}}
			var below []any
			for i := 2; i >= 0; i-- {
				tile := parse(`{"boundingVolume": %s, "geometricError": %d, "refine": %q}`, area(900), 20-i, test.refine)
				if test.shows[i] {
					tile["content"] = tree{"uri": "x.glb"}
				}
				tile["children"] = below
				below = []any{tile}
			}
			town.sets["tileset.json"] = tree{"asset": tree{"version": "1.1"}, "geometricError": 20., "root": below[0]}
			r, err := verify.Tileset(context.Background(), "tileset.json", town.fetch, verify.Options{})
			if err != nil || !slices.Equal(codes(r), test.want) {
				t.Errorf("got %v, want %v: %v %v", codes(r), test.want, r.Problems, err)
			}
		})
	}
}

func TestTheOracleIsHeard(t *testing.T) {
	sums := map[string]verify.Sum{
		"hall": {Volume: 70000}, "school": {Area: 500}, "shed": {Volume: 120, Area: 40, MinHeight: ground, MaxHeight: ground + 4, Lon: 105.72, Lat: 34.58}, "ghost": {},
	}
	r, err := verify.Tileset(context.Background(), "tileset.json", newTown().fetch, verify.Options{Sums: sums})
	want := []string{"area-wrong", "centre-wrong", "feature-missing", "feature-unknown", "height-wrong", "volume-wrong"}
	if err != nil || !slices.Equal(codes(r), want) || len(r.Problems) != 6 {
		t.Errorf("got %v, want %v: %v %v", codes(r), want, r.Problems, err)
	}
}

func TestWhatIsAnError(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := verify.Tileset(ended, "tileset.json", newTown().fetch, verify.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gives %v", err)
	}
	if _, err := verify.Tileset(context.Background(), "none.json", newTown().fetch, verify.Options{}); err == nil {
		t.Error("no root document gives no error")
	}
}
