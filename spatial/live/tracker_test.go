package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// logs are a journal and an outbox in memory, which fail when they are told to.
type logs struct {
	mu      sync.Mutex // guards all below
	entries [][]byte
	sent    []message
	fail    func(what string) (before, after bool) // fail without having written, or after it
}

// message is what one Append brought into the outbox.
type message struct {
	events  []live.Event
	through uint64
}

var errDisk = errors.New("the disk is on fire")

func (l *logs) broken(what string, write func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, after := false, false
	if l.fail != nil {
		before, after = l.fail(what)
	}
	if before {
		return errDisk
	}
	write()
	if after {
		return errDisk
	}
	return nil
}

type journal struct{ *logs }

func (j journal) Append(_ context.Context, entry []byte) (n uint64, err error) {
	err = j.broken("journal", func() {
		j.entries = append(j.entries, append([]byte(nil), entry...))
		n = uint64(len(j.entries))
	})
	return n, err
}

func (j journal) Replay(_ context.Context, after uint64, visit func(uint64, []byte) error) error {
	j.mu.Lock()
	entries := j.entries
	j.mu.Unlock()
	for i := after; i < uint64(len(entries)); i++ {
		if err := visit(i+1, entries[i]); err != nil {
			return err
		}
	}
	return nil
}

type outbox struct{ *logs }

func (o outbox) Append(_ context.Context, events []live.Event, through uint64) error {
	return o.broken("outbox", func() {
		o.sent = append(o.sent, message{slices.Clone(events), through})
	})
}

func (o outbox) Last(context.Context) (seq, through uint64, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.sent); n > 0 {
		last := o.sent[n-1]
		return last.events[len(last.events)-1].Seq, last.through, nil
	}
	return 0, 0, nil
}

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

var morning = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

// follow starts a tracker over the logs, and returns how to end it.
func follow(t *testing.T, l *logs, c *clock, snapshot string) (*live.Tracker, func()) {
	t.Helper()
	return followSaving(t, l, c, snapshot, time.Nanosecond)
}

// followSaving is follow with a snapshot now and then.
func followSaving(t *testing.T, l *logs, c *clock, snapshot string, every time.Duration) (*live.Tracker, func()) {
	t.Helper()
	tr := live.NewTracker(live.NewPicture(live.Options{}), journal{l}, outbox{l}, live.TrackerOptions{
		Clock: c.time, Snapshot: snapshot, SnapshotEvery: every, Tick: time.Millisecond,
	})
	if err := tr.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tr.Run(ctx) }()
	return tr, func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, errDisk) {
			t.Error(err)
		}
	}
}

var yard = orb.Polygon{{{105.70, 34.58}, {105.71, 34.58}, {105.71, 34.59}, {105.70, 34.59}, {105.70, 34.58}}}

func register(t *testing.T, tr *live.Tracker, n int) {
	t.Helper()
	var e live.Entry
	for i := range n {
		e.Units = append(e.Units, live.Unit{ID: fmt.Sprint("u", i), Class: spatial.Vehicle, State: live.Available})
	}
	e.Fences = []*fence.Fence{{ID: "yards/1", Name: "yard", Area: yard}}
	if err := tr.Apply(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func fix(unit string, at time.Time, p orb.Point) live.Report {
	nan := float32(math.NaN())
	return live.Report{Device: unit, Fix: spatial.InstantOf(at), Point: p, Altitude: nan, Speed: nan, Course: nan, Accuracy: 3, Battery: nan}
}

func TestWhatWasAcknowledgedIsThereAfterAnyEnd(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 11))
		l, c := &logs{}, &clock{now: morning}
		snapshot := ""
		if seed%2 == 0 {
			snapshot = filepath.Join(t.TempDir(), "live.state")
		}
		tr, end := follow(t, l, c, snapshot)
		register(t, tr, 5)
		acked := map[string]spatial.Instant{}
		for life := range 6 {
			for range 20 {
				c.set(c.time().Add(time.Duration(rng.IntN(5000)) * time.Millisecond))
				unit := fmt.Sprint("u", rng.IntN(5))
				p := orb.Point{105.695 + .02*rng.Float64(), 34.585}
				vs, err := tr.Submit(t.Context(), []live.Report{fix(unit, c.time(), p)})
				if err != nil {
					t.Fatal(err)
				}
				if vs[0] == live.Accepted {
					acked[unit] = spatial.InstantOf(c.time())
				}
			}
			before := sights(tr)
			end()
			if snapshot == "" && len(l.sent) > 1 { // killed between journal and outbox
				l.sent = l.sent[:len(l.sent)-1]
			}
			tr, end = follow(t, l, c, snapshot)
			if got := sights(tr); !reflect.DeepEqual(got, before) {
				t.Fatalf("seed %d, life %d: the picture is\n%v, before it was\n%v", seed, life, got, before)
			}
		}
		for unit, want := range acked {
			if s, _ := tr.Picture().Unit(unit); s.Fix < want {
				t.Errorf("seed %d: %s stands at %v, acknowledged was %v", seed, unit, s.Fix.Time(), want.Time())
			}
		}
		end()
		l.inOrder(t, seed)
	}
}

// sights are all units as texts, which are equal also where a number is not known.
func sights(tr *live.Tracker) (out []string) {
	tr.Picture().Units(func(s live.Sight) bool {
		s.Version = 0
		out = append(out, fmt.Sprintf("%+v", s))
		return true
	})
	return out
}

func (l *logs) inOrder(t *testing.T, seed uint64) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	n := uint64(0)
	for _, m := range l.sent {
		for _, e := range m.events {
			if n++; e.Seq != n {
				t.Fatalf("seed %d: event %d has number %d", seed, n, e.Seq)
			}
		}
	}
	if n < 10 {
		t.Errorf("seed %d: only %d events", seed, n)
	}
}

func TestAFailingDiskAcknowledgesNothingAndDoublesNothing(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 12))
		l, c := &logs{}, &clock{now: morning}
		tr, end := follow(t, l, c, "")
		register(t, tr, 1)
		l.mu.Lock()
		l.fail = func(string) (bool, bool) { return rng.IntN(4) == 0, rng.IntN(4) == 0 }
		l.mu.Unlock()
		refused := 0
		for i := range 60 {
			c.set(morning.Add(time.Duration(i+1) * 10 * time.Second))
			p := orb.Point{105.7085, 34.585}
			if i%10 < 5 {
				p[0] = 105.7115
			}
			r := fix("u0", c.time(), p)
			vs, err := tr.Submit(t.Context(), []live.Report{r})
			for ; err != nil; vs, err = tr.Submit(t.Context(), []live.Report{r}) {
				refused++
			}
			if vs[0] != live.Accepted && vs[0] != live.Duplicate {
				t.Fatalf("seed %d: report %d: %s", seed, i, vs[0])
			}
		}
		end()
		l.inOrder(t, seed)
		s, _ := tr.Picture().Unit("u0")
		if refused == 0 || s.Fix != spatial.InstantOf(c.time()) {
			t.Errorf("seed %d: %d were refused, the unit stands at %v", seed, refused, s.Fix.Time())
		}
	}
}

func TestWhoIsNotRegisteredIsCountedAndNotKept(t *testing.T) {
	l, c := &logs{}, &clock{now: morning}
	tr, end := follow(t, l, c, "")
	register(t, tr, 2)
	secret := "somebody's phone"
	vs, err := tr.Submit(t.Context(), []live.Report{
		fix("u0", morning, orb.Point{105.72, 34.5}), fix(secret, morning, orb.Point{105.72, 34.5}), fix("u1", morning, orb.Point{105.72, 34.5}),
	})
	if want := []live.Verdict{live.Accepted, live.Unregistered, live.Accepted}; err != nil || !slices.Equal(vs, want) {
		t.Errorf("%v, %v, want %v", vs, err, want)
	}
	if vs, err := tr.Submit(t.Context(), []live.Report{fix(secret, morning, orb.Point{105.72, 34.5})}); err != nil || vs[0] != live.Unregistered {
		t.Errorf("%v, %v", vs, err)
	}
	end()
	if n := tr.Refused()[live.Unregistered]; n != 2 {
		t.Errorf("%d were refused, want 2", n)
	}
	for i, entry := range l.entries {
		if bytes.Contains(entry, []byte(secret)) {
			t.Errorf("entry %d of the journal names a device that is not registered", i+1)
		}
	}
}

func TestNothingIsKeptOfAnOfficerOffDuty(t *testing.T) {
	l, c := &logs{}, &clock{now: morning}
	tr, end := follow(t, l, c, "")
	officer := live.Unit{ID: "officer", Class: spatial.Officer, Devices: []string{"radio"}, State: live.Available}
	if err := tr.Apply(t.Context(), live.Entry{Units: []live.Unit{officer}}); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name  string
		state live.State
		flags live.Flags
		want  live.Verdict
	}{
		{"on duty", live.Available, 0, live.Accepted},
		{"off duty", live.OffDuty, 0, live.OffShift},
		{"off duty, and presses the button", live.OffDuty, live.EmergencyFlag, live.Accepted},
	}
	for i, step := range steps {
		if err := tr.Apply(t.Context(), live.Entry{States: map[string]live.State{"officer": step.state}}); err != nil {
			t.Fatal(err)
		}
		before := len(l.entries)
		c.set(morning.Add(time.Duration(i+1) * time.Minute))
		r := fix("radio", c.time(), orb.Point{105.72, 34.5})
		r.Flags = step.flags
		vs, err := tr.Submit(t.Context(), []live.Report{r})
		if err != nil || vs[0] != step.want {
			t.Errorf("%s: %v, %v, want %s", step.name, vs, err, step.want)
		}
		if written := len(l.entries) > before; written != (step.want == live.Accepted) {
			t.Errorf("%s: the journal was written: %v", step.name, written)
		}
	}
	end()
	if n := tr.Refused()[live.OffShift]; n != 1 {
		t.Errorf("%d were refused, want 1", n)
	}
	// What the officer does now says nothing about the reports that were kept.
	officer.State = live.OffDuty
	var track []live.Verdict
	err := live.Track(officer, live.Options{}, spatial.InstantOf(morning), spatial.InstantOf(morning.Add(time.Hour)), func(visit func([]byte) error) error {
		return journal{l}.Replay(t.Context(), 0, func(_ uint64, entry []byte) error { return visit(entry) })
	}, func(_ live.Report, v live.Verdict) error {
		track = append(track, v)
		return nil
	})
	if want := []live.Verdict{live.Accepted, live.Accepted}; err != nil || !slices.Equal(track, want) {
		t.Errorf("the track is %v, %v, want %v", track, err, want)
	}
}

// Devices report without a pause while their officer goes on and off duty: behind an entry that says off duty, the
// journal holds no report until one says on duty.
func TestNoReportSlipsInBehindTheEndOfAShift(t *testing.T) {
	l, c := &logs{}, &clock{now: morning.Add(time.Hour)}
	tr, end := follow(t, l, c, "")
	if err := tr.Apply(t.Context(), live.Entry{Units: []live.Unit{{ID: "officer", Class: spatial.Officer, State: live.Available}}}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var devices sync.WaitGroup
	for d := range 4 {
		devices.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				at := morning.Add(time.Duration(4*i+d) * time.Millisecond)
				if _, err := tr.Submit(t.Context(), []live.Report{fix("officer", at, orb.Point{105.72, 34.5})}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 400 {
		s := []live.State{live.OffDuty, live.Available}[i%2]
		if err := tr.Apply(t.Context(), live.Entry{States: map[string]live.State{"officer": s}}); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	devices.Wait()
	end()
	off, kept := false, 0
	for i, entry := range l.entries {
		switch reports := bytes.Contains(entry, []byte("WMP1")); {
		case bytes.Contains(entry, []byte(`"states"`)):
			off = !off
		case reports && off:
			t.Fatalf("entry %d of %d holds a report of an officer off duty", i+1, len(l.entries))
		case reports:
			kept++
		}
	}
	if kept < 50 {
		t.Errorf("only %d entries with reports: nothing was tried", kept)
	}
}

func TestAPictureAheadOfItsEventsIsNotSaved(t *testing.T) {
	l, c := &logs{}, &clock{now: morning}
	file := filepath.Join(t.TempDir(), "live.state")
	tr, end := followSaving(t, l, c, file, time.Hour)
	register(t, tr, 1)
	c.set(morning.Add(-time.Minute))
	if _, err := tr.Submit(t.Context(), []live.Report{fix("u0", c.time(), orb.Point{105.7115, 34.585})}); err != nil {
		t.Fatal(err)
	}
	c.set(morning)
	l.mu.Lock()
	failing := make(chan struct{})
	l.fail = func(what string) (bool, bool) {
		if what == "outbox" {
			select {
			case <-failing:
			default:
				close(failing)
			}
		}
		return what == "outbox", false
	}
	l.mu.Unlock()
	answer := make(chan error, 1)
	go func() {
		_, err := tr.Submit(t.Context(), []live.Report{fix("u0", morning, orb.Point{105.7085, 34.585})})
		answer <- err
	}()
	<-failing
	end()
	if err := <-answer; err == nil {
		t.Error("a report is acknowledged whose events are nowhere")
	}
	if err := tr.Save(); err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	l.fail = nil
	l.mu.Unlock()
	_, end = follow(t, l, c, file)
	end()
	if len(l.sent) != 1 || l.sent[0].events[0].Kind != fence.Enter {
		t.Errorf("after the start the outbox holds %v, want the unit that entered", l.sent)
	}
}

func TestNumbersGoOnWhereTheJournalHasForgottenItsBeginning(t *testing.T) {
	l, c := &logs{}, &clock{now: morning}
	tr, end := follow(t, l, c, "")
	register(t, tr, 1)
	for i := range 6 {
		c.set(morning.Add(time.Duration(i+1) * time.Minute))
		if _, err := tr.Submit(t.Context(), []live.Report{fix("u0", c.time(), orb.Point{105.708 + .005*float64(i%2), 34.585})}); err != nil {
			t.Fatal(err)
		}
	}
	end()
	n := len(l.sent)
	l.sent = l.sent[:n-1] // killed between journal and outbox
	newest := l.sent[n-2].events[0].Seq
	empty, err := os.CreateTemp(t.TempDir(), "state")
	if err != nil {
		t.Fatal(err)
	}
	_ = empty.Close()
	forgetful := live.NewTracker(live.NewPicture(live.Options{}), shortened{journal{l}, 3}, outbox{l}, live.TrackerOptions{Clock: c.time, Snapshot: empty.Name()})
	if err := forgetful.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range l.sent[n-1:] {
		for _, e := range m.events {
			if newest++; e.Seq != newest {
				t.Errorf("an event has number %d, want %d", e.Seq, newest)
			}
		}
	}
	if got := forgetful.Picture().Seq(); got < newest {
		t.Errorf("the next event would be %d, behind %d", got+1, newest)
	}
}

// shortened is a journal whose first entries are too old to be kept, but for the first, which registers.
type shortened struct {
	journal
	gone uint64
}

func (s shortened) Replay(ctx context.Context, after uint64, visit func(uint64, []byte) error) error {
	return s.journal.Replay(ctx, after, func(n uint64, entry []byte) error {
		if n > 1 && n <= s.gone {
			return nil
		}
		return visit(n, entry)
	})
}

func TestManySubmitAtOnceAndShareEntries(t *testing.T) {
	const writers, each = 16, 50
	l, c := &logs{fail: func(string) (bool, bool) { time.Sleep(time.Millisecond); return false, false }}, &clock{now: morning.Add(time.Hour)}
	tr, end := follow(t, l, c, "")
	register(t, tr, writers)
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			for i := range each {
				at := morning.Add(time.Duration(i) * time.Second)
				vs, err := tr.Submit(t.Context(), []live.Report{fix(fmt.Sprint("u", w), at, orb.Point{105.72, 34.5 + float64(i)*1e-5})})
				if err != nil || vs[0] != live.Accepted {
					t.Errorf("writer %d, report %d: %v, %v", w, i, vs, err)
				}
				tr.Picture().Nearest(live.Search{Point: orb.Point{105.72, 34.5}})
			}
		})
	}
	work.Wait()
	end()
	if n := tr.Entries(); n >= writers*each/2 {
		t.Errorf("%d reports took %d entries of the journal: they are not gathered", writers*each, n)
	}
	if _, err := tr.Submit(t.Context(), []live.Report{fix("u0", morning, orb.Point{1, 1})}); !errors.Is(err, live.ErrEnded) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAnEditOfAFenceIsAnsweredWhenItHoldsAndABadOneSaysWhy(t *testing.T) {
	l, c := &logs{}, &clock{now: morning}
	tr, end := follow(t, l, c, "")
	register(t, tr, 1)
	if _, err := tr.Submit(t.Context(), []live.Report{fix("u0", morning, orb.Point{105.705, 34.585})}); err != nil {
		t.Fatal(err)
	}
	more := &fence.Fence{ID: "zones/1", Area: orb.Point{105.705, 34.585}, Radius: 100}
	if err := tr.Apply(t.Context(), live.Entry{Fences: []*fence.Fence{more}}); err != nil {
		t.Fatal(err)
	}
	if s, _ := tr.Picture().Unit("u0"); !slices.Equal(s.Inside, []string{"yards/1", "zones/1"}) {
		t.Errorf("it is inside %v", s.Inside)
	}
	if err := tr.Apply(t.Context(), live.Entry{Fences: []*fence.Fence{{ID: "zones/2", Area: orb.Point{105, 34}}}}); err == nil {
		t.Error("a circle without radius is taken")
	}
	if err := tr.Apply(t.Context(), live.Entry{States: map[string]live.State{"nobody": live.Available}}); !errors.Is(err, live.ErrUnknownUnit) {
		t.Errorf("the state of nobody: %v", err)
	}
	end()
	again, end := follow(t, l, c, "") // what was refused stands in the journal, and is refused again
	defer end()
	if n := again.Picture().FenceCount(); n != 2 {
		t.Errorf("%d fences, want 2", n)
	}
}

func TestASnapshotThatIsNotReadableIsNotNeeded(t *testing.T) {
	l, c := &logs{}, &clock{now: morning}
	file := filepath.Join(t.TempDir(), "live.state")
	tr, end := follow(t, l, c, file)
	register(t, tr, 3)
	if _, err := tr.Submit(t.Context(), []live.Report{fix("u2", morning, orb.Point{105.705, 34.585})}); err != nil {
		t.Fatal(err)
	}
	end()
	before := sights(tr)
	for name, spoil := range map[string]func([]byte) []byte{
		"cut": func(b []byte) []byte { return b[:len(b)/2] }, "another file": func([]byte) []byte { return []byte("hello, I am no snapshot") },
		"a bit": func(b []byte) []byte { b[len(b)/2] ^= 4; return b }, "empty": func([]byte) []byte { return nil },
	} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, spoil(slices.Clone(data)), 0o600); err != nil {
			t.Fatal(err)
		}
		again, end := follow(t, l, c, file)
		if got := sights(again); !reflect.DeepEqual(got, before) {
			t.Errorf("%s: the picture is\n%v, want\n%v", name, got, before)
		}
		end()
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestASnapshotOfAnotherJournalIsNotUsed: behind it the new journal's entries would be taken for old ones.
func TestASnapshotOfAnotherJournalIsNotUsed(t *testing.T) {
	snapshot := filepath.Join(t.TempDir(), "live.state")
	at := []orb.Point{{105.705, 34.585}, {105.72, 34.6}}
	for life, reports := range []int{3, 9} { // a short journal, and one that is longer than the other
		l, c := &logs{}, &clock{now: morning.Add(time.Duration(life) * time.Hour)}
		tr, end := follow(t, l, c, snapshot)
		register(t, tr, 1)
		for range reports {
			c.set(c.time().Add(time.Second))
			if _, err := tr.Submit(t.Context(), []live.Report{fix("u0", c.time(), at[life])}); err != nil {
				t.Fatal(err)
			}
		}
		end()
		if err := tr.Save(); err != nil {
			t.Fatal(err)
		}
		for _, other := range []*logs{l, {entries: l.entries[:2]}, {}} {
			again, stop := follow(t, other, c, snapshot)
			s, ok := again.Picture().Unit("u0")
			want := map[int]bool{0: false, 2: true, len(l.entries): true}[len(other.entries)]
			if ok != want || ok && len(other.entries) > 2 && s.Point != at[life] {
				t.Errorf("life %d, with a journal of %d entries: the unit is at %v %v", life, len(other.entries), s.Point, ok)
			}
			register(t, again, 1)
			c.set(c.time().Add(time.Minute))
			if _, err := again.Submit(t.Context(), []live.Report{fix("u0", c.time(), orb.Point{105.7, 34.5})}); err != nil {
				t.Fatal(err)
			}
			stop()
		}
	}
}
