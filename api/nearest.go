package api

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/live"
)

// maxNearest bounds how many units are ranked, and leftOut how many are named that the filter left out.
const (
	maxNearest = 100
	leftOut    = 20
)

// A nearestQuery is what somebody wants to know.
type nearestQuery struct {
	origin  orb.Point
	k       int
	filter  live.Filter
	within  float64 // metres; 0 is any distance
	road    bool
	limit   time.Duration // by road; 0 is any
	explain bool          // name those whom the filter left out
	masked  bool          // who asks may know who comes and when, not where anybody is
}

// getNearest ranks the units nearest to a place or an incident, by metres or by the time that roads take.
func (s *Server) getNearest(c echo.Context) error {
	l, q, err := s.livePart(c, append([]string{"lon", "lat", "incident", "k", "by", "within", "limit", "explain"}, filterParameters...)...)
	if err != nil {
		return err
	}
	ask, err := s.nearestQuery(c.Request().Context(), l, q)
	if err != nil {
		return err
	}
	if ask.masked = s.Guard != nil && !asker(c).May("read.live"); ask.masked {
		ask.explain = false
		if q["within"] != "" || q["limit"] != "" {
			return refuse(forbidden, "within and limit need the permission read.live: by trying they would tell where a unit is")
		}
	}
	around := l.lookAround(ask)
	var units []ranked
	if ask.road {
		units = l.byRoad(ask)
	} else {
		units = l.byMeters(ask, around)
	}
	now := l.now()
	body := appendNearest(make([]byte, 0, 512+400*len(units)), ask, units, now)
	c.Set(countKey, len(units))
	body = append(body, `,"left_out":[`...)
	body = appendLeftOut(body, around)
	return sendLive(c, http.StatusOK, typeJSON, append(body, ']', '}'))
}

// nearestQuery reads the parameters. Who does not name states is offered units that are free; devices, which do
// nothing but stand there, are offered in any.
func (s *Server) nearestQuery(ctx context.Context, l *Live, q map[string]string) (ask nearestQuery, err error) {
	if ask.origin, err = s.origin(ctx, q); err != nil {
		return ask, err
	}
	if ask.k, err = whole(q, "k", 1, maxNearest+1, 10); err != nil {
		return ask, err
	}
	if ask.k > maxNearest {
		return ask, badValue("k", "at most "+strconv.Itoa(maxNearest)+" units are ranked")
	}
	if ask.filter, err = s.unitFilter(l, q); err != nil {
		return ask, err
	}
	if _, given := q["state"]; !given && !devices(ask.filter.Classes) {
		ask.filter.States = live.Recommended
	}
	if ask.within, err = number(q, "within", 1, 21e6, 0); err != nil {
		return ask, err
	}
	if ask.limit, err = seconds(q, "limit"); err != nil {
		return ask, err
	}
	switch q["by"] {
	case "road":
		ask.road = true
	case "", "meters":
		if ask.limit != 0 {
			return ask, badValue("limit", "it is in seconds by road; give by=road, or within in metres")
		}
	default:
		return ask, badValue("by", strconv.Quote(clip(q["by"]))+" is neither meters nor road")
	}
	ask.explain = true
	if _, given := q["explain"]; given {
		ask.explain, err = yes(q, "explain")
	}
	return ask, err
}

// incidents is the layer whose features can be asked about by id.
const incidents = "incidents"

// origin is where nearest is asked for: lon and lat, or where an incident is.
func (s *Server) origin(ctx context.Context, q map[string]string) (orb.Point, error) {
	id, given := q["incident"]
	if !given {
		return lonLat(q)
	}
	if q["lon"] != "" || q["lat"] != "" {
		return orb.Point{}, badValue("incident", "give either incident, or lon and lat")
	}
	f, err := s.incident(ctx, id)
	if err != nil {
		return orb.Point{}, err
	}
	return f.Geometry.Bound().Center(), nil
}

// A ranked is a unit in the order of an answer.
type ranked struct {
	live.Near
	byRoad  bool
	seconds float64 // NaN when it is not known
	road    float64 // metres by road; NaN when it is not known
	note    string  // why it is not by road
}

// A bystander is one of the nearest units whatever it is, and why the filter leaves it out.
type bystander struct {
	live.Near
	why string // "" when it does not
}

// lookAround is who stands nearest, when somebody wants to know who is left out: k and some more, so that most
// questions need no second look.
func (l *Live) lookAround(ask nearestQuery) []bystander {
	if !ask.explain || !narrowed(ask.filter) {
		return nil
	}
	wide := live.Filter{Classes: ask.filter.Classes, Under: ask.filter.Under, At: ask.filter.At, StaleToo: true}
	near := l.Picture.Nearest(live.Search{Point: ask.origin, K: ask.k + leftOut, Filter: wide, Within: ask.within})
	out := make([]bystander, len(near))
	for i, n := range near {
		out[i] = bystander{n, l.Picture.Explain(n.Unit.ID, ask.filter)}
	}
	return out
}

// byMeters ranks by straight lines; around is who stands nearest, as far as it is known.
func (l *Live) byMeters(ask nearestQuery, around []bystander) []ranked {
	out := make([]ranked, 0, ask.k)
	for i := range around {
		if n := &around[i]; n.why == "" && len(out) < ask.k {
			out = append(out, ranked{Near: n.Near, seconds: unknown, road: unknown})
		}
	}
	if len(out) == ask.k || len(around) > 0 && len(around) < ask.k+leftOut {
		return out
	}
	near := l.Picture.Nearest(live.Search{Point: ask.origin, K: ask.k, Filter: ask.filter, Within: ask.within})
	out = out[:len(near)]
	for i := range near {
		out[i] = ranked{Near: near[i], seconds: unknown, road: unknown}
	}
	return out
}

func appendNearest(dst []byte, ask nearestQuery, units []ranked, now time.Time) []byte {
	by := "meters"
	if ask.road {
		by = "road"
	}
	dst = append(dst, `{"by":"`...)
	dst = append(dst, by...)
	dst = append(dst, '"')
	dst = appendWhen(dst, "time", now)
	dst = appendPoint(appendName(dst, "origin"), ask.origin)
	dst = append(dst, `,"units":[`...)
	for i := range units {
		if i > 0 {
			dst = append(dst, ',', '\n')
		}
		if ask.masked {
			dst = append(appendCall(dst, i+1, &units[i]), '}')
			continue
		}
		dst = appendRanked(dst, i+1, &units[i], now)
	}
	return append(dst, ']')
}

// appendCall is what everybody may know of a unit who may ask for the nearest: how to call it, and in how many whole
// minutes it comes. Distances would give away its place to who asks from three points.
func appendCall(dst []byte, rank int, u *ranked) []byte {
	return appendNumber(appendHead(dst, rank, u), "seconds", 60*math.Ceil(u.seconds/60), 0)
}

func appendHead(dst []byte, rank int, u *ranked) []byte {
	dst = append(dst, `{"rank":`...)
	dst = strconv.AppendInt(dst, int64(rank), 10)
	dst = appendText(dst, "id", u.Unit.ID)
	dst = appendText(dst, "name", u.Unit.Name)
	dst = appendText(dst, "class", u.Unit.Class.String())
	dst = appendText(dst, "kind", u.Unit.Kind)
	return appendText(dst, "state", u.Unit.State.String())
}

func appendRanked(dst []byte, rank int, u *ranked, now time.Time) []byte {
	method := "straight line"
	if u.byRoad {
		method = "road"
	}
	dst = appendHead(dst, rank, u)
	dst = appendNumber(dst, "lon", u.Point[0], 7)
	dst = appendNumber(dst, "lat", u.Point[1], 7)
	dst = appendNumber(dst, "meters", u.Meters, 1)
	dst = appendNumber(dst, "seconds", u.seconds, 1)
	dst = appendNumber(dst, "road_meters", u.road, 1)
	dst = appendInstant(dst, "fix", u.Fix)
	dst = appendNumber(dst, "age_s", age(&u.Sight, now), 1)
	dst = appendText(dst, "freshness", u.Freshness.String())
	dst = appendText(dst, "method", method)
	if u.note != "" {
		dst = appendText(dst, "note", u.note)
	}
	return append(dst, '}')
}

// appendLeftOut names those of the nearest units whom the filter left out, and why: who stands near and is not
// offered is what a dispatcher asks about.
func appendLeftOut(dst []byte, around []bystander) []byte {
	listed := 0
	for i := range around {
		n := &around[i]
		if n.why == "" || listed == leftOut {
			continue
		}
		if listed++; listed > 1 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"id":`...)
		dst = appendString(dst, n.Unit.ID)
		dst = appendText(dst, "name", n.Unit.Name)
		dst = appendNumber(dst, "meters", n.Meters, 1)
		dst = appendText(dst, "why", n.why)
		dst = append(dst, '}')
	}
	return dst
}
