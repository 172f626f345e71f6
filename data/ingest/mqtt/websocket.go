package mqtt

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"

	"github.com/coder/websocket"
)

// serveWebSocket speaks with clients that come by HTTP, at any path, until ctx ends.
func (d *Door) serveWebSocket(ctx context.Context, l net.Listener) error {
	var all guests
	defer all.wait()
	server := &http.Server{
		ReadHeaderTimeout: greeting,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !all.come() {
				return
			}
			defer all.talking.Done()
			d.upgrade(ctx, w, r)
		}),
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(l); ctx.Err() == nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// guests are the requests that are served. An HTTP server does not wait for those that were upgraded.
type guests struct {
	talking sync.WaitGroup

	mu   sync.Mutex // guards what follows
	over bool
}

func (g *guests) come() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		g.talking.Add(1)
	}
	return !g.over
}

func (g *guests) wait() {
	g.mu.Lock()
	g.over = true
	g.mu.Unlock()
	g.talking.Wait()
}

// upgrade lets one client in. A page of another origin may not speak: it has no business here, and its user would
// not know.
func (d *Door) upgrade(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	if !d.tally.Enter(d.o.Most) {
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return
	}
	defer d.tally.Leave()
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"mqtt"}})
	if err != nil {
		return // Accept has answered
	}
	defer c.CloseNow()
	if c.Subprotocol() != "mqtt" {
		c.Close(websocket.StatusPolicyViolation, "the subprotocol is mqtt")
		return
	}
	d.talk(ctx, websocket.NetConn(ctx, c, websocket.MessageBinary))
}
