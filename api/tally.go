package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/tally"
)

// A Counter counts the features of a layer that may be counted, all of them, whoever asks: counts that differ by who asks
// would tell by their difference. It is safe for concurrent use.
type Counter func(ctx context.Context, q CountsQuestion) (Counted, error)

// A CountsQuestion asks for counts.
type CountsQuestion struct {
	Layer  layers.Layer
	Period tally.Period // zero of a layer without times
	Fixed  bool         // for who does not see the features: what was told on a day stays as it is
	Now    time.Time
}

// Counted is counts, and what they are of.
type Counted struct {
	All     *tally.Tally
	Areas   [][]spatial.Feature // by level
	Classes [][]string          // by property of layers.Counts.Of; "" is all others
	Made    time.Time
	Tag     string // differs whenever the counts may
}

const (
	typeCSV  = "text/csv; charset=utf-8"
	byCells  = "cells"
	previous = "previous"
)

// A countsTable is what was asked for, before it is written in a format.
type countsTable struct {
	layer         layers.Layer
	now, before   Counted
	period, past  tally.Period // zero of a layer without times
	compare       bool
	level         int // of the areas; -1 for squares
	zoom          uint8
	of            int // index of the property; -1 for none
	rows, earlier []tally.Row
}

// getCounts answers how many features there are by area or square.
func (s *Server) getCounts(c echo.Context) error {
	l, known := s.Catalogue().Layer(param(c, "layer"))
	if !known || s.Counts == nil || !s.view.Counts(&l) {
		return refuse(notFound, "there are no counts of a layer %q for you", clip(param(c, "layer")))
	}
	q, err := query(c, "by", "zoom", "from", "to", "compare", "of", "f")
	if err != nil {
		return err
	}
	mediaType, err := countsForm(c, q["f"])
	if err != nil {
		return err
	}
	t, err := s.countsAsked(l, q)
	if err != nil {
		return err
	}
	if err := s.count(c.Request().Context(), t); err != nil {
		return err
	}
	c.Set(countKey, len(t.rows))
	vary(c.Response().Header(), "Accept")
	tag := t.now.Tag + "-" + t.before.Tag + "-" + strconv.FormatUint(uint64(t.zoom), 10) + "-" + mediaType[5:8]
	if mediaType == typeCSV {
		return sendBytes(c, http.StatusOK, typeCSV, tag, t.csv())
	}
	return sendBytes(c, http.StatusOK, typeGeoJSON, tag, mustJSON(t.geoJSON()))
}

func countsForm(c echo.Context, f string) (string, error) {
	switch f {
	case "csv":
		return typeCSV, nil
	case "", "json", "geojson":
	default:
		return "", badValue("f", strconv.Quote(clip(f))+" is neither json nor csv")
	}
	if f != "" {
		return typeGeoJSON, nil
	}
	switch accepted(c.Request().Header.Get("Accept"), typeGeoJSON, typeJSON, "text/csv") {
	case "text/csv":
		return typeCSV, nil
	case "":
		return "", refuse(notAcceptable, "there is %s, text/csv", typeGeoJSON)
	}
	return typeGeoJSON, nil
}

// countsAsked reads what is asked for. Nothing is read but what the layer's definition offers: by any box or filter of
// their own people could ask for single features.
func (s *Server) countsAsked(l layers.Layer, q map[string]string) (*countsTable, error) {
	t := &countsTable{layer: l, level: -1, of: -1}
	by := q["by"]
	if by == "" {
		by = append(slices.Clone(l.Counts.By), byCells)[0]
	}
	offered := l.Counts.By
	if l.Counts.Cells > 0 {
		offered = append(slices.Clone(offered), byCells)
	}
	if !slices.Contains(offered, by) {
		return nil, badValue("by", strconv.Quote(clip(by))+" is none of "+list(offered))
	}
	t.level = slices.Index(l.Counts.By, by)
	zoom, err := whole(q, "zoom", 0, int(l.Counts.Cells), int(l.Counts.Cells))
	if err != nil {
		return nil, err
	}
	if t.zoom = uint8(zoom); t.level >= 0 {
		t.zoom = 0
		if _, given := q["zoom"]; given {
			return nil, badValue("zoom", "it is for by=cells")
		}
	}
	if of, given := q["of"]; given {
		if t.of = slices.Index(l.Counts.Of, of); t.of < 0 {
			return nil, badValue("of", strconv.Quote(clip(of))+" is none of "+list(l.Counts.Of))
		}
		if t.level != 0 {
			return nil, badValue("of", "classes are counted by "+l.Counts.By[0]+" only")
		}
	}
	return t, s.countsPeriod(t, q)
}

// countsPeriod reads the period: for who sees all features any that HEAT-01 allows, for all others one of the calendar.
func (s *Server) countsPeriod(t *countsTable, q map[string]string) error {
	if compare, given := q["compare"]; given && compare != previous {
		return badValue("compare", strconv.Quote(clip(compare))+" is not previous")
	}
	_, t.compare = q["compare"]
	rule, now := t.layer.Counts, time.Now()
	if rule.Time == "" {
		for _, name := range []string{"from", "to", "compare"} {
			if _, given := q[name]; given {
				return badValue(name, "what is counted here has no time: it is what there is now")
			}
		}
		return nil
	}
	calendar := rule.Calendar()
	t.period = calendar.Last(now)
	from, given := q["from"]
	if to, ends := q["to"]; given != ends {
		return badValue("from", "give both from and to, or neither for the last period that has ended")
	} else if given {
		var err error
		if t.period, err = countsDays(from, to); err != nil {
			return err
		}
	}
	err := tally.CheckFree(t.period, now)
	if !s.countsFreely(&t.layer) {
		err = calendar.Check(t.period, now)
	}
	if err != nil {
		return badValue("from", err.Error())
	}
	t.past = t.period.Before()
	return nil
}

// countsFreely tells whether the view sees all features that are counted.
func (s *Server) countsFreely(l *layers.Layer) bool {
	every, _ := s.sees(l)
	return every
}

func countsDays(from, to string) (p tally.Period, err error) {
	for _, one := range []struct {
		name, text string
		into       *time.Time
	}{{"from", from, &p.From}, {"to", to, &p.To}} {
		if *one.into, err = time.ParseInLocation(time.DateOnly, one.text, layers.CountsZone); err != nil || one.into.Year() < 1900 {
			return p, badValue(one.name, strconv.Quote(clip(one.text))+" is no day: write it as 2026-11-23")
		}
	}
	return p, nil
}

// count has the counts made.
func (s *Server) count(ctx context.Context, t *countsTable) (err error) {
	q := CountsQuestion{Layer: t.layer, Period: t.period, Fixed: !s.countsFreely(&t.layer), Now: time.Now()}
	for range 3 { // areas may change between both
		q.Period = t.period
		if t.now, err = s.Counts(ctx, q); err != nil || !t.compare {
			break
		}
		q.Period = t.past
		if t.before, err = s.Counts(ctx, q); err != nil || sameAreas(t.now, t.before) {
			break
		}
		err = refuse(unavailable, "the areas have just changed; ask again")
	}
	if err != nil {
		return err
	}
	if t.rows = t.asked(t.now); t.compare {
		t.earlier = t.asked(t.before)
	}
	return nil
}

func sameAreas(a, b Counted) bool {
	same := func(a, b spatial.Feature) bool { return a.ID == b.ID && a.Version == b.Version }
	return slices.EqualFunc(a.Areas, b.Areas, func(a, b []spatial.Feature) bool { return slices.EqualFunc(a, b, same) })
}

// asked is the rows of counts that are asked for.
func (t *countsTable) asked(counted Counted) []tally.Row {
	if t.level < 0 {
		return counted.All.Squares(t.zoom)
	}
	return counted.All.Areas(t.level)
}
