package jt808_test

import (
	"context"
	"encoding/hex"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/ingest/jt808"
	"github.com/wardmap/wardmap/spatial/live"
)

var key = []byte("a key of this test")

// keeper is where reports go: it keeps them, or fails, or waits for release.
type keeper struct {
	hold chan struct{} // when it is not nil, Submit waits for it

	mu      sync.Mutex // guards what follows
	reports []live.Report
	calls   int
	err     error
	verdict live.Verdict
}

func (k *keeper) submit(ctx context.Context, rs []live.Report) ([]live.Verdict, error) {
	if k.hold != nil {
		select {
		case <-k.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return nil, k.err
	}
	k.calls++
	k.reports = append(k.reports, rs...)
	return slices.Repeat([]live.Verdict{k.verdict}, len(rs)), nil
}

func (k *keeper) kept() []live.Report {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.reports)
}

func (k *keeper) set(err error, v live.Verdict) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err, k.verdict = err, v
}

// open serves a door for the terminals 13812345678 and 1…99 until the test ends.
func open(t testing.TB, k *keeper, o jt808.Options) (*jt808.Door, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Submit, o.Key = k.submit, key
	o.Known = func(device string) bool { return device == "13812345678" || len(device) < 3 }
	door := jt808.New(o)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- door.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := door.Counts().Open; n != 0 {
			t.Errorf("%d connections are open after the end", n)
		}
	})
	return door, l.Addr().String()
}

// dial connects a terminal that has registered and proved itself.
func dial(t testing.TB, address, digits string, e jt808.Edition) *jt808.Terminal {
	t.Helper()
	n, err := jt808.ParseNumber(digits)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := jt808.Dial(t.Context(), address, n, e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	code, err := terminal.Register(t.Context(), jt808.Registration{Province: 32, City: 100, Manufacturer: "CARD1", Model: "WV1", Terminal: "0001001", Color: 1, Plate: "\xcb\xd5A12345"})
	if err != nil {
		t.Fatal(err)
	}
	if err := terminal.Authenticate(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	return terminal
}

// line is a connection that speaks bytes.
type line struct {
	net.Conn
	t *testing.T
}

func dialLine(t *testing.T, address string) line {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return line{c, t}
}

// say writes bytes in hexadecimal; blanks do not count.
func (l line) say(text string) {
	l.t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.Write(b); err != nil {
		l.t.Fatal(err)
	}
}

// hear reads as many bytes as want has, and compares.
func (l line) hear(want string) {
	l.t.Helper()
	want = strings.Join(strings.Fields(want), "")
	b := make([]byte, len(want)/2)
	if _, err := io.ReadFull(l, b); err != nil {
		l.t.Fatal(err)
	}
	if got := hex.EncodeToString(b); got != want {
		l.t.Fatalf("heard %s\nwant  %s", got, want)
	}
}
