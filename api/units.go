package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// getUnits answers with a page of the units in a box, a polygon or a fence, in order of their ids.
func (s *Server) getUnits(c echo.Context) error {
	l, q, err := s.livePart(c, append([]string{"bbox", "within", "limit", "after"}, filterParameters...)...)
	if err != nil {
		return err
	}
	limit, err := whole(q, "limit", 1, maxLimit, 1000)
	if err != nil {
		return err
	}
	f, err := s.unitFilter(l, q)
	if err != nil {
		return err
	}
	a, err := s.unitArea(c, l, q, &f)
	if err != nil {
		return err
	}
	page, matched, more := unitPage(l.Picture, a, f, q["after"], limit)
	links := []link{{Href: s.here(c.Request()), Rel: "self", Type: typeGeoJSON}}
	if more {
		links = append(links, link{Href: s.instead(c.Request(), "after", page[len(page)-1].Unit.ID), Rel: "next", Type: typeGeoJSON, Title: "next page"})
	}
	now := l.now()
	body := appendUnitsHead(make([]byte, 0, 256+600*len(page)), now, matched, len(page), links)
	for i := range page {
		if i > 0 {
			body = append(body, ',', '\n')
		}
		body = s.appendUnit(body, l, &page[i], now)
	}
	return sendLive(c, http.StatusOK, typeGeoJSON, append(body, ']', '}'))
}

// unitPage are the units after an id in the order of ids, how many there are without the limit and the id, and
// whether more follow.
func unitPage(p *live.Picture, a area, f live.Filter, after string, limit int) (page []live.Sight, matched int, more bool) {
	var all []live.Sight
	for _, box := range a.boxes {
		p.Within(box, f, func(v live.Sight) bool {
			all = append(all, v)
			return true
		})
	}
	all = slices.DeleteFunc(all, func(v live.Sight) bool { return !a.holds(v.Point) })
	slices.SortFunc(all, func(a, b live.Sight) int { return cmp.Compare(a.Unit.ID, b.Unit.ID) })
	all = slices.CompactFunc(all, func(a, b live.Sight) bool { return a.Unit.ID == b.Unit.ID }) // on the border of two boxes
	matched = len(all)
	start, found := slices.BinarySearchFunc(all, after, func(v live.Sight, id string) int { return cmp.Compare(v.Unit.ID, id) })
	if found {
		start++
	}
	rest := all[start:]
	return rest[:min(limit, len(rest))], matched, len(rest) > limit
}

func appendUnitsHead(dst []byte, now time.Time, matched, returned int, links []link) []byte {
	dst = append(dst, `{"type":"FeatureCollection"`...)
	dst = appendWhen(dst, "timeStamp", now)
	dst = appendCount(dst, "numberMatched", matched)
	dst = appendCount(dst, "numberReturned", returned)
	dst = append(dst, `,"links":`...)
	dst = append(dst, mustJSON(links)...)
	return append(dst, `,"features":[`...)
}

// getUnit answers with one unit or device.
func (s *Server) getUnit(c echo.Context) error {
	l, _, err := s.livePart(c)
	if err != nil {
		return err
	}
	return s.sendUnit(c, l, param(c, "id"))
}

func (s *Server) sendUnit(c echo.Context, l *Live, id string) error {
	v, known := s.unit(l, id)
	if !known {
		return noUnit(id)
	}
	return sendLive(c, http.StatusOK, typeGeoJSON, s.appendUnit(nil, l, &v, l.now()))
}

func noUnit(id string) error {
	return refuse(notFound, "there is no unit or device %q; /units lists them", clip(id))
}

// putUnitState says what a unit is doing. An unknown code is refused: it never means available.
func (s *Server) putUnitState(c echo.Context) error {
	l, _, err := s.livePart(c)
	if err != nil {
		return err
	}
	v, err := readBody(c, typeJSON)
	if err != nil {
		return err
	}
	var r reader
	state, err := live.ParseState(r.text("state", r.members("", v, "state")["state"]))
	if err != nil {
		r.wrong("state", "%v", err)
	}
	if len(r.problems) > 0 {
		return wrong(invalid, r.problems)
	}
	id := param(c, "id")
	if _, known := s.unit(l, id); !known {
		return noUnit(id)
	}
	if err := l.SetState(c.Request().Context(), id, state); err != nil {
		return err
	}
	return s.sendUnit(c, l, id)
}

// appendUnit appends a unit as a GeoJSON feature. What was never reported is null.
func (s *Server) appendUnit(dst []byte, l *Live, v *live.Sight, now time.Time) []byte {
	dst = append(dst, `{"type":"Feature","id":`...)
	dst = appendString(dst, v.Unit.ID)
	dst = append(dst, `,"geometry":`...)
	if v.Known {
		dst = append(dst, `{"type":"Point","coordinates":`...)
		dst = append(appendLonLat(dst, v), '}')
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"properties":{"name":`...)
	dst = appendString(dst, v.Unit.Name)
	dst = appendText(dst, "class", v.Unit.Class.String())
	dst = appendText(dst, "kind", v.Unit.Kind)
	dst = appendText(dst, "org", v.Unit.Org)
	dst = appendTexts(dst, "skills", v.Unit.Skills)
	dst = appendTexts(dst, "equipment", v.Unit.Equipment)
	dst = appendText(dst, "state", v.Unit.State.String())
	dst = appendInstant(dst, "state_at", v.StateAt)
	dst = appendFix(dst, v, now)
	dst = appendName(dst, "inside")
	dst = append(dst, '[')
	open := len(dst)
	for _, id := range v.Inside {
		if !s.hidesFence(l, id) {
			dst = appendString(append(dst, ','), id)
		}
	}
	dst = closed(dst, open, ']')
	return append(dst, '}', '}')
}

// appendFix appends what is known of a unit's last position.
func appendFix(dst []byte, v *live.Sight, now time.Time) []byte {
	dst = appendInstant(dst, "fix", v.Fix)
	dst = appendInstant(dst, "heard", v.Heard)
	dst = appendNumber(dst, "age_s", age(v, now), 1)
	dst = appendText(dst, "freshness", v.Freshness.String())
	dst = appendNumber(dst, "altitude", float64(v.Altitude), 1)
	dst = appendNumber(dst, "speed", float64(v.Speed), 2)
	dst = appendNumber(dst, "course", float64(v.Course), 1)
	dst = appendNumber(dst, "accuracy", float64(v.Accuracy), 1)
	dst = appendNumber(dst, "battery", float64(v.Battery), 0)
	dst = appendText(dst, "source", v.Source.String())
	dst = appendName(dst, "emergency")
	return strconv.AppendBool(dst, v.Flags&live.EmergencyFlag != 0)
}

// age is how old the last position is, in seconds, by the time when it was measured; NaN when there is none.
func age(v *live.Sight, now time.Time) float64 {
	if v.Fix == 0 {
		return unknown
	}
	return max(0, spatial.InstantOf(now).Sub(v.Fix).Seconds())
}

func appendLonLat(dst []byte, v *live.Sight) []byte {
	dst = append(dst, '[')
	dst = appendRounded(dst, v.Point[0], 7)
	dst = append(dst, ',')
	dst = appendRounded(dst, v.Point[1], 7)
	return append(dst, ']')
}
