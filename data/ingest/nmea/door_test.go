package nmea_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/ingest/nmea"
	"github.com/wardmap/wardmap/spatial/live"
)

// keeper is where reports go: it keeps them, fails, or waits.
type keeper struct {
	hold chan struct{} // when it is not nil, Submit waits for it

	mu      sync.Mutex // guards what follows
	reports []live.Report
	err     error
	verdict live.Verdict
}

func (k *keeper) submit(_ context.Context, rs []live.Report) ([]live.Verdict, error) {
	if k.hold != nil {
		<-k.hold
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return nil, k.err
	}
	k.reports = append(k.reports, rs...)
	return slices.Repeat([]live.Verdict{k.verdict}, len(rs)), nil
}

func (k *keeper) kept() []live.Report {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.reports)
}

func open(t *testing.T, k *keeper, o nmea.Options) (*nmea.Door, func() *line) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Submit = k.submit
	o.Known = func(device string) bool { return strings.HasPrefix(device, "tracker-") }
	door := nmea.New(o)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- door.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil || door.Counts().Open != 0 {
			t.Error(err, door.Counts().Open)
		}
	})
	return door, func() *line {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(10 * time.Second))
		return &line{c, bufio.NewReader(c), t}
	}
}

type line struct {
	net.Conn
	in *bufio.Reader
	t  *testing.T
}

func (l *line) say(sentences ...string) { l.Write([]byte(lines(sentences...))) }

// hear wants one sentence, or the end of the connection when want is "".
func (l *line) hear(want string) {
	l.t.Helper()
	got, err := l.in.ReadString('\n')
	if want == "" && err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return
	}
	if got != nmea.Sentence(want) {
		l.t.Errorf("heard %q, %v, want %q", got, err, want)
	}
}

func rmc(second int) string {
	return fmt.Sprintf("GPRMC,0830%02d,A,3203.6000,N,11847.4000,E,0,0,010326,,,A", second)
}

func TestADeviceSendsLinesAndHearsWhatIsDurable(t *testing.T) {
	k := &keeper{hold: make(chan struct{}, 10)}
	door, dial := open(t, k, nmea.Options{Settle: 30 * time.Millisecond})
	l := dial()
	l.say("PWMAP,tracker-1,ACK")
	l.say(rmc(1))
	time.Sleep(100 * time.Millisecond)
	if len(k.kept()) != 0 {
		t.Error("durable before Submit returned")
	}
	k.hold <- struct{}{}
	l.hear("PWMAP,OK,1")
	for range 9 {
		k.hold <- struct{}{}
	}
	l.say(rmc(2), rmc(3), "GPRMC,083003,broken", rmc(4))
	for n := 0; n < 4; { // how many at once is a matter of time
		got, err := l.in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		fmt.Sscanf(got, "$PWMAP,OK,%d*", &n)
	}
	if c := door.Counts(); c.Accepted != 4 || c.Bad != 1 || k.kept()[3].Device != "tracker-1" {
		t.Errorf("got %+v", c)
	}
}

func TestTheLastMomentIsTakenWhenTheDeviceHangsUp(t *testing.T) {
	k := &keeper{}
	door, dial := open(t, k, nmea.Options{Settle: time.Hour})
	l := dial()
	l.say("PWMAP,tracker-1", rmc(1), rmc(2))
	l.Close()
	for range 200 {
		if len(k.kept()) == 2 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("kept %+v, counted %+v", k.kept(), door.Counts())
}

func TestWhoIsTurnedAway(t *testing.T) {
	tests := []struct {
		name, first, answer string
		bad, strangers      uint64
	}{
		{"a stranger", "PWMAP,other", "PWMAP,NO,unknown device", 0, 1},
		{"who does not say who he is", rmc(1), "PWMAP,NO,the first line must be $PWMAP and a serial number", 1, 0},
		{"who has no name", "PWMAP,", "PWMAP,NO,the first line must be $PWMAP and a serial number", 1, 0},
	}
	for _, tt := range tests {
		door, dial := open(t, &keeper{}, nmea.Options{})
		l := dial()
		l.say(tt.first)
		l.hear(tt.answer)
		l.hear("")
		if c := door.Counts(); c.Bad != tt.bad || c.Strangers != tt.strangers {
			t.Errorf("%s: got %+v", tt.name, c)
		}
	}
}

func TestFailuresEndTheConnection(t *testing.T) {
	for name, k := range map[string]*keeper{"": {err: errors.New("disk full")}, "PWMAP,NO,unregistered device": {verdict: live.Unregistered}} {
		_, dial := open(t, k, nmea.Options{Settle: 10 * time.Millisecond})
		l := dial()
		l.say("PWMAP,tracker-1,ACK", rmc(1))
		l.hear(name)
	}
	_, dial := open(t, &keeper{}, nmea.Options{Idle: 50 * time.Millisecond})
	l := dial()
	l.say("PWMAP,tracker-1")
	l.hear("")
}

func TestManyDevicesAtOnce(t *testing.T) {
	k := &keeper{}
	door, dial := open(t, k, nmea.Options{Settle: 20 * time.Millisecond})
	var all sync.WaitGroup
	for i := range 40 {
		l := dial()
		all.Go(func() {
			l.say(fmt.Sprint("PWMAP,tracker-", i, ",ACK"))
			for n := range 50 {
				l.say(rmc(n))
			}
			for n := 0; n < 50; {
				got, err := l.in.ReadString('\n')
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Sscanf(got, "$PWMAP,OK,%d*", &n)
			}
		})
	}
	all.Wait()
	if c := door.Counts(); c.Accepted != 2000 || c.Bad != 0 {
		t.Errorf("got %+v", c)
	}
}
