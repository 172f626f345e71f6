package api

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial/live"
)

const (
	maxFixes   = 100_000             // of one answer
	maxTrack   = 7 * 24 * time.Hour  // from its begin to its end
	maxHistory = 30 * 24 * time.Hour // what officers' positions are kept for, whatever the configuration says
	trackGap   = 2 * time.Minute     // without a fix: where somebody was meanwhile is not known, and no line is drawn
)

// A fix is one report of a track.
type fix struct {
	live.Report
	verdict live.Verdict
}

// onLine tells whether a fix is where the unit was: late ones are, they only came late.
func (f *fix) onLine() bool { return f.verdict == live.Accepted || f.verdict == live.Late }

// getTrack answers with where a unit was: lines, broken where nothing is known, and all reports with what became
// of them. Who asks says why, and the log keeps it.
func (s *Server) getTrack(c echo.Context) error {
	l, q, err := s.livePart(c, "from", "to", "reason", "case")
	if err != nil {
		return err
	}
	unit := param(c, "id")
	from, to, reason, err := trackQuery(q, l.now())
	if err != nil {
		return err
	}
	if _, seen := s.unit(l, unit); !seen && s.view.Org != "" { // whose a unit was that is no more, nobody knows
		return noUnit(unit)
	}
	s.Log.Info("a track is read", slog.String("unit", unit), slog.Time("from", from), slog.Time("to", to), slog.String("reason", reason),
		slog.String("by", c.Request().RemoteAddr), slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)))
	fixes, err := l.track(c, unit, from, to)
	if err != nil {
		return err
	}
	if _, known := l.Picture.Unit(unit); !known && len(fixes) == 0 {
		return noUnit(unit)
	}
	c.Set(countKey, len(fixes))
	return sendLive(c, http.StatusOK, typeGeoJSON, appendTrack(make([]byte, 0, 512+200*len(fixes)), unit, from, to, fixes))
}

func trackQuery(q map[string]string, now time.Time) (from, to time.Time, reason string, err error) {
	reason = strings.TrimSpace(q["reason"])
	if n := utf8.RuneCountInString(reason); n < 4 || n > 500 || !utf8.ValidString(reason) {
		return from, to, "", badValue("reason", "say in 4 to 500 characters why the track is needed, for example the number of the incident or the complaint")
	}
	if _, given := q["from"]; !given {
		return from, to, "", badValue("from", "it is missing; give from and to as 2026-11-24T03:04:05Z (RFC 3339)")
	}
	if from, err = when(q, "from", now); err != nil {
		return from, to, "", err
	}
	if to, err = when(q, "to", now); err != nil {
		return from, to, "", err
	}
	switch {
	case !to.After(from):
		return from, to, "", badValue("to", "it is not after from")
	case now.Sub(from) > maxHistory:
		return from, to, "", badValue("from", "where units were is given for the last 30 days only")
	case to.Sub(from) > maxTrack:
		return from, to, "", badValue("to", "it is more than 7 days after from; ask for less at once")
	}
	return from, to, reason, nil
}

var errTooLong = errors.New("too many fixes")

// track reads the fixes in the order of their time.
func (l *Live) track(c echo.Context, unit string, from, to time.Time) ([]fix, error) {
	var fixes []fix
	err := l.Track(c.Request().Context(), unit, from, to, func(r live.Report, v live.Verdict) error {
		if len(fixes) == maxFixes {
			return errTooLong
		}
		fixes = append(fixes, fix{r, v})
		return nil
	})
	if errors.Is(err, errTooLong) {
		return nil, badValue("to", "there are more than "+strconv.Itoa(maxFixes)+" fixes before it; ask for a shorter time")
	}
	slices.SortStableFunc(fixes, func(a, b fix) int { return cmp.Compare(a.Fix, b.Fix) })
	return fixes, err
}

// appendTrack appends a FeatureCollection of lines, with the fixes beside them.
func appendTrack(dst []byte, unit string, from, to time.Time, fixes []fix) []byte {
	dst = append(dst, `{"type":"FeatureCollection"`...)
	dst = appendText(dst, "unit", unit)
	dst = appendWhen(dst, "from", from)
	dst = appendWhen(dst, "to", to)
	dst = append(dst, `,"features":[`...)
	open := len(dst)
	for _, part := range trackParts(fixes) {
		dst = appendPart(append(dst, ','), unit, part)
	}
	dst = closed(dst, open, ']')
	dst = append(dst, `,"fixes":[`...)
	for i := range fixes {
		if i > 0 {
			dst = append(dst, ',', '\n')
		}
		dst = appendReport(dst, &fixes[i])
	}
	return append(dst, ']', '}')
}

// trackParts are the stretches of which is known where the unit was: two fixes or more without a gap.
func trackParts(fixes []fix) [][]fix {
	var parts [][]fix
	var part []fix
	end := func() {
		if len(part) > 1 {
			parts = append(parts, part)
		}
		part = nil
	}
	for _, f := range fixes {
		if !f.onLine() {
			continue
		}
		if len(part) > 0 && f.Fix.Sub(part[len(part)-1].Fix) > trackGap {
			end()
		}
		part = append(part, f)
	}
	end()
	return parts
}

func appendPart(dst []byte, unit string, part []fix) []byte {
	dst = append(dst, `{"type":"Feature","geometry":{"type":"LineString","coordinates":`...)
	dst = appendList(dst, part, func(dst []byte, f fix) []byte {
		dst = append(dst, '[')
		dst = appendRounded(dst, f.Point[0], 7)
		dst = append(dst, ',')
		dst = appendRounded(dst, f.Point[1], 7)
		return append(dst, ']')
	})
	dst = append(dst, `},"properties":{"unit":`...)
	dst = appendString(dst, unit)
	dst = appendInstant(dst, "from", part[0].Fix)
	dst = appendInstant(dst, "to", part[len(part)-1].Fix)
	dst = appendCount(dst, "fixes", len(part))
	return append(dst, '}', '}')
}

func appendReport(dst []byte, f *fix) []byte {
	dst = append(dst, `{"device":`...)
	dst = appendString(dst, f.Device)
	dst = appendInstant(dst, "time", f.Fix)
	dst = appendText(dst, "verdict", f.verdict.String())
	if f.Flags&live.NoFix == 0 {
		dst = appendNumber(dst, "lon", f.Point[0], 7)
		dst = appendNumber(dst, "lat", f.Point[1], 7)
	}
	dst = appendNumber(dst, "altitude", float64(f.Altitude), 1)
	dst = appendNumber(dst, "speed", float64(f.Speed), 2)
	dst = appendNumber(dst, "course", float64(f.Course), 1)
	dst = appendNumber(dst, "accuracy", float64(f.Accuracy), 1)
	dst = appendText(dst, "source", f.Source.String())
	dst = appendName(dst, "emergency")
	dst = strconv.AppendBool(dst, f.Flags&live.EmergencyFlag != 0)
	return append(dst, '}')
}
