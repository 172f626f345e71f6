package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/runcard"
)

// runCards is the layer of run cards, and candidates how many units are looked at for each unit that a need names.
const (
	runCards   = "run_cards"
	candidates = 8
)

// unknownRoad is added to the time of a unit that is not known to be on a road, so that it is taken only where nobody else is.
const unknownRoad = 3600

// usualNeeds are what is sent where no card fits.
var usualNeeds = []runcard.Need{{Count: 1, Class: spatial.Vehicle}}

// A recommendation is a card, and the units that meet each of its needs.
type recommendation struct {
	card  runcard.Card
	usual bool // there is no card for this
	units [][]ranked
}

// getRecommended answers with what is to be sent to an incident: the run card that fits it, and for each of its needs the
// free units that are there first.
func (s *Server) getRecommended(c echo.Context) error {
	l, q, err := s.livePart(c, "incident")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if q["incident"] == "" {
		return badValue("incident", "it is missing; give the id of an incident")
	}
	f, err := s.incident(ctx, q["incident"])
	if err != nil {
		return err
	}
	r, err := s.recommend(ctx, l, f)
	if err != nil {
		return err
	}
	ask := nearestQuery{masked: s.Guard != nil && !asker(c).May("read.live")}
	return sendLive(c, http.StatusOK, typeJSON, appendRecommendation(nil, r, ask, f, l.now()))
}

// incident reads an incident that is seen.
func (s *Server) incident(ctx context.Context, id string) (spatial.Feature, error) {
	l, known := s.defs().Layer(incidents)
	if !known || l.Source.Type == layers.Archive {
		return spatial.Feature{}, refuse(notFound, "there is no layer %q here", incidents)
	}
	return s.read(l).Feature(ctx, l.ID, strings.TrimPrefix(id, incidents+"/"))
}

func (s *Server) recommend(ctx context.Context, l *Live, f spatial.Feature) (r recommendation, err error) {
	at := f.Geometry.Bound().Center()
	cards, err := s.cards(ctx, at, l.now())
	if err != nil {
		return r, err
	}
	card, ok := runcard.Choose(cards, textOf(&f, "type"), textOf(&f, "priority"), at, l.now())
	if !ok {
		card.Needs, r.usual = usualNeeds, true
	}
	r.card = card
	found := make([]map[string]ranked, len(card.Needs))
	offers := make([][]runcard.Offer, len(card.Needs))
	for i, n := range card.Needs {
		found[i] = map[string]ranked{}
		ask := nearestQuery{origin: at, k: n.Count + candidates, road: true, filter: live.Filter{
			Classes: spatial.ClassesOf(n.Class), Kinds: n.Kinds, Skills: n.Skills, States: live.Recommended, At: spatial.InstantOf(l.now()), Under: s.view.Org,
		}}
		for _, u := range l.byRoad(ask) {
			seconds := u.seconds
			if math.IsNaN(seconds) {
				seconds = unknownRoad + u.Meters
			}
			found[i][u.Unit.ID] = u
			offers[i] = append(offers[i], runcard.Offer{Unit: u.Unit.ID, Seconds: seconds})
		}
	}
	for i, all := range runcard.Fill(card.Needs, offers) {
		units := make([]ranked, len(all))
		for k, o := range all {
			units[k] = found[i][o.Unit]
		}
		r.units = append(r.units, units)
	}
	return r, nil
}

// cards are the run cards that hold at a place.
func (s *Server) cards(ctx context.Context, at orb.Point, now time.Time) (out []runcard.Card, err error) {
	l, known := s.defs().Layer(runCards)
	if !known || l.Source.Type == layers.Archive {
		return nil, nil
	}
	page, err := s.read(l).Features(ctx, l.ID, layers.Query{Bounds: []orb.Bound{at.Bound()}, At: now, Limit: 1000})
	if err != nil {
		return nil, err
	}
	for _, f := range page.Features {
		text := func(name string) string { return textOf(&f, name) }
		card := runcard.Card{ID: f.ID, Name: text(l.Label), Types: layers.List(text("types")), Priorities: layers.List(text("priorities")), Area: f.Geometry}
		if card.Needs, err = runcard.ParseNeeds(text("needs")); err != nil {
			return nil, fmt.Errorf("run card %s: needs: %w", f.ID, err)
		}
		if text("schedule") != "" {
			if card.Schedule, err = fence.ParseSchedule(text("schedule")); err != nil {
				return nil, fmt.Errorf("run card %s: schedule: %w", f.ID, err)
			}
		}
		out = append(out, card)
	}
	return out, nil
}

func appendRecommendation(dst []byte, r recommendation, ask nearestQuery, f spatial.Feature, now time.Time) []byte {
	dst = append(dst, `{"incident":`...)
	dst = appendString(dst, f.ID)
	dst = append(dst, `,"card":`...)
	if r.usual {
		dst = append(dst, `null`...)
	} else {
		dst = append(appendText(append(append(dst, `{"id":`...), mustJSON(r.card.ID)...), "name", r.card.Name), '}')
	}
	dst = append(dst, `,"needs":[`...)
	rank, missing := 0, 0
	for i, n := range r.card.Needs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, `{"need":`...), mustJSON(n.String())...)
		dst = append(appendCount(appendCount(dst, "count", n.Count), "missing", n.Count-len(r.units[i])), `,"units":[`...)
		missing += n.Count - len(r.units[i])
		for k := range r.units[i] {
			if k > 0 {
				dst = append(dst, ',')
			}
			if rank++; ask.masked {
				dst = append(appendCall(dst, rank, &r.units[i][k]), '}')
			} else {
				dst = appendRanked(dst, rank, &r.units[i][k], now)
			}
		}
		dst = append(dst, ']', '}')
	}
	dst = append(dst, ']')
	return append(appendCount(dst, "missing", missing), '}')
}
