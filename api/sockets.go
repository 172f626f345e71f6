package api

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/labstack/echo/v4"
)

// A socket is a WebSocket with a deadline for every message that is written.
type socket struct {
	*websocket.Conn
	within time.Duration
}

// errGone says that the other side is there no more, or does not take what is sent.
var errGone = errors.New("the other side is gone")

// receive waits for a message.
func (k *socket) receive(ctx context.Context) (websocket.MessageType, []byte, error) {
	kind, data, err := k.Read(ctx)
	if err != nil {
		err = fmt.Errorf("%w: %w", errGone, err)
	}
	return kind, data, err
}

// send writes one message. A reader that does not take it in time is cut off.
func (k *socket) send(ctx context.Context, kind websocket.MessageType, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, k.within)
	defer cancel()
	if err := k.Write(ctx, kind, data); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}

// ping asks the other side for a sign of life. Somebody must be reading meanwhile.
func (k *socket) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.within)
	defer cancel()
	if err := k.Ping(ctx); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}

// takeOver makes a WebSocket of the connection, lets serve use it until it returns, and closes it. When the server
// stops the other side is told, and serve's reads and writes fail. An error of serve is only logged: there is
// nobody to answer any more.
func (s *Server) takeOver(c echo.Context, kind *atomic.Int64, serve func(ctx context.Context, k *socket) error) error {
	if err := isHandshake(c.Request()); err != nil {
		return err
	}
	leave, err := s.enter(kind)
	if err != nil {
		return err
	}
	defer leave()
	// the origin was looked at before, in the way of this server
	conn, err := websocket.Accept(c.Response(), c.Request(), &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	defer context.AfterFunc(s.stopping, func() { _ = conn.Close(websocket.StatusGoingAway, "the server ends") })()
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.Request().Context()))
	defer cancel()
	switch err := serve(ctx, &socket{conn, s.Timeouts.Write}); {
	case err == nil:
		_ = conn.Close(websocket.StatusNormalClosure, "")
	case !errors.Is(err, errGone):
		_ = conn.Close(websocket.StatusInternalError, "the server's log says more under this request_id")
		s.Log.Error("a stream broke off", "path", c.Path(), "request_id", c.Response().Header().Get(echo.HeaderXRequestID), "error", err)
	}
	return nil
}

// isHandshake refuses what does not ask for a WebSocket as RFC 6455 says.
func isHandshake(r *http.Request) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(r.Header.Get("Sec-WebSocket-Key")))
	switch {
	case !r.ProtoAtLeast(1, 1) || !hasToken(r.Header["Connection"], "upgrade") || !hasToken(r.Header["Upgrade"], "websocket"):
		p := refuse(upgradeNeeded, "this address speaks WebSocket: connect with ws:// or wss:// instead of http")
		p.header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}
		return p
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		p := refuse(otherFault, "only version 13 of WebSocket is spoken here")
		p.header = http.Header{"Sec-Websocket-Version": {"13"}}
		return p
	case len(r.Header["Sec-Websocket-Key"]) != 1 || err != nil || len(key) != 16:
		return refuse(otherFault, "Sec-WebSocket-Key is not 16 bytes in base64")
	}
	return nil
}

func hasToken(header []string, token string) bool {
	for _, list := range header {
		for one := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(one), token) {
				return true
			}
		}
	}
	return false
}

// mayConnect refuses WebSockets from pages of origins that may not do the like by HTTP: browsers do not ask
// before they connect, as they do before other requests. Who is no browser says no origin.
func (s *Server) mayConnect(r *http.Request, writes bool) error {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	methods := s.methodsFor(origin)
	if methods == allMethods || methods == readMethods && !writes {
		return nil
	}
	own, err := url.Parse(s.base(r))
	if u, bad := url.Parse(origin); err == nil && bad == nil && u.Host != "" && strings.EqualFold(u.Host, own.Host) {
		return nil
	}
	return refuse(badOrigin, "pages of %s may not connect here; name the origin in the server's configuration", clip(origin))
}
