package stream_test

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// A line is the network between a client and its server, to be broken.
type line struct {
	listener net.Listener
	deaf     atomic.Bool // what the server says is lost
	dumb     atomic.Bool // what the client says is lost

	mu    sync.Mutex // guards all below
	to    string
	conns []net.Conn
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{listener: listener, to: to}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			l.join(client, &work)
		}
	})
	t.Cleanup(func() {
		listener.Close()
		l.cut()
		work.Wait()
	})
	return l
}

func (l *line) url() string { return "nats://" + l.listener.Addr().String() }

func (l *line) join(client net.Conn, work *sync.WaitGroup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	server, err := net.Dial("tcp", l.to)
	if err != nil {
		client.Close()
		return
	}
	l.conns = append(l.conns, client, server)
	carry := func(to, from net.Conn, lost *atomic.Bool) {
		defer to.Close()
		buf := make([]byte, 1<<16)
		for {
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			if lost.Load() {
				continue
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
	work.Go(func() { carry(server, client, &l.dumb) })
	work.Go(func() { carry(client, server, &l.deaf) })
}

// cut ends all connections and mends the line for new ones.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf.Store(false)
	l.dumb.Store(false)
	for _, c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

func (l *line) toward(address string) {
	l.mu.Lock()
	l.to = address
	l.mu.Unlock()
}

func deafen(l *line) { l.deaf.Store(true) }
func mute(l *line)   { l.dumb.Store(true) }
