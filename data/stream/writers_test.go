package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wardmap/wardmap/data/stream"
)

func TestASecondProcessIsRefusedTheFolder(t *testing.T) {
	dir := t.TempDir()
	first := opened(t, stream.Options{Dir: dir})
	_, err := stream.Open(t.Context(), stream.Options{Dir: dir})
	if !errors.Is(err, stream.ErrUsed) || !strings.Contains(err.Error(), dir) {
		t.Errorf("the second one hears %v", err)
	}
	add(t, first.Positions(), "still there")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	opened(t, stream.Options{Dir: dir})
}

func TestTwoWritersDoNotInterleave(t *testing.T) {
	o := stream.Options{URL: outside(t, t.TempDir()).ClientURL()}
	a, b := opened(t, o).Positions(), opened(t, o).Positions()
	add(t, a, "a1")
	add(t, a, "a2")
	for range 2 {
		if _, err := b.Append(t.Context(), []byte("b1"), nil); !errors.Is(err, stream.ErrUsed) || errors.Is(err, stream.ErrUnsure) {
			t.Errorf("the second writer hears %v", err)
		}
	}
	add(t, a, "a3")
	want := []string{"1:a1", "2:a2", "3:a3"}
	same(t, "the log", from(t, a, 1), want)
	same(t, "the log as the second one reads it", from(t, b, 1), want)
}

func TestAppendsOfOneProcessWaitForEachOther(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		const writers, each = 8, 25
		s := open()
		var work sync.WaitGroup
		var mu sync.Mutex // guards wrote
		wrote := map[uint64]string{}
		for w := range writers {
			work.Go(func() {
				for i := range each {
					text := fmt.Sprint(w, " ", i)
					seq, err := s.Positions().Append(context.Background(), []byte(text), nil)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					wrote[seq] = text
					mu.Unlock()
					if _, _, err := s.Positions().Last(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		got := from(t, s.Positions(), 1)
		if len(got) != writers*each || len(wrote) != writers*each {
			t.Fatalf("%d messages and %d numbers of %d", len(got), len(wrote), writers*each)
		}
		for i, line := range got {
			if want := fmt.Sprintf("%d:%s", i+1, wrote[uint64(i+1)]); line != want {
				t.Errorf("message %q, want %q", line, want)
			}
		}
	})
}

// impatient asks for 300 ms, each time for 50 ms.
func impatient(o *stream.Options) { o.Patience = 300 * time.Millisecond }

func TestALostAcknowledgementIsAskedFor(t *testing.T) {
	server := outside(t, t.TempDir())
	line := newLine(t, server.Addr().String())
	l := opened(t, stream.Options{URL: line.url(), Patience: 6 * time.Second}).Positions()
	add(t, l, "a")
	deafen(line)
	time.AfterFunc(300*time.Millisecond, func() { line.cut() })
	if seq := add(t, l, "b"); seq != 2 {
		t.Errorf("the message has number %d", seq)
	}
	add(t, l, "c")
	same(t, "the log", from(t, l, 1), []string{"1:a", "2:b", "3:c"})
}

func TestAMessageInDoubtGetsInOnce(t *testing.T) {
	tests := []struct {
		name string
		harm func(l *line)
		then func(t *testing.T, l *stream.Log) // what is called first when the server is back
	}{
		{"its answer is lost, then append", deafen, func(t *testing.T, l *stream.Log) { add(t, l, "c") }},
		{"its answer is lost, then replay", deafen, replayed},
		{"its answer is lost, then last", deafen, lastIs},
		{"it is lost itself, then append", mute, func(t *testing.T, l *stream.Log) { add(t, l, "c") }},
		{"it is lost itself, then replay", mute, replayed},
		{"it is lost itself, then last", mute, lastIs},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // they mostly wait
			line := newLine(t, outside(t, t.TempDir()).Addr().String())
			l := opened(t, stream.Options{URL: line.url()}, impatient).Positions()
			add(t, l, "a")
			test.harm(line)
			data := []byte("b")
			if seq, err := l.Append(t.Context(), data, nil); !errors.Is(err, stream.ErrUnsure) {
				t.Fatalf("append into silence: %d, %v", seq, err)
			}
			data[0] = 'x' // the caller may use it again
			if _, err := l.Append(t.Context(), []byte("not tried"), nil); err == nil || errors.Is(err, stream.ErrUnsure) {
				t.Errorf("append behind a message in doubt: %v", err)
			}
			line.cut()
			for err := error(nil); ; time.Sleep(20 * time.Millisecond) {
				if _, err = l.First(t.Context()); err == nil {
					break
				}
			}
			test.then(t, l)
			if got := from(t, l, 1); len(got) == 2 {
				add(t, l, "c")
			}
			same(t, "the log", from(t, l, 1), []string{"1:a", "2:b", "3:c"})
		})
	}
}

func replayed(t *testing.T, l *stream.Log) {
	same(t, "the log", from(t, l, 1), []string{"1:a", "2:b"})
}

func lastIs(t *testing.T, l *stream.Log) {
	if m, ok, err := l.Last(t.Context()); string(m.Data) != "b" || !ok || err != nil {
		t.Errorf("last is %q, %v, %v", m.Data, ok, err)
	}
}

func TestFollowersOutliveTheirServer(t *testing.T) {
	dir := t.TempDir()
	server := outside(t, dir)
	line := newLine(t, server.Addr().String())
	l := opened(t, stream.Options{URL: line.url()}).Positions()
	heard := make(chan string, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- l.Follow(ctx, 1, func(m stream.Message) error { heard <- fmt.Sprint(m.Seq, ":", string(m.Data)); return nil })
	}()
	var got, want []string
	for i := range 4 {
		if i == 2 {
			server.Shutdown()
			server.WaitForShutdown()
			line.toward(outside(t, dir).Addr().String())
		}
		add(t, l, "x")
		want = append(want, fmt.Sprint(i+1, ":x"))
		select {
		case text := <-heard:
			got = append(got, text)
		case <-time.After(20 * time.Second):
			t.Fatalf("after %q nothing is heard", got)
		}
	}
	same(t, "the follower", got, want)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the follower ended with %v", err)
	}
}

func TestOthersMayListenAndNothingElse(t *testing.T) {
	s := opened(t, stream.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	add(t, s.Positions(), "a")
	refused := make(chan error, 10)
	guest, err := nats.Connect("nats://"+s.Address(), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	sub, err := guest.SubscribeSync("wardmap.events.beats.>")
	if err != nil || guest.Flush() != nil {
		t.Fatal("a guest cannot subscribe", err)
	}
	if err := s.Publish("wardmap.events.beats.enter", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if m, err := sub.NextMsg(5 * time.Second); err != nil || string(m.Data) != "hello" {
		t.Errorf("a guest hears %v, %v", m, err)
	}
	for _, subject := range []string{"wardmap.log.positions", "$JS.API.STREAM.DELETE.wardmap-positions", "wardmap.events.beats.enter"} {
		if err := guest.Publish(subject, nil); err != nil {
			t.Fatal(err)
		}
		select {
		case <-refused:
		case <-time.After(5 * time.Second):
			t.Errorf("a guest may publish on %s", subject)
		}
	}
	for _, subject := range []string{"wardmap.log.>", ">", "_INBOX.>"} {
		if _, err := guest.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		select {
		case <-refused:
		case <-time.After(5 * time.Second):
			t.Errorf("a guest may hear %s", subject)
		}
	}
	js, _ := jetstream.New(guest)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := js.Stream(ctx, "wardmap-positions"); err == nil {
		t.Error("a guest may look at the logs")
	}
	same(t, "the log", from(t, s.Positions(), 1), []string{"1:a"})
}

func TestPublishKeepsOffTheLogs(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(...func(*stream.Options)) *stream.Stream) {
		s := open()
		for _, subject := range []string{"wardmap.log.positions", "wardmap.log.events", "$KV.wardmap-cursors.x", ""} {
			if err := s.Publish(subject, nil); err == nil {
				t.Errorf("Publish takes %q", subject)
			}
		}
		if s.Address() != "" {
			t.Errorf("others may connect at %s", s.Address())
		}
		same(t, "the log", from(t, s.Positions(), 1), nil)
	})
}
