package verify

import (
	"maps"
	"math"
	"slices"
)

// compare holds what was measured against an oracle.
func (w *walker) compare(root string, want map[string]Sum) {
	if want == nil {
		return
	}
	at := w.at(root, "features")
	for _, id := range slices.Sorted(maps.Keys(w.report.Seen)) {
		if _, ok := want[id]; !ok {
			at.bad("feature-unknown", "feature %q is not one of those there should be", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		got, ok := w.report.Seen[id]
		if !ok {
			at.bad("feature-missing", "feature %q is in no tile", id)
			continue
		}
		got.compare(at.in("%s", id), want[id])
	}
}

// compare holds a feature against what it should be, to half a percent and what
// the grid may have moved.
func (s Sum) compare(at place, want Sum) {
	const share = 0.005
	if want.Area != 0 && math.Abs(s.Area-want.Area) > share*want.Area+4*math.Sqrt(want.Area)*s.step {
		at.bad("area-wrong", "the area is %.3f m², want %.3f", s.Area, want.Area)
	}
	if want.Volume != 0 && math.Abs(s.Volume-want.Volume) > share*want.Volume+s.step*s.skin {
		at.bad("volume-wrong", "the volume is %.3f m³, want %.3f", s.Volume, want.Volume)
	}
	near := slack + 2*s.step
	if want.Lon != 0 || want.Lat != 0 {
		a := geocentric(want.Lon/degree, want.Lat/degree, 0)
		b := geocentric(s.Lon/degree, s.Lat/degree, 0)
		if off := a.minus(b.vec3).length(); off > near+share*math.Sqrt(s.Area) {
			at.bad("centre-wrong", "the centre is %.3f m from where it should be", off)
		}
	}
	if want.MinHeight != 0 || want.MaxHeight != 0 {
		if off := max(math.Abs(s.MinHeight-want.MinHeight), math.Abs(s.MaxHeight-want.MaxHeight)); off > near {
			at.bad("height-wrong", "the heights are %.3f to %.3f m, want %.3f to %.3f", s.MinHeight, s.MaxHeight, want.MinHeight, want.MaxHeight)
		}
	}
}
