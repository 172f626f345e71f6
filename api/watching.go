package api

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/scenes3d"
	"github.com/wardmap/wardmap/spatial"
)

// A watcher is a camera as seen from a place.
type watcher struct {
	feature     spatial.Feature
	distance    float64 // m
	covers, why string
	hiddenBy    string
	approximate bool
}

// What a watcher's covers says.
const (
	coversIt   = "yes"
	coversNot  = "no"
	notToldHow = "unknown"
)

// mostWatchers is how many cameras are looked at.
const mostWatchers = 5000

// eighths are the azimuths of the eight directions of GB/T 28181.
var eighths = map[float64]float64{1: 90, 2: 270, 3: 180, 4: 0, 5: 135, 6: 45, 7: 225, 8: 315}

// getWatching answers with the cameras that watch a place.
func (s *Server) getWatching(c echo.Context) error {
	q, err := query(c, "at", "radius", "limit")
	if err != nil {
		return err
	}
	name := param(c, "layers")
	l, known := s.defs().Layer(name)
	if !known || l.Scene == nil || l.Scene.View == nil {
		return refuse(notFound, "%q is no layer of what looks somewhere, as cameras are", clip(name))
	}
	at, err := spot(q, "at")
	if err != nil {
		return err
	}
	radius, err := number(q, "radius", 1, scenes3d.MostSight, 300)
	if err != nil {
		return err
	}
	limit, err := whole(q, "limit", 1, 1000, 50)
	if err != nil {
		return err
	}
	place := orb.Point{at.Lon, at.Lat}
	page, err := s.read(l).Features(c.Request().Context(), l.ID, layers.Query{Bounds: []orb.Bound{boxAround(place, radius)}, Limit: mostWatchers})
	if err != nil {
		return err
	}
	bodies, err := s.hiding(l)
	if err != nil {
		return err
	}
	var all []watcher
	for _, f := range page.Features {
		if p, ok := f.Geometry.(orb.Point); ok && geo.Distance(p, place) <= radius {
			all = append(all, regard(l.Scene, bodies, f, at))
		}
	}
	rank := map[string]int{coversIt: 0, notToldHow: 1, coversNot: 2}
	slices.SortFunc(all, func(a, b watcher) int {
		return cmp.Or(cmp.Compare(rank[a.covers], rank[b.covers]), cmp.Compare(a.distance, b.distance), cmp.Compare(a.feature.ID, b.feature.ID))
	})
	return sendJSON(c, http.StatusOK, typeGeoJSON, s.watchers(l, all[:min(limit, len(all))], len(all)))
}

// hiding are the bodies that stand in the way of what a layer looks at, nil for none.
func (s *Server) hiding(l layers.Layer) (*scenes3d.Set, error) {
	by, known := s.defs().Layer(l.Scene.View.HiddenBy)
	if !known || by.Scene == nil || s.Scenes == nil {
		return nil, nil
	}
	scene, err := s.Scenes(by.ID, false)
	if err != nil {
		return nil, err
	}
	return scene.Bodies(s.class)
}

func (s *Server) watchers(l layers.Layer, all []watcher, matched int) *geojson.FeatureCollection {
	out := geojson.NewFeatureCollection()
	for _, w := range all {
		f := geojson.NewFeature(w.feature.Geometry)
		f.ID = w.feature.ID
		f.Properties = geojson.Properties{"distance": math.Round(10*w.distance) / 10, "covers": w.covers}
		for _, name := range []string{l.Label, "status"} {
			if v, there := w.feature.Properties[name]; there {
				f.Properties[name] = v
			}
		}
		for name, text := range map[string]string{"why": w.why, "hidden_by": w.hiddenBy} {
			if text != "" {
				f.Properties[name] = text
			}
		}
		if w.approximate {
			f.Properties["approximate"] = true
		}
		out.Append(f)
	}
	out.ExtraMembers = geojson.Properties{"numberMatched": matched, "note": s.Ground.sight()}
	return out
}

// regard tells whether a camera sees a place: in its field, and past the bodies.
func regard(rule *layers.Scene, bodies *scenes3d.Set, f spatial.Feature, at scenes3d.Place) (w watcher) {
	p := f.Geometry.(orb.Point)
	value := func(name string) (float64, bool) { return numberOf(f.Properties[name]) }
	w = watcher{feature: f, distance: geo.Distance(p, orb.Point{at.Lon, at.Lat}), covers: coversNot}
	height, known := value(rule.Mount)
	if !known {
		height = cmp.Or(rule.Default, layers.MountHeight)
	}
	far, known := value(rule.View.Distance)
	if known && w.distance > far {
		w.why = fmt.Sprintf("it sees %.0f m far", far)
		return w
	}
	azimuth, angle, told := lookout(rule, value)
	w.approximate = told == byEighth
	switch {
	case told == untold || !known:
		w.covers, w.why = notToldHow, "nobody wrote down where and how far it looks"
	case turned(geo.Bearing(p, orb.Point{at.Lon, at.Lat}), azimuth) > angle/2 && w.distance > 1:
		w.why = "it looks elsewhere"
		return w
	default:
		w.covers = coversIt
	}
	if bodies == nil {
		return w
	}
	sight, err := bodies.Sight(scenes3d.Place{Lon: p[0], Lat: p[1], Height: height}, at)
	if err == nil && !sight.Clear {
		w.covers, w.why, w.hiddenBy = coversNot, "something stands between", sight.By
	}
	return w
}

// How the field of a camera is told.
const (
	untold = iota
	byAzimuth
	byEighth
)

// lookout is where a camera looks and how wide, in degrees.
func lookout(rule *layers.Scene, value func(string) (float64, bool)) (azimuth, angle float64, told int) {
	angle, wide := value(rule.View.Angle)
	if angle >= 360 {
		return 0, 360, byAzimuth
	}
	if azimuth, known := value(rule.Facing); known && wide {
		return azimuth, angle, byAzimuth
	}
	code, known := value(rule.View.Eighth)
	if azimuth, is := eighths[code]; known && is {
		return azimuth, 45, byEighth
	}
	return 0, 0, untold
}

// turned is the angle between two directions, 0 to 180 degrees.
func turned(a, b float64) float64 {
	return math.Abs(math.Remainder(a-b, 360))
}

func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	}
	return 0, false
}
