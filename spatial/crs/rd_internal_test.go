package crs

import (
	"math"
	"testing"
)

// The example of EPSG's guidance note 7-2 for method 9809.
func TestObliqueStereographicOfTheGuidanceNote(t *testing.T) {
	got := rdNew.forward(6*math.Pi/180, 53*math.Pi/180)
	if math.Abs(got[0]-196105.283) > 1e-3 || math.Abs(got[1]-557057.739) > 1e-3 {
		t.Errorf("got %.3f, %.3f, want 196105.283, 557057.739", got[0], got[1])
	}
	lon, lat := rdNew.inverse(got)
	if math.Abs(lon*180/math.Pi-6) > 1e-9 || math.Abs(lat*180/math.Pi-53) > 1e-9 {
		t.Errorf("back: %.9f, %.9f", lon*180/math.Pi, lat*180/math.Pi)
	}
}
