package jt808_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/ingest/jt808"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// drive is a seeded way of n positions through Nanjing, as terminals can write them.
func drive(n int) []live.Report {
	rng := rand.New(rand.NewPCG(8, 8))
	rs := make([]live.Report, n)
	for i := range rs {
		micro := func(from float64) float64 { return from + float64(rng.IntN(100_000))/1e6 }
		rs[i] = live.Report{
			Device: "13812345678", Fix: at("2026-03-01T00:30:00Z") + spatial.Instant(1000*i), Point: orb.Point{micro(118.7), micro(32)},
			Altitude: float32(rng.IntN(100) - 20), Speed: float32(rng.IntN(900)) / 36, Course: float32(rng.IntN(360)), Accuracy: nan, Battery: nan,
			Satellites: uint8(4 + rng.IntN(20)), Source: live.GNSS,
		}
	}
	return rs
}

func TestWhatATerminalSendsArrives(t *testing.T) {
	for _, e := range []jt808.Edition{jt808.Edition2013, jt808.Edition2019} {
		for _, n := range []int{1, 2, 30, 700} { // 700 positions take 22 packets
			t.Run(fmt.Sprint(e, " ", n), func(t *testing.T) {
				k := &keeper{}
				_, address := open(t, k, jt808.Options{})
				terminal := dial(t, address, "13812345678", e)
				if err := terminal.Heartbeat(t.Context()); err != nil {
					t.Fatal(err)
				}
				want := drive(n)
				if n == 1 {
					if err := terminal.Report(t.Context(), want[0]); err != nil {
						t.Fatal(err)
					}
				} else if err := terminal.Upload(t.Context(), want, false); err != nil {
					t.Fatal(err)
				}
				sameReports(t, k.kept(), want)
			})
		}
	}
}

func TestNoAnswerBeforeThePositionIsDurable(t *testing.T) {
	k := &keeper{hold: make(chan struct{})}
	_, address := open(t, k, jt808.Options{})
	terminal := dial(t, address, "13812345678", jt808.Edition2019)
	answered := make(chan error, 1)
	go func() { answered <- terminal.Report(t.Context(), drive(1)[0]) }()
	select {
	case err := <-answered:
		t.Fatalf("answered with %v while Submit had not returned", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(k.hold)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
}

func TestAFailureOfTheLogIsNotAnsweredAndThePositionComesAgain(t *testing.T) {
	k := &keeper{err: errors.New("disk full")}
	door, address := open(t, k, jt808.Options{})
	terminal := dial(t, address, "13812345678", jt808.Edition2013)
	err := terminal.Report(t.Context(), drive(1)[0])
	if refusal := (jt808.Refusal{}); err == nil || errors.As(err, &refusal) {
		t.Fatalf("got %v, want a broken connection", err)
	}
	if c := door.Counts(); c.Failed != 1 || c.Accepted != 0 {
		t.Errorf("got %+v", c)
	}
	k.set(nil, live.Accepted)
	terminal = dial(t, address, "13812345678", jt808.Edition2013)
	if err := terminal.Report(t.Context(), drive(1)[0]); err != nil || len(k.kept()) != 1 {
		t.Errorf("got %v, kept %d", err, len(k.kept()))
	}
}

func TestVerdictsBecomeAnswers(t *testing.T) {
	for _, tt := range []struct {
		verdict live.Verdict
		want    error
	}{
		{live.Accepted, nil},
		{live.Late, nil}, // it is kept: the terminal may forget it
		{live.Duplicate, nil},
		{live.Unregistered, jt808.Refusal{Message: 0x0200, Result: jt808.Failed}},
	} {
		k := &keeper{verdict: tt.verdict}
		_, address := open(t, k, jt808.Options{})
		if err := dial(t, address, "7", jt808.Edition2013).Report(t.Context(), drive(1)[0]); err != tt.want {
			t.Errorf("%s: got %v, want %v", tt.verdict, err, tt.want)
		}
	}
}

func TestWhatComesTogetherIsSubmittedTogether(t *testing.T) {
	k := &keeper{hold: make(chan struct{})}
	_, address := open(t, k, jt808.Options{})
	l := dialLine(t, address)
	l.say(proof)
	l.hear(proofAnswer)
	const position = `7e 0200 001c 013812345678 0008 00000000 00000000 00000000 00000000 0000 0000 0000 260301083000 3b 7e`
	l.say(strings.Repeat(position, 300))
	time.Sleep(50 * time.Millisecond) // the bytes are there
	close(k.hold)
	io.ReadFull(l, make([]byte, 300*20))
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.reports) != 300 || k.calls > 20 {
		t.Errorf("%d reports took %d submissions", len(k.reports), k.calls)
	}
}

func TestAPacketThatIsMissingIsAskedFor(t *testing.T) {
	k := &keeper{}
	_, address := open(t, k, jt808.Options{Patience: 50 * time.Millisecond})
	l := dialLine(t, address)
	l.say(proof)
	l.hear(proofAnswer)
	// Packet 2 of 2, serial number 0011.
	l.say(`7e 0704 2021 013812345678 0011 0002 0002 083000 001c 00000000 00040002 01e932c4 071497d4 001a 0172 005b 260301083030 50 7e`)
	// 8003: of the message whose first packet has serial number 0010, one packet, number 1.
	l.hear(`7e 8003 0005 013812345678 0001 0010 01 0001 a6 7e`)
	l.say(`7e 0704 201e 013812345678 0010 0002 0001 0002 01 001c 00000000 00040002 01e93260 07149770 0019 0168 005a 260301 46 7e`)
	l.hear(`7e 8001 0005 013812345678 0002 0010 0704 00 a4 7e 7e 8001 0005 013812345678 0003 0011 0704 00 a4 7e`)
	sameReports(t, k.kept(), blindSpot)
}

func TestCodesStayGoodWhenTheServerStartsAgain(t *testing.T) {
	_, address := open(t, &keeper{}, jt808.Options{})
	n, err := jt808.ParseNumber("42")
	if err != nil {
		t.Fatal(err)
	}
	first, err := jt808.Dial(t.Context(), address, n, jt808.Edition2013)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	code, err := first.Register(t.Context(), jt808.Registration{})
	if err != nil {
		t.Fatal(err)
	}
	_, address = open(t, &keeper{}, jt808.Options{})
	second, err := jt808.Dial(t.Context(), address, n, jt808.Edition2019)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := second.Authenticate(t.Context(), code); err != nil {
		t.Error(err)
	}
	if err := second.Deregister(t.Context()); err != nil {
		t.Error(err)
	}
	if err := second.Heartbeat(t.Context()); err != (jt808.Refusal{Message: 0x0002, Result: jt808.Failed}) {
		t.Errorf("after it took leave: %v", err)
	}
}

func TestWhoGuessesCodesIsSentAway(t *testing.T) {
	door, address := open(t, &keeper{}, jt808.Options{})
	n, _ := jt808.ParseNumber("42")
	terminal, err := jt808.Dial(t.Context(), address, n, jt808.Edition2013)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	refused := 0
	for range 10 {
		err := terminal.Authenticate(t.Context(), "0000")
		if err != (jt808.Refusal{Message: 0x0102, Result: jt808.Failed}) {
			break
		}
		refused++
	}
	if refused != 5 || door.Counts().Strangers != 5 {
		t.Errorf("%d guesses were answered, %d counted", refused, door.Counts().Strangers)
	}
}

func TestSilentAndEndlessConnectionsAreClosed(t *testing.T) {
	_, address := open(t, &keeper{}, jt808.Options{Idle: 50 * time.Millisecond})
	tests := map[string][]byte{"silent": {}, "a frame without end": make([]byte, 1<<20)}
	for name, send := range tests {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(5 * time.Second))
		c.Write(send)
		if n, err := c.Read(make([]byte, 1)); n != 0 || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: read %d, %v", name, n, err)
		}
	}
}

func TestManyTerminalsAtOnce(t *testing.T) {
	k := &keeper{}
	door, address := open(t, k, jt808.Options{})
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			terminal := dial(t, address, fmt.Sprint(i+1), jt808.Edition(i%2))
			for _, r := range drive(20) {
				if err := terminal.Report(t.Context(), r); err != nil {
					t.Error(err)
				}
			}
			if err := terminal.Upload(t.Context(), drive(100), true); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	per := map[string]int{}
	for _, r := range k.kept() {
		per[r.Device]++
	}
	if c := door.Counts(); c.Accepted != 6000 || c.Bad != 0 || c.Strangers != 0 || len(per) != 50 || per["1"] != 120 {
		t.Errorf("got %+v, %v", c, per)
	}
}

func TestNumbers(t *testing.T) {
	tests := []struct {
		digits, want string
		ok           bool
	}{
		{"13812345678", "13812345678", true},
		{"013812345678", "13812345678", true},
		{"00000000013812345678", "13812345678", true},
		{"12345678901234567890", "12345678901234567890", true},
		{"123456789012345678901", "", false},
		{"", "", false},
		{"000", "", false},
		{"138-1234", "", false},
	}
	for _, tt := range tests {
		n, err := jt808.ParseNumber(tt.digits)
		if (err == nil) != tt.ok || tt.ok && n.String() != tt.want {
			t.Errorf("%q: got %q, %v", tt.digits, n, err)
		}
	}
}
