package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/duty"
	"github.com/wardmap/wardmap/spatial/live"
)

// mostShifts bounds the shifts of one answer.
const mostShifts = 100

// A shiftReport is what the fixes of a unit prove of one shift.
type shiftReport struct {
	Shift    string          `json:"shift"` // layer and feature
	Begins   time.Time       `json:"begins"`
	Ends     time.Time       `json:"ends"`
	Until    time.Time       `json:"until"` // to when it is judged: its end, or now
	Beat     string          `json:"beat"`
	Time     *beatTime       `json:"time,omitempty"` // none when the beat is not known
	Calls    []callReport    `json:"calls"`
	Problems layers.Problems `json:"problems,omitempty"` // beat and points that could not be used
}

// beatTime is in seconds, as exact as time is: inside + outside + unknown is until - begins.
type beatTime struct {
	Inside  json.Number `json:"inside"`
	Outside json.Number `json:"outside"`
	Unknown json.Number `json:"unknown"`
}

type callReport struct {
	Point   string       `json:"point"`
	From    time.Time    `json:"from"`
	To      time.Time    `json:"to"`
	Outcome string       `json:"outcome"`
	Reason  string       `json:"reason,omitempty"`
	Doubt   string       `json:"doubt,omitempty"`
	At      *time.Time   `json:"at,omitempty"`
	Stayed  *json.Number `json:"stayed,omitempty"` // s
}

// getDuty answers with the time in the beat and the calls of each shift of a unit that begins in a time. Where the unit
// was it does not tell. Who asks says why, and the log keeps it, as with a track.
func (s *Server) getDuty(c echo.Context) error {
	l, q, err := s.livePart(c, "from", "to", "reason", "case")
	if err != nil {
		return err
	}
	unit := param(c, "id")
	from, to, reason, err := trackQuery(q, l.now())
	if err != nil {
		return err
	}
	sight, seen := s.unit(l, unit)
	if !seen && s.view.Org != "" {
		return noUnit(unit)
	}
	s.Log.Info("the duty of a unit is read", slog.String("unit", unit), slog.Time("from", from), slog.Time("to", to), slog.String("reason", reason),
		slog.String("by", c.Request().RemoteAddr), slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)))
	d := dutyReader{server: s, live: l, echo: c, now: l.now(), limits: limitsOf(sight)}
	out := []shiftReport{}
	for _, def := range s.defs().Layers() {
		if def.Duty == nil {
			continue
		}
		some, err := d.shifts(def, unit, from, to, mostShifts-len(out))
		if err != nil {
			return err
		}
		out = append(out, some...)
	}
	if _, known := l.Picture.Unit(unit); !known && len(out) == 0 {
		return noUnit(unit)
	}
	c.Set(countKey, len(out))
	body, err := toJSON(map[string]any{"unit": unit, "from": from, "to": to, "stale": d.limits.Stale.Seconds(), "shifts": out})
	if err != nil {
		return err
	}
	return sendLive(c, http.StatusOK, typeJSON, body)
}

// limitsOf are what is expected of the fixes of a unit, by its class; of one that is no more, those of officers.
func limitsOf(u live.Sight) duty.Limits {
	class := u.Unit.Class
	if !class.Moves() {
		class = spatial.Officer
	}
	usual := live.Usual(class)
	return duty.Limits{Stale: usual.Stale, Speed: usual.MaxSpeed}
}

// A dutyReader reads what is needed to judge shifts, as a view sees it.
type dutyReader struct {
	server *Server
	live   *Live
	echo   echo.Context
	now    time.Time
	limits duty.Limits
}

// shifts judges those of a layer that begin in [from, to), in order of their ids.
func (d *dutyReader) shifts(l layers.Layer, unit string, from, to time.Time, most int) (out []shiftReport, err error) {
	err = d.each(l, l.Duty.Unit, unit, func(f spatial.Feature) error {
		shift, beat, _, err := l.ShiftOf(f)
		if err != nil || shift.From.Before(from) || !shift.From.Before(to) || shift.From.After(d.now) {
			return nil // what is no shift the editor lets in from nobody
		}
		if len(out) == most {
			return badValue("to", fmt.Sprintf("more than %d shifts begin before it; ask for a shorter time", mostShifts))
		}
		one, err := d.judge(l, f, shift, beat)
		out = append(out, one)
		return err
	})
	return out, err
}

// each visits the features of a layer whose property has a value, in order of their ids. A layer that is not there is
// empty.
func (d *dutyReader) each(l layers.Layer, property, value string, visit func(spatial.Feature) error) error {
	q := layers.Query{Where: map[string]any{property: value}}
	for {
		page, err := d.server.read(l).Features(d.context(), l.ID, q)
		if errors.Is(err, layers.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, f := range page.Features {
			if err := visit(f); err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}

func (d *dutyReader) context() context.Context { return d.echo.Request().Context() }

// judge says what the fixes prove of one shift.
func (d *dutyReader) judge(l layers.Layer, f spatial.Feature, shift duty.Shift, code string) (shiftReport, error) {
	out := shiftReport{Shift: l.ID + "/" + f.ID, Begins: shift.From, Ends: shift.To, Until: earliest(shift.To, d.now), Beat: code, Calls: []callReport{}}
	fixes, err := d.fixes(shift)
	if err != nil {
		return out, err
	}
	beat, known, err := d.beat(l, code, shift.From)
	if err != nil {
		return out, err
	}
	if known {
		out.Time = timeIn(duty.InBeat(fixes, beat.Geometry, duty.Shift{Unit: shift.Unit, From: shift.From, To: out.Until}, d.limits.Stale))
	} else {
		out.Problems = append(out.Problems, layers.Problem{Place: "beat", Message: fmt.Sprintf("no beat had the code %q when the shift began", clip(code))})
	}
	points, problems, err := d.points(l, code, shift.From)
	if err != nil {
		return out, err
	}
	out.Problems = append(out.Problems, problems...)
	for _, call := range duty.Report(shift, points, d.limits, duty.Track{Unit: shift.Unit, Fixes: fixes}) {
		out.Calls = append(out.Calls, callOf(call, d.now))
	}
	return out, nil
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b.UTC()
	}
	return a
}

// fixes are where the unit was from a stale limit before the shift until one after it, by what the picture took for true.
func (d *dutyReader) fixes(s duty.Shift) ([]duty.Fix, error) {
	all, err := d.live.track(d.echo, s.Unit, s.From.Add(-d.limits.Stale), s.To.Add(d.limits.Stale))
	if err != nil {
		return nil, err
	}
	out := make([]duty.Fix, 0, len(all))
	for i := range all {
		if f := &all[i]; f.onLine() {
			accuracy := float64(f.Accuracy)
			if !(accuracy > 0) || math.IsInf(accuracy, 0) {
				accuracy = 0
			}
			out = append(out, duty.Fix{Time: f.Fix.Time(), At: f.Point, Accuracy: accuracy, Mock: f.Flags&live.Mock != 0})
		}
	}
	return out, nil
}

// beat is the one of a code that held at a time, of several the one with the lowest id.
func (d *dutyReader) beat(l layers.Layer, code string, at time.Time) (beat spatial.Feature, known bool, err error) {
	beats, there := d.server.defs().Layer(l.Duty.Beats.Layer)
	if !there {
		return beat, false, nil
	}
	err = d.each(beats, l.Duty.Beats.Code, code, func(f spatial.Feature) error {
		if !known && f.Effective.Holds(at) {
			beat, known = f, true
		}
		return nil
	})
	return beat, known, err
}

// points are those of a beat that held at a time.
func (d *dutyReader) points(l layers.Layer, code string, at time.Time) (out []duty.Point, problems layers.Problems, err error) {
	rule := l.Duty.Points
	all, there := d.server.defs().Layer(rule.Layer)
	if !there {
		return nil, nil, nil
	}
	err = d.each(all, rule.Beat, code, func(f spatial.Feature) error {
		if !f.Effective.Holds(at) {
			return nil
		}
		p, err := rule.PointOf(f)
		if err != nil {
			problems = append(problems, layers.Problem{Place: all.ID + "/" + f.ID, Message: err.Error()})
			return nil
		}
		out = append(out, p)
		return nil
	})
	return out, problems, err
}

// openCall is the outcome of a call whose window has not ended.
const openCall = "open"

func callOf(c duty.Call, now time.Time) callReport {
	out := callReport{Point: c.Point, From: c.From.UTC(), To: c.To.UTC(), Outcome: c.Outcome.String(), Reason: c.Reason.String(), Doubt: c.Doubt.String()}
	if c.To.After(now) && (c.Outcome == duty.Missed || c.Outcome == duty.Short) {
		out.Outcome, out.Reason = openCall, ""
	}
	if !c.At.IsZero() {
		at, stayed := c.At.UTC(), secondsOf(c.Stayed)
		out.At, out.Stayed = &at, &stayed
	}
	return out
}

func timeIn(t duty.Time) *beatTime {
	return &beatTime{Inside: secondsOf(t.Inside), Outside: secondsOf(t.Outside), Unknown: secondsOf(t.Unknown)}
}

// secondsOf writes a duration of at least 0 in seconds with all its digits.
func secondsOf(d time.Duration) json.Number {
	text := fmt.Sprintf("%d.%09d", d/time.Second, d%time.Second)
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}
