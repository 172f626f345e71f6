package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/scenes3d"
)

// places is how finely degrees are told: to a centimetre.
const places = 1e7

// sceneSight finds the bodies in which lines of sight are followed, and reads the place of the parameter name.
func (s *Server) sceneSight(c echo.Context, name string, known ...string) (*scenes3d.Set, map[string]string, scenes3d.Place, error) {
	var at scenes3d.Place
	q, err := query(c, append(known, name)...)
	if err != nil {
		return nil, nil, at, err
	}
	scene, err := s.sceneOf(c, false)
	if err != nil {
		return nil, nil, at, err
	}
	if at, err = spot(q, name); err != nil {
		return nil, nil, at, err
	}
	set, err := scene.Bodies(s.class)
	return set, q, at, err
}

// spot reads lon,lat,height.
func spot(q map[string]string, name string) (scenes3d.Place, error) {
	parts := strings.Split(q[name], ",")
	if len(parts) != 3 {
		return scenes3d.Place{}, badValue(name, "give lon,lat,height: degrees, and metres above the ground")
	}
	var n [3]float64
	for i, p := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || v-v != 0 { // NaN and infinities
			return scenes3d.Place{}, badValue(name, strconv.Quote(clip(p))+" is not a finite number")
		}
		n[i] = v
	}
	return scenes3d.Place{Lon: n[0], Lat: n[1], Height: n[2]}, nil
}

// getSight answers whether one place sees another.
func (s *Server) getSight(c echo.Context) error {
	set, q, from, err := s.sceneSight(c, "from", "to")
	if err != nil {
		return err
	}
	to, err := spot(q, "to")
	if err != nil {
		return err
	}
	if set == nil {
		set = &scenes3d.Set{}
	}
	got, err := set.Sight(from, to)
	if err != nil {
		return badValue("from", err.Error())
	}
	answer := map[string]any{"clear": got.Clear, "distance": got.Distance, "note": s.Ground.sight()}
	if !got.Clear {
		if got.By != "" { // else the ground hides it
			answer["hidden_by"] = got.By
		}
		answer["at"] = [3]float64{got.At.Lon, got.At.Lat, got.At.Height}
	}
	return sendJSON(c, http.StatusOK, typeJSON, answer)
}

// getViewshed answers with the ground that is seen from a place.
func (s *Server) getViewshed(c echo.Context) error {
	set, q, at, err := s.sceneSight(c, "at", "azimuth", "angle", "distance")
	if err != nil {
		return err
	}
	var cone scenes3d.Cone
	for _, p := range []struct {
		name             string
		low, high, unset float64
		into             *float64
	}{{"azimuth", -360, 360, 0, &cone.Azimuth}, {"angle", 0.1, 360, 360, &cone.Angle}, {"distance", 1, scenes3d.MostSight, 150, &cone.Distance}} {
		if *p.into, err = number(q, p.name, p.low, p.high, p.unset); err != nil {
			return err
		}
	}
	if set == nil {
		set = &scenes3d.Set{}
	}
	ground, share, err := set.Viewshed(at, cone)
	if err != nil {
		return badValue("at", err.Error())
	}
	f := geojson.NewFeature(orb.Round(ground, places))
	f.Properties = geojson.Properties{"share": share, "azimuth": cone.Azimuth, "angle": cone.Angle, "distance": cone.Distance, "height": at.Height, "note": s.Ground.sight()}
	return sendJSON(c, http.StatusOK, typeGeoJSON, f)
}

// getOverlook answers with the bodies that overlook a place.
func (s *Server) getOverlook(c echo.Context) error {
	set, q, at, err := s.sceneSight(c, "at", "radius")
	if err != nil {
		return err
	}
	radius, err := number(q, "radius", 0, scenes3d.MostSight, 300)
	if err != nil {
		return err
	}
	if set == nil {
		set = &scenes3d.Set{}
	}
	all, err := set.Overlook(at, radius)
	if err != nil {
		return badValue("at", err.Error())
	}
	out := geojson.NewFeatureCollection()
	for _, one := range all {
		f := geojson.NewFeature(orb.Round(orb.Clone(one.Outline), places))
		f.ID = one.ID
		f.Properties = geojson.Properties{
			"distance": one.Distance, "windows": one.Windows, "facing": one.Facing, "lowest": one.Lowest, "highest": one.Highest,
		}
		out.Append(f)
	}
	out.ExtraMembers = geojson.Properties{"note": s.Ground.sight() + " Windows are supposed every 3 m of a wall, in every storey of 3 m."}
	return sendJSON(c, http.StatusOK, typeGeoJSON, out)
}
