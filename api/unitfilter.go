package api

import (
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"

	"github.com/labstack/echo/v4"
)

// filterParameters are those that choose units.
var filterParameters = []string{"class", "kind", "state", "skill", "org", "max_age", "stale"}

// anyState is the value of state that asks for every one.
const anyState = "any"

// unitFilter makes a filter of parameters.
func (s *Server) unitFilter(l *Live, q map[string]string) (f live.Filter, err error) {
	f.At, f.Under = spatial.InstantOf(l.now()), s.view.Org
	f.Kinds, f.Skills, f.Orgs = words(q, "kind"), words(q, "skill"), words(q, "org")
	if f.Classes, err = setOf[spatial.Class, spatial.ClassSet](q, "class", spatial.ParseClass); err != nil {
		return f, err
	}
	if q["state"] != anyState {
		if f.States, err = setOf[live.State, live.StateSet](q, "state", live.ParseState); err != nil {
			return f, err
		}
	}
	if f.MaxAge, err = seconds(q, "max_age"); err != nil {
		return f, err
	}
	f.StaleToo, err = yes(q, "stale")
	return f, err
}

func yes(q map[string]string, name string) (bool, error) {
	switch text, given := q[name]; {
	case !given || text == "false":
		return false, nil
	case text == "true":
		return true, nil
	}
	return false, badValue(name, strconv.Quote(clip(q[name]))+" is neither true nor false")
}

// An area is where units are asked for: in one of the boxes, and in the polygon where there is one.
type area struct {
	boxes   []orb.Bound
	polygon orb.Geometry
}

var everywhere = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}

// unitArea reads bbox and within. Of a fence it makes a part of the filter.
func (s *Server) unitArea(c echo.Context, l *Live, q map[string]string, f *live.Filter) (a area, err error) {
	a.boxes = []orb.Bound{everywhere}
	if text, given := q["bbox"]; given {
		if a.boxes, err = boxes(text); err != nil {
			return a, err
		}
	}
	text, given := q["within"]
	if !given {
		return a, nil
	}
	if _, known := l.Picture.Fence(text); known && !s.hidesFence(l, text) {
		f.Fence = text
		return a, nil
	}
	if a.polygon, err = s.polygon(c, text); err != nil {
		return a, err
	}
	var cut []orb.Bound
	around := a.polygon.Bound()
	for _, b := range a.boxes {
		if b.Intersects(around) {
			cut = append(cut, orb.Bound{
				Min: orb.Point{max(b.Min[0], around.Min[0]), max(b.Min[1], around.Min[1])},
				Max: orb.Point{min(b.Max[0], around.Max[0]), min(b.Max[1], around.Max[1])},
			})
		}
	}
	a.boxes = cut
	return a, nil
}

// holds tells whether a point in one of the boxes is in the polygon.
func (a area) holds(p orb.Point) bool {
	return a.polygon == nil || spatial.Intersects(p.Bound(), a.polygon)
}

// polygon reads one as GeoJSON, as WKT, or as the feature layer/id.
func (s *Server) polygon(c echo.Context, text string) (orb.Geometry, error) {
	g, err := s.anyGeometry(c, text)
	if err != nil {
		return nil, err
	}
	if g = onlyPolygon(g); g == nil {
		return nil, badValue("within", "it is no polygon; give a fence or a polygon as layer/id, or a Polygon or MultiPolygon as GeoJSON or WKT")
	}
	if err := spatial.CheckGeometry(g); err != nil {
		return nil, badValue("within", err.Error())
	}
	return g, nil
}

func (s *Server) anyGeometry(c echo.Context, text string) (orb.Geometry, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		v, err := parseJSON([]byte(text))
		if err != nil {
			return nil, badValue("within", status(err).Detail)
		}
		var r reader
		g := r.geometry("within", v, 0)
		if len(r.problems) > 0 {
			return nil, wrong(badParameter, r.problems)
		}
		return g, nil
	}
	if upper := strings.ToUpper(text); strings.HasPrefix(upper, "POLYGON") || strings.HasPrefix(upper, "MULTIPOLYGON") {
		g, err := wkt.Unmarshal(text)
		if err != nil {
			return nil, badValue("within", "the WKT is not readable: "+err.Error())
		}
		return g, nil
	}
	id, feature := layers.SplitFence(text)
	l, known := s.defs().Layer(id)
	if !known || feature == "" || l.Source.Type == layers.Archive {
		return nil, badValue("within", strconv.Quote(clip(text))+" is no fence, no feature of a layer (layer/id), and no polygon in GeoJSON or WKT")
	}
	found, err := s.read(l).Feature(c.Request().Context(), l.ID, feature)
	if err != nil {
		return nil, err
	}
	return found.Geometry, nil
}

// onlyPolygon is g when it is a polygon or several, nil else.
func onlyPolygon(g orb.Geometry) orb.Geometry {
	switch g.(type) {
	case orb.Polygon, orb.MultiPolygon:
		return g
	}
	return nil
}

// narrowed tells whether a filter asks for less than all units of its classes.
func narrowed(f live.Filter) bool {
	return f.States != 0 || len(f.Skills)+len(f.Kinds)+len(f.Orgs) > 0 || f.MaxAge != 0 || f.Fence != "" || !f.StaleToo
}

// devices tells whether a set names nothing that moves.
func devices(set spatial.ClassSet) bool {
	return set != 0 && !slices.ContainsFunc([]spatial.Class{spatial.Officer, spatial.Vehicle, spatial.Bus, spatial.Drone}, set.Has)
}
