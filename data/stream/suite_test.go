package stream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wardmap/wardmap/data/stream"
)

// everywhere runs a test against the server inside the process and against an outside one. reopen gives a second
// Stream on the same logs; inside the process the first one must be closed before.
func everywhere(t *testing.T, test func(t *testing.T, open func(change ...func(*stream.Options)) *stream.Stream)) {
	t.Run("inside", func(t *testing.T) {
		dir := t.TempDir()
		test(t, func(change ...func(*stream.Options)) *stream.Stream {
			return opened(t, stream.Options{Dir: dir}, change...)
		})
	})
	t.Run("outside", func(t *testing.T) {
		url := outside(t, t.TempDir()).ClientURL()
		test(t, func(change ...func(*stream.Options)) *stream.Stream {
			return opened(t, stream.Options{URL: url}, change...)
		})
	})
}

func opened(t testing.TB, o stream.Options, change ...func(*stream.Options)) *stream.Stream {
	t.Helper()
	o.Warn = func(message string, args ...any) { t.Logf("%s %v", message, args) }
	for _, c := range change {
		c(&o)
	}
	s, err := stream.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// outside starts a server as an operator would run it.
func outside(t testing.TB, dir string) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, SyncAlways: true,
		MaxPayload: stream.MaxMessage, NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(5 * time.Second) {
		t.Fatal("the outside server does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

func add(t testing.TB, l *stream.Log, data string) uint64 {
	t.Helper()
	seq, err := l.Append(t.Context(), []byte(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// told is what a replay brings, as "number:data".
func told(t testing.TB, replay func(visit func(stream.Message) error) error) []string {
	t.Helper()
	var got []string
	err := replay(func(m stream.Message) error {
		got = append(got, fmt.Sprintf("%d:%s", m.Seq, m.Data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func from(t testing.TB, l *stream.Log, seq uint64) []string {
	return told(t, func(visit func(stream.Message) error) error { return l.Replay(t.Context(), seq, visit) })
}

func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestLogs(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		s := open()
		l := s.Positions()
		if _, ok, err := l.Last(t.Context()); ok || err != nil {
			t.Errorf("last of a new log: %v, %v", ok, err)
		}
		if first, err := l.First(t.Context()); first != 1 || err != nil {
			t.Errorf("first of a new log: %d, %v", first, err)
		}
		same(t, "a new log", from(t, l, 1), nil)

		for i, text := range []string{"a", "b", "c", "d"} {
			if seq := add(t, l, text); seq != uint64(i+1) {
				t.Errorf("message %d has number %d", i+1, seq)
			}
		}
		add(t, s.Events(), "another log")
		same(t, "all", from(t, l, 0), []string{"1:a", "2:b", "3:c", "4:d"})
		same(t, "from the middle", from(t, l, 3), []string{"3:c", "4:d"})
		same(t, "from behind the end", from(t, l, 5), nil)
		same(t, "from far behind the end", from(t, l, 500), nil)
		last, ok, err := l.Last(t.Context())
		if string(last.Data) != "d" || last.Seq != 4 || !ok || err != nil {
			t.Errorf("last: %v %v %v", last, ok, err)
		}
		for _, tt := range []struct {
			from uint64
			want string
		}{{0, "1:a true"}, {1, "1:a true"}, {3, "3:c true"}, {5, "0: false"}, {500, "0: false"}} {
			m, ok, err := l.Next(t.Context(), tt.from)
			if got := fmt.Sprintf("%d:%s %v", m.Seq, m.Data, ok); got != tt.want || err != nil {
				t.Errorf("next from %d: %s, %v, want %s", tt.from, got, err, tt.want)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}

		s = open()
		if seq := add(t, s.Positions(), "e"); seq != 5 {
			t.Errorf("the first message after a restart has number %d", seq)
		}
		same(t, "after a restart", from(t, s.Positions(), 4), []string{"4:d", "5:e"})
		same(t, "the other log", from(t, s.Events(), 1), []string{"1:another log"})
	})
}

func TestHeaders(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		l := open().Events()
		headers := map[string]string{"Position": "17", "first": "1", "Name": "巡逻 7"}
		if _, err := l.Append(t.Context(), nil, headers); err != nil {
			t.Fatal(err)
		}
		m, _, err := l.Last(t.Context())
		if err != nil || fmt.Sprint(m.Headers) != fmt.Sprint(headers) || len(m.Data) != 0 {
			t.Errorf("last has %v and data %q, %v", m.Headers, m.Data, err)
		}
		err = l.Replay(t.Context(), 1, func(m stream.Message) error {
			if fmt.Sprint(m.Headers) != fmt.Sprint(headers) {
				t.Errorf("replay has %v", m.Headers)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		for _, bad := range []map[string]string{{"": "x"}, {"a b": "x"}, {"a:": "x"}, {"a": "x\r\nb: y"}, {"a\n": "x"}, {"a": " x"}} {
			if _, err := l.Append(t.Context(), nil, bad); err == nil {
				t.Errorf("headers %q are taken", bad)
			}
		}
	})
}

func TestSizes(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		l := open().Positions()
		big := bytes.Repeat([]byte("0123456789abcdef"), (stream.MaxMessage-1024)/16)
		for _, data := range [][]byte{nil, {0}, big} {
			if _, err := l.Append(t.Context(), data, nil); err != nil {
				t.Fatalf("%d bytes: %v", len(data), err)
			}
			if m, _, err := l.Last(t.Context()); err != nil || !bytes.Equal(m.Data, data) {
				t.Errorf("%d bytes come back as %d, %v", len(data), len(m.Data), err)
			}
		}
		_, err := l.Append(t.Context(), make([]byte, stream.MaxMessage), nil)
		if !errors.Is(err, stream.ErrTooLarge) || !strings.Contains(err.Error(), "at most 8388608") {
			t.Errorf("too many bytes: %v", err)
		}
		sizes := []int{}
		err = l.Replay(t.Context(), 1, func(m stream.Message) error { sizes = append(sizes, len(m.Data)); return nil })
		if err != nil || !slices.Equal(sizes, []int{0, 1, len(big)}) {
			t.Errorf("replay: sizes %v, %v", sizes, err)
		}
	})
}

func TestReplaySince(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		l := open().Positions()
		since := func(at time.Time) []string {
			return told(t, func(visit func(stream.Message) error) error { return l.ReplaySince(t.Context(), at, visit) })
		}
		same(t, "a new log", since(time.Now()), nil)
		add(t, l, "a")
		add(t, l, "b")
		time.Sleep(5 * time.Millisecond)
		between := time.Now()
		time.Sleep(5 * time.Millisecond)
		add(t, l, "c")
		m, _, err := l.Last(t.Context())
		if err != nil || m.At.Before(between) || time.Since(m.At) > time.Minute {
			t.Errorf("c was written at %v, %v", m.At, err)
		}
		same(t, "before all", since(between.Add(-time.Hour)), []string{"1:a", "2:b", "3:c"})
		same(t, "between", since(between), []string{"3:c"})
		same(t, "at the very moment", since(m.At), []string{"3:c"})
		same(t, "after all", since(time.Now().Add(time.Hour)), nil)
	})
}

func TestRetention(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		s := open(func(o *stream.Options) {
			o.Positions.Bytes = 100_000
			o.Events.Age = 300 * time.Millisecond
		})
		l := s.Positions()
		for range 30 {
			add(t, l, strings.Repeat("x", 10_000))
		}
		first, err := l.First(t.Context())
		if err != nil || first < 20 || first > 24 {
			t.Errorf("after 300 kB of at most 100 kB the first message is %d, %v", first, err)
		}
		if got := from(t, l, 1); len(got) != int(31-first) || !strings.HasPrefix(got[0], fmt.Sprint(first, ":")) {
			t.Errorf("%d messages from %d on are told", len(got), first)
		}

		add(t, s.Events(), "old")
		add(t, s.Events(), "old too")
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if m, ok, err := s.Events().Last(t.Context()); err != nil {
				t.Fatal(err)
			} else if !ok {
				if m.Seq != 2 {
					t.Errorf("an emptied log says that its last message was %d", m.Seq)
				}
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("old messages are not discarded")
			}
		}
		same(t, "discarded by age", from(t, s.Events(), 1), nil)
		if first, err := s.Events().First(t.Context()); first != 3 || err != nil {
			t.Errorf("first of an emptied log: %d, %v", first, err)
		}
		if seq := add(t, s.Events(), "new"); seq != 3 {
			t.Errorf("the number behind discarded messages is %d", seq)
		}
		same(t, "behind discarded messages", from(t, s.Events(), 1), []string{"3:new"})
	})
}

func TestVisitorsStopAReplay(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		l := open().Positions()
		for i := range 5 {
			add(t, l, fmt.Sprint(i))
		}
		enough := errors.New("enough")
		n := 0
		err := l.Replay(t.Context(), 1, func(stream.Message) error {
			if n++; n == 3 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || n != 3 {
			t.Errorf("stopped after %d messages with %v", n, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = l.Replay(ctx, 1, func(m stream.Message) error { cancel(); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled replay ends with %v", err)
		}
		if _, err := l.Append(ctx, nil, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled append ends with %v", err)
		}
	})
}

// A server admits only so many readers at once: each must be gone when it has read.
func TestReadersLeaveNothingBehind(t *testing.T) {
	url := outside(t, t.TempDir()).ClientURL()
	l := opened(t, stream.Options{URL: url}).Events()
	for range 10 {
		add(t, l, "a")
	}
	enough := errors.New("enough")
	for range 50 {
		if err := l.Replay(t.Context(), 1, func(stream.Message) error { return enough }); !errors.Is(err, enough) {
			t.Fatal(err)
		}
		from(t, l, 5)
		if _, ok, err := l.Next(t.Context(), 7); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	about, err := js.Stream(t.Context(), "wardmap-events")
	if err != nil {
		t.Fatal(err)
	}
	if n := about.CachedInfo().State.Consumers; n != 0 {
		t.Errorf("%d readers are left behind", n)
	}
}

func TestFollow(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		l := open().Positions()
		add(t, l, "a")
		add(t, l, "b")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		heard := make(chan string, 10)
		ended := make(chan error)
		go func() {
			ended <- l.Follow(ctx, 2, func(m stream.Message) error { heard <- string(m.Data); return nil })
		}()
		for _, want := range []string{"b", "c", "d"} {
			if want != "b" {
				add(t, l, want)
			}
			select {
			case got := <-heard:
				if got != want {
					t.Errorf("follower hears %q, want %q", got, want)
				}
			case <-time.After(5 * time.Second):
				t.Fatalf("follower does not hear %q", want)
			}
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("follower ended with %v", err)
		}
	})
}

func TestCursors(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		s := open()
		names := []string{"deliver/desk/state", "deliver/desk.2/state", "巡逻", "a>b*c d", "="}
		for _, name := range names {
			if _, ok, err := s.Cursors().Get(t.Context(), name); ok || err != nil {
				t.Errorf("%s is there before: %v, %v", name, ok, err)
			}
			for _, value := range []string{"x", name} {
				if err := s.Cursors().Put(t.Context(), name, []byte(value)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := s.Cursors().Put(t.Context(), "", nil); err == nil {
			t.Error("a cursor without a name is taken")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}

		c := open().Cursors()
		for _, name := range names {
			if value, ok, err := c.Get(t.Context(), name); string(value) != name || !ok || err != nil {
				t.Errorf("%s is %q, %v, %v", name, value, ok, err)
			}
		}
		list, err := c.List(t.Context(), "deliver/")
		same(t, "list", list, []string{"deliver/desk.2/state", "deliver/desk/state"})
		if err != nil {
			t.Error(err)
		}
		for _, name := range append(names[:2], "never was") {
			if err := c.Delete(t.Context(), name); err != nil {
				t.Errorf("delete %s: %v", name, err)
			}
		}
		if _, ok, err := c.Get(t.Context(), names[0]); ok || err != nil {
			t.Errorf("%s is there after it was deleted: %v, %v", names[0], ok, err)
		}
		list, err = c.List(t.Context(), "")
		want := []string{"=", "a>b*c d", "巡逻"}
		same(t, "list after deletions", list, want)
		if err != nil {
			t.Error(err)
		}
	})
}
