package postgis

import (
	"bytes"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// proxy stands between a store and its server and breaks connections.
type proxy struct {
	net.Listener
	server, url string
	cutAfter    atomic.Value // text of the client after which its connection is cut, once; "" never
}

func newProxy(t *testing.T, to *pgx.ConnConfig) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &proxy{Listener: l, server: fmt.Sprintf("%s:%d", to.Host, to.Port)}
	p.url = fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", to.User, l.Addr(), to.Database)
	p.cutAfter.Store("")
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return p
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	var mute atomic.Bool // answers no longer reach the client
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := server.Read(buf)
			if err != nil {
				client.Close()
				return
			}
			if !mute.Load() {
				client.Write(buf[:n])
			}
		}
	}()
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if cut := p.cutAfter.Load().(string); cut != "" && bytes.Contains(buf[:n], []byte(cut)) && p.cutAfter.CompareAndSwap(cut, "") {
			mute.Store(true)
			server.Write(buf[:n])
			time.Sleep(50 * time.Millisecond) // the server finishes; the answer is lost
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}
