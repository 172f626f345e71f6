package api

import (
	"context"
	"time"

	"github.com/coder/websocket"
	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial"
)

// getLive streams what moves, for walls: binary messages by WebSocket, the first with everything. A reader has one
// message under way: the next is made when it has confirmed that, of what is true then. So the slow get fewer
// messages and never old ones, and nobody waits for them.
func (s *Server) getLive(c echo.Context) error {
	l, q, err := s.livePart(c, "rate", "classes")
	if err != nil {
		return err
	}
	rate, err := number(q, "rate", 0.2, 20, 4)
	if err != nil {
		return err
	}
	classes, err := setOf[spatial.Class, spatial.ClassSet](q, "classes", spatial.ParseClass)
	if err != nil {
		return err
	}
	if err := s.mayConnect(c.Request(), false); err != nil {
		return err
	}
	every := time.Duration(float64(time.Second) / rate)
	return s.takeOver(c, &s.streams.walls, func(ctx context.Context, k *socket) error {
		return watch(k.CloseRead(ctx), k, s.newWall(l, classes), every, s.Timeouts.Heartbeat, l.now)
	})
}

// watch sends what is new as often as it may, and something at least with every heartbeat.
func watch(ctx context.Context, k *socket, w *wall, every, heartbeat time.Duration, clock func() time.Time) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for due := time.Now(); ; {
		frame, news := w.next(clock())
		if news || !time.Now().Before(due) {
			if err := k.send(ctx, websocket.MessageBinary, frame); err != nil {
				return err
			}
			if err := k.ping(ctx); err != nil {
				return err
			}
			due = time.Now().Add(heartbeat)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
