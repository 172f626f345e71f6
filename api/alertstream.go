package api

import (
	"context"
	"net/http"

	"github.com/coder/websocket"
	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial/live"
)

// getAlertStream is getAlerts by WebSocket: each event is a text message.
func (s *Server) getAlertStream(c echo.Context) error {
	l, q, err := s.livePart(c, alertParameters...)
	if err != nil {
		return err
	}
	if err := s.mayConnect(c.Request(), false); err != nil {
		return err
	}
	r, err := s.alertReader(l, q)
	if err != nil {
		return err
	}
	return s.takeOver(c, &s.streams.alerts, func(ctx context.Context, k *socket) error {
		ctx = k.CloseRead(ctx)
		var buf []byte
		return r.follow(ctx, s.Timeouts.Heartbeat, func(events []live.Event, m missed) error {
			if m.any() {
				if err := k.send(ctx, websocket.MessageText, appendGap(buf[:0], m)); err != nil {
					return err
				}
			}
			for i := range events {
				buf = events[i].AppendJSON(buf[:0])
				if err := k.send(ctx, websocket.MessageText, buf); err != nil {
					return err
				}
			}
			if len(events) > 0 || m.any() {
				return nil
			}
			return k.ping(ctx)
		})
	})
}

// scanned is after how many events a page of the log ends, wanted or not.
const scanned = 20_000

// getAlertLog answers with a page of events that have happened, oldest first.
func (s *Server) getAlertLog(c echo.Context) error {
	l, q, err := s.livePart(c, append([]string{"limit"}, alertParameters...)...)
	if err != nil {
		return err
	}
	limit, err := whole(q, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	if _, given := q["after"]; !given {
		q = with(q, "after", "0")
	}
	r, err := s.alertReader(l, q)
	if err != nil {
		return err
	}
	page, newest, err := r.page(c.Request().Context(), limit)
	if err != nil {
		return err
	}
	body := append([]byte(nil), `{"events":[`...)
	for i := range page {
		if i > 0 {
			body = append(body, ',', '\n')
		}
		body = page[i].AppendJSON(body)
	}
	body = append(body, ']')
	body = appendCount(body, "next", r.last)
	body = appendCount(body, "newest", newest)
	return sendLive(c, http.StatusOK, typeJSON, append(body, '}'))
}

// page reads events that have happened already. What is no longer kept is passed over.
func (r *alertReader) page(ctx context.Context, limit int) (page []live.Event, newest uint64, err error) {
	newest = r.alerts.Newest()
	for began := r.last; r.last < newest && len(page) < limit && r.last-began < scanned; {
		events, m, err := r.next(ctx, limit-len(page))
		if err != nil {
			return nil, newest, err
		}
		if m.any() {
			began = r.last
		}
		page = append(page, events...)
	}
	return page, newest, nil
}
