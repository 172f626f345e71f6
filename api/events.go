package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// getEvents streams what changes until the client goes or the server ends (text/event-stream). A client that
// does not take a message within Timeouts.Write is cut off; it comes back by itself with the last id it saw.
func (s *Server) getEvents(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	if accepted(c.Request().Header.Get("Accept"), typeEvents) == "" {
		return refuse(notAcceptable, "there is %s", typeEvents)
	}
	wire := s.beginEvents(c)
	if wire == nil {
		return nil
	}
	sub := s.Feed.Subscribe(c.Request().Header.Get("Last-Event-ID"), s.scope)
	beat := time.NewTicker(s.Timeouts.Heartbeat)
	defer beat.Stop()
	var buf []byte
	for {
		events, more := sub.Read(buf[:0])
		if err := s.push(c, wire, events); err != nil || more == nil {
			return err
		}
		select {
		case <-more:
		case <-beat.C:
			if err := s.push(c, wire, []byte(": alive\n\n")); err != nil {
				return err
			}
		case <-c.Request().Context().Done():
			return nil
		case <-s.stopping.Done():
			return nil
		}
		if buf = events; cap(buf) > 1<<20 {
			buf = nil
		}
	}
}

// beginEvents sends the head of an event stream; nil when only that was asked for.
func (s *Server) beginEvents(c echo.Context) *http.ResponseController {
	h := c.Response().Header()
	h.Set("Content-Type", typeEvents)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	wire := http.NewResponseController(c.Response())
	_ = wire.SetReadDeadline(time.Time{}) // not every writer has deadlines, in tests for example
	return wire
}

// push writes and flushes at once.
func (s *Server) push(c echo.Context, wire *http.ResponseController, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	_ = wire.SetWriteDeadline(time.Now().Add(s.Timeouts.Write))
	if _, err := c.Response().Write(data); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	if err := wire.Flush(); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}
