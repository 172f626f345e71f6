package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/cordon"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/road"
)

const (
	maxRings       = 8
	cordonUnits    = 1000 // of those nearest to the place, how many are looked at
	cordonMargin   = 60.0 // seconds, when nobody says otherwise
	cordonStep     = 180.0
	cordonRings    = 5
	reportedAt     = "reported_at" // property of incidents
	closedIncident = "closed"      // state of incidents in a layer without a flow
)

// A cordonQuery is what somebody wants to close: always for an incident that is open, wherever the vehicle was last seen.
type cordonQuery struct {
	incident string
	origin   orb.Point
	filter   live.Filter
	cordon.Question
}

// getCordon answers with the exits that close every way out around an open incident, and which unit is at each in time.
// It keeps nothing: with the incident its cordon ends.
func (s *Server) getCordon(c echo.Context) error {
	g, q, err := s.network(c, append([]string{"incident", "lon", "lat", "elapsed", "margin", "pace", "step", "rings"}, filterParameters...)...)
	if err != nil {
		return err
	}
	l := s.Live
	now := l.now()
	ask, err := s.cordonQuery(c.Request().Context(), l, q, now)
	if err != nil {
		return err
	}
	if s.Guard != nil && !asker(c).May("read.live") {
		return refuse(forbidden, "a cordon needs the permission read.live too: the times to many exits tell where a unit is")
	}
	if ask.From, err = onRoad(g, "lon, lat", ask.origin); err != nil {
		return err
	}
	units := l.Picture.Nearest(live.Search{Point: ask.origin, K: cordonUnits, Filter: ask.filter})
	places := make([]road.Place, len(units))
	for i := range units {
		places[i] = unitPlace(g, &units[i].Sight)
	}
	plan := cordon.Close(g, ask.Question, places)
	slices.SortFunc(plan.Exits, func(a, b cordon.Exit) int {
		return cmp.Or(cmp.Compare(a.In, b.In), cmp.Compare(a.Segment, b.Segment), cmp.Compare(a.Course, b.Course))
	})
	c.Set(countKey, len(plan.Exits))
	areas, _ := g.Reach(ask.From, ask.Driven(ask.Elapsed), ask.Driven(plan.Limit))
	body := appendCordonHead(nil, &ask, &plan, places, now)
	body = appendCordonArea(append(body, `,"features":[`...), "ring", areas[1], plan.Limit)
	body = appendCordonArea(append(body, ','), "reached", areas[0], ask.Elapsed)
	for i := range plan.Exits {
		body = appendExit(append(body, ',', '\n'), &plan.Exits[i], units)
	}
	return sendLive(c, http.StatusOK, typeGeoJSON, append(body, ']', '}'))
}

// cordonQuery reads the parameters. Officers and vehicles that are free are offered when nothing else is asked.
func (s *Server) cordonQuery(ctx context.Context, l *Live, q map[string]string, now time.Time) (ask cordonQuery, err error) {
	if ask.filter, err = s.unitFilter(l, q); err != nil {
		return ask, err
	}
	if _, given := q["state"]; !given {
		ask.filter.States = live.Recommended
	}
	if ask.filter.Classes == 0 {
		ask.filter.Classes = 1<<spatial.Officer | 1<<spatial.Vehicle
	}
	if ask.Margin, err = secondsWithin(q, "margin", 0, 1800, cordonMargin); err != nil {
		return ask, err
	}
	if ask.Step, err = secondsWithin(q, "step", 30, 3600, cordonStep); err != nil {
		return ask, err
	}
	if ask.Pace, err = number(q, "pace", 0.2, 3, 1); err != nil {
		return ask, err
	}
	if ask.Rings, err = whole(q, "rings", 1, maxRings+1, cordonRings); err != nil {
		return ask, err
	}
	if ask.Rings > maxRings {
		return ask, badValue("rings", "at most "+strconv.Itoa(maxRings)+" rings are tried")
	}
	return ask, s.ofIncident(ctx, &ask, q, now)
}

// ofIncident reads what a cordon has of its incident, which must be open: where it is, and since when.
func (s *Server) ofIncident(ctx context.Context, ask *cordonQuery, q map[string]string, now time.Time) error {
	if q["incident"] == "" {
		return badValue("incident", "it is missing; a cordon belongs to an open incident: give its id")
	}
	f, err := s.incident(ctx, q["incident"])
	if err != nil {
		return err
	}
	l, _ := s.defs().Layer(incidents)
	ask.incident, ask.origin = f.ID, f.Geometry.Bound().Center()
	if over(l, f) {
		return refuse(ended, "the incident %s is closed, and its cordon ended with it", f.ID)
	}
	_, lon := q["lon"]
	_, lat := q["lat"]
	if lon || lat {
		if ask.origin, err = lonLat(q); err != nil {
			return err
		}
	}
	ask.Elapsed, err = elapsed(q, f, now)
	return err
}

func over(l layers.Layer, f spatial.Feature) bool {
	return l.Ended(f) || l.Flow == nil && f.Properties["state"] == closedIncident
}

// elapsed is how long ago the vehicle left: as long as the incident was reported ago, when nobody says otherwise.
func elapsed(q map[string]string, f spatial.Feature, now time.Time) (time.Duration, error) {
	if _, given := q["elapsed"]; given {
		return secondsWithin(q, "elapsed", 0, cordon.Longest.Seconds(), 0)
	}
	text, _ := f.Properties[reportedAt].(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, badValue("elapsed", "it is missing, and the incident does not say when it was reported; give the seconds since the vehicle left")
	}
	if since := max(now.Sub(at), 0); since <= cordon.Longest {
		return since, nil
	}
	return 0, badValue("elapsed", "the incident was reported more than 12 hours ago; where the vehicle has been seen since, give lon, lat and the seconds since then")
}

func secondsWithin(q map[string]string, name string, low, high, unset float64) (time.Duration, error) {
	v, err := number(q, name, low, high, unset)
	return time.Duration(v * float64(time.Second)), err
}

func appendCordonHead(dst []byte, ask *cordonQuery, plan *cordon.Plan, places []road.Place, now time.Time) []byte {
	offRoad := 0
	for _, p := range places {
		if !p.OnRoad() {
			offRoad++
		}
	}
	dst = append(dst, `{"type":"FeatureCollection"`...)
	dst = appendWhen(dst, "time", now)
	dst = appendText(dst, "incident", ask.incident)
	dst = appendPoint(appendName(dst, "origin"), ask.origin)
	dst = appendNumber(dst, "elapsed", ask.Elapsed.Seconds(), 1)
	dst = appendNumber(dst, "margin", ask.Margin.Seconds(), 1)
	dst = appendNumber(dst, "pace", ask.Pace, 3)
	dst = appendWhen(dst, "expires", now.Add(cordon.Longest-ask.Elapsed))
	dst = appendNumber(dst, "limit", plan.Limit.Seconds(), 1)
	dst = strconv.AppendBool(appendName(dst, "tight"), plan.Tight)
	dst = appendCount(dst, "exits", len(plan.Exits))
	dst = appendCount(dst, "open", plan.Rings[plan.Chosen].Open)
	dst = appendCount(dst, "units", len(places))
	dst = appendCount(dst, "off_road", offRoad)
	return appendList(appendName(dst, "rings"), plan.Rings, func(dst []byte, r cordon.Ring) []byte {
		dst = appendRounded(append(dst, `{"limit":`...), r.Limit.Seconds(), 1)
		dst = appendCount(dst, "exits", r.Exits)
		return append(appendCount(dst, "open", r.Open), '}')
	})
}

func appendCordonArea(dst []byte, kind string, a road.Area, limit time.Duration) []byte {
	dst = append(dst, `{"type":"Feature","geometry":`...)
	if len(a.Outline) > 0 {
		dst = appendGeometry(dst, a.Outline)
	} else {
		dst = append(dst, "null"...)
	}
	dst = appendString(append(dst, `,"properties":{"kind":`...), kind)
	return append(appendNumber(dst, "limit", limit.Seconds(), 1), '}', '}')
}

// appendExit tells where an exit is, and who closes it or why nobody does.
func appendExit(dst []byte, x *cordon.Exit, units []live.Near) []byte {
	dst = appendPoint(append(dst, `{"type":"Feature","geometry":{"type":"Point","coordinates":`...), x.Place.Point)
	dst = append(dst, `},"properties":{"kind":"exit"`...)
	dst = appendText(dst, "road", x.Name)
	dst = appendText(dst, "segment", x.Segment)
	dst = appendNumber(dst, "course", x.Course, 0)
	dst = appendNumber(dst, "seconds", x.In.Seconds(), 1)
	dst = strconv.AppendBool(appendName(dst, "closed"), x.Closed)
	switch {
	case x.Unit < 0:
		return append(dst, `,"why":"nobody"}}`...)
	case !x.Closed:
		dst = appendNumber(appendText(dst, "why", "late"), "late", x.Late.Seconds(), 1)
	}
	u := &units[x.Unit].Unit
	dst = appendString(append(dst, `,"unit":{"id":`...), u.ID)
	dst = appendText(dst, "name", u.Name)
	dst = appendText(dst, "class", u.Class.String())
	dst = appendText(dst, "kind", u.Kind)
	dst = appendText(dst, "state", u.State.String())
	dst = appendNumber(dst, "seconds", x.Takes.Seconds(), 1)
	return append(appendNumber(dst, "meters", x.Meters, 1), '}', '}', '}')
}
