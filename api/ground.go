package api

import "fmt"

// A Ground names the files that the ground under scenes comes from; the zero value is the ellipsoid.
type Ground struct {
	Terrain string // "" is none
	Geoid   string // "" is none
}

// heights says what heights of scenes stand on.
func (g Ground) heights() string {
	switch {
	case g.Terrain == "":
		return "No terrain is configured: the ground lies at height 0 of the WGS84 ellipsoid."
	case g.Geoid == "":
		return fmt.Sprintf("The ground is that of %s. No geoid is configured: its heights, which are above sea level, are taken as heights above the WGS84 ellipsoid, from which they differ by up to 107 m.", g.Terrain)
	}
	return fmt.Sprintf("The ground is that of %s, whose heights above sea level are brought above the WGS84 ellipsoid by the geoid %s.", g.Terrain, g.Geoid)
}

// sight says how far answers about lines of sight hold.
func (g Ground) sight() string {
	if g.Terrain == "" {
		return "Bodies hide from their base to their top; trees, terrain and what no layer holds do not."
	}
	return "Bodies hide from their base to their top, and so does the terrain; trees and what no layer holds do not."
}
