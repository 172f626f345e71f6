package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/coder/websocket"
	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial/live"
)

// typePositions is the compact form of reports, WMP1.
const typePositions = "application/vnd.wardmap.positions"

const (
	maxPositions = 8 << 20 // bytes of a body or a message
	maxReports   = 100_000 // in it
	submitted    = 10_000  // at once: whoever writes them down wants bounded entries
	maxRefused   = 100     // reports of which the answer says what became of each
)

// postPositions takes one report, a list, or their compact form, and answers when they are durable.
func (s *Server) postPositions(c echo.Context) error {
	l, _, err := s.livePart(c)
	if err != nil {
		return err
	}
	data, mediaType, err := readBytes(c, maxPositions, typeJSON, typePositions)
	if err != nil {
		return err
	}
	body, err := l.takeIn(c.Request().Context(), data, mediaType == typePositions, asker(c))
	if err != nil {
		return err
	}
	return sendLive(c, http.StatusOK, typeJSON, body)
}

// getPositionStream is postPositions by WebSocket: binary messages are WMP1, text messages JSON. Each is answered
// in its order, with what postPositions would answer or with a problem.
func (s *Server) getPositionStream(c echo.Context) error {
	l, _, err := s.livePart(c)
	if err != nil {
		return err
	}
	if err := s.mayConnect(c.Request(), true); err != nil {
		return err
	}
	return s.takeOver(c, &s.streams.doors, func(ctx context.Context, k *socket) error {
		k.SetReadLimit(maxPositions)
		for {
			kind, data, err := k.receive(ctx)
			if err != nil {
				return err
			}
			answer, err := l.takeIn(ctx, data, kind == websocket.MessageBinary, asker(c))
			if err != nil {
				if answer, err = s.problemMessage(c, err); err != nil {
					return err
				}
			}
			if err := k.send(ctx, websocket.MessageText, answer); err != nil {
				return err
			}
		}
	})
}

// problemMessage is an error as a message: the problem that it would be as an answer.
func (s *Server) problemMessage(c echo.Context, err error) ([]byte, error) {
	p := status(err)
	if p.Status >= 500 {
		s.Log.Error("positions were not taken", "request_id", c.Response().Header().Get(echo.HeaderXRequestID), "error", err)
	}
	p.name(c)
	return json.Marshal(p)
}

// takeIn reads reports, has them made durable and writes down what became of them.
func (l *Live) takeIn(ctx context.Context, data []byte, compact bool, by *Asker) ([]byte, error) {
	rs, err := readReports(data, compact)
	if err != nil {
		return nil, err
	}
	if by.Kind == "device" {
		if other := slices.IndexFunc(rs, func(r live.Report) bool { return r.Device != by.Name }); other >= 0 {
			return nil, refuse(forbidden, "report %d is of another device: this token speaks for %s alone", other+1, by.Name)
		}
	}
	verdicts := make([]live.Verdict, 0, len(rs))
	for rest := rs; len(rest) > 0; {
		some := rest[:min(submitted, len(rest))]
		became, err := l.Submit(ctx, some)
		if err == nil && len(became) != len(some) {
			err = fmt.Errorf("%d verdicts came for %d reports", len(became), len(some))
		}
		if err != nil {
			p := refuse(unavailable, "the reports are not durable, at least not all; send them again, a second time does no harm")
			p.header = http.Header{"Retry-After": {"1"}}
			return nil, fmt.Errorf("%w: %w", p, err)
		}
		verdicts = append(verdicts, became...)
		rest = rest[len(some):]
	}
	return appendVerdicts(make([]byte, 0, 256), rs, verdicts), nil
}

func readReports(data []byte, compact bool) (rs []live.Report, err error) {
	if compact { // a report takes some 40 bytes, as JSON some 90: room for all at once is never copied
		rs, err = live.DecodeReports(data, make([]live.Report, 0, len(data)/36+1))
	} else {
		rs, err = live.DecodeJSON(data, "", make([]live.Report, 0, len(data)/80+1))
	}
	switch {
	case err != nil:
		return nil, refuse(malformed, "%v", err)
	case len(rs) == 0:
		return nil, refuse(invalid, "there is no report in it")
	case len(rs) > maxReports:
		return nil, refuse(tooLarge, "there are %d reports in it; send at most %d at once", len(rs), maxReports)
	}
	return rs, nil
}

// appendVerdicts says how many reports were accepted, how many were not by verdict, and which.
func appendVerdicts(dst []byte, rs []live.Report, verdicts []live.Verdict) []byte {
	var count [256]int
	for _, v := range verdicts {
		count[v]++
	}
	dst = append(dst, `{"received":`...)
	dst = strconv.AppendInt(dst, int64(len(rs)), 10)
	dst = appendCount(dst, "accepted", count[live.Accepted])
	dst = append(dst, `,"verdicts":{`...)
	open := len(dst)
	for v, n := range count {
		if n > 0 && live.Verdict(v) != live.Accepted {
			dst = appendCount(dst, live.Verdict(v).String(), n)
		}
	}
	dst = closed(dst, open, '}')
	dst = append(dst, `,"refused":[`...)
	open = len(dst)
	for i, listed := 0, 0; i < len(verdicts) && listed < maxRefused; i++ {
		if verdicts[i] == live.Accepted {
			continue
		}
		listed++
		dst = append(dst, `,{"index":`...)
		dst = strconv.AppendInt(dst, int64(i), 10)
		dst = appendText(dst, "verdict", verdicts[i].String())
		dst = appendText(dst, "device", rs[i].Device)
		dst = append(dst, '}')
	}
	return append(closed(dst, open, ']'), '}')
}

// closed ends a list that began at open and whose first element has a comma too many before it.
func closed(dst []byte, open int, end byte) []byte {
	if len(dst) > open {
		dst = append(dst[:open], dst[open+1:]...)
	}
	return append(dst, end)
}
