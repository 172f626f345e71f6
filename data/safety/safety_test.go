package safety_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"

	store "github.com/wardmap/wardmap/data/safety"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/safety"
)

type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time       { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) pass(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func newClock() *clock {
	c := new(clock)
	c.ms.Store(time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

// A room is a store in a folder, with what was put on record of it.
type room struct {
	*store.Store
	t     testing.TB
	c     *clock
	root  string
	mu    sync.Mutex // guards looks
	looks []store.Look
	full  bool // the audit log takes nothing
	gone  []string
}

func newRoom(t testing.TB) *room {
	r := &room{t: t, c: newClock(), root: t.TempDir()}
	r.open()
	t.Cleanup(func() {
		if r.Store != nil {
			_ = r.Close()
		}
	})
	return r
}

func (r *room) dir() string  { return filepath.Join(r.root, "safety") }
func (r *room) keys() string { return filepath.Join(r.root, "keys") }

func (r *room) try() (err error) {
	r.Store, err = store.Open(r.dir(), store.Options{Clock: r.c.now, Keys: r.keys(), Gone: r.gone, Record: func(_ context.Context, l store.Look) error {
		if r.full {
			return errors.New("the disk is full")
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.looks = append(r.looks, l)
		return nil
	}})
	return err
}

func (r *room) open() {
	r.t.Helper()
	if err := r.try(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) reopen() {
	r.t.Helper()
	if err := r.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.open()
}

func (r *room) order(ground safety.Ground, device string) safety.Order {
	now := r.c.now()
	return safety.Order{
		Ground: ground, Case: "A1", Subject: "subject-17", Purpose: "家属申请", Document: strings.Repeat("ab", 32), Notice: true, Device: device,
		Start: now, End: now.Add(48 * time.Hour), Review: now.Add(24 * time.Hour), Viewers: []string{"p-1", "p-2"},
		Zones: []safety.Zone{{Name: "家", Center: orb.Point{105.72, 34.58}, Radius: 300}}, Requester: safety.Party{ID: "p-1", Org: "620502520000"},
	}
}

var second = safety.Party{ID: "p-9", Org: "620502000000"}

// active is an order that is.
func (r *room) active(ground safety.Ground, device string) safety.Order {
	r.t.Helper()
	o, err := r.Propose(r.order(ground, device))
	if err == nil {
		o, err = r.Approve(o.Number, second)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return o
}

func (r *room) fix(device string, p orb.Point) bool {
	r.t.Helper()
	taken, err := r.Take(device, safety.Fix{At: r.c.now(), Point: p, Accuracy: 5})
	if err != nil {
		r.t.Fatal(err)
	}
	return taken
}

// holds tells whether some file below the folders has the bytes.
func (r *room) holds(text string) (found string) {
	r.t.Helper()
	err := filepath.WalkDir(r.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			found = path
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func TestTheLifeOfATrack(t *testing.T) {
	r := newRoom(t)
	o, err := r.Propose(r.order(safety.Missing, "SAFE-1"))
	if err != nil {
		t.Fatal(err)
	}
	if r.fix("SAFE-1", orb.Point{105.72, 34.58}) {
		t.Error("it is tracked before it is approved")
	}
	if _, err := r.Read(t.Context(), o.Number, "p-2", "search party"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is read before it is approved: %v", err)
	}
	if _, err := r.Approve(o.Number, safety.Party{ID: "p-1", Org: "6205"}); !errors.Is(err, safety.ErrRefused) {
		t.Errorf("who asked approves: %v", err)
	}
	if _, err := r.Approve(o.Number, second); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		r.c.pass(time.Minute)
		if !r.fix("SAFE-1", orb.Point{105.72 + float64(i)*.001, 34.58}) {
			t.Errorf("fix %d is dropped", i)
		}
	}
	r.reopen()
	if !r.fix("SAFE-1", orb.Point{105.8, 34.58}) {
		t.Error("after a restart it is not tracked")
	}
	got, err := r.Read(t.Context(), o.Number, "p-2", "search party")
	if err != nil || len(got.Fixes) != 6 || got.Order.Case != "A1" || len(r.looks) != 1 || r.looks[0].By != "p-2" || r.looks[0].Count != 6 {
		t.Fatalf("%v %+v %+v", err, got, r.looks)
	}
	for _, tt := range []struct{ number, by, why string }{{o.Number, "p-3", "search party"}, {"ST-261126-AAAAAAAAAA", "p-2", "search party"}, {"../x", "p-2", "search party"}, {o.Number, "", "search party"}} {
		if _, err := r.Read(t.Context(), tt.number, tt.by, tt.why); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	if _, err := r.Read(t.Context(), o.Number, "p-2", " "); !errors.Is(err, layers.ErrInvalid) {
		t.Errorf("without a purpose: %v", err)
	}
	r.full = true
	if got, err := r.Read(t.Context(), o.Number, "p-2", "search party"); err == nil || len(got.Fixes) > 0 {
		t.Error("it is read without a record")
	}
	held, err := store.Held(r.dir(), r.keys(), o.Number)
	if err != nil || len(held.Fixes) != 6 || len(held.Looks) != 1 || held.Looks[0].Purpose != "search party" {
		t.Errorf("the person is told %+v, %v", held, err)
	}
}

// TestTheLastSecond: what ends is gone by the clock, with no job that may be late.
func TestTheLastSecond(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Consent, "SAFE-1")
	r.c.pass(48*time.Hour - time.Second)
	if !r.fix("SAFE-1", orb.Point{105.72, 34.58}) {
		t.Error("a second before the end it is dropped")
	}
	if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); err != nil {
		t.Error(err)
	}
	r.c.pass(time.Second)
	if r.fix("SAFE-1", orb.Point{105.72, 34.58}) {
		t.Error("at the end it is tracked")
	}
	if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("at the end it is read: %v", err)
	}
	if _, err := r.Withdraw(o.Number, "x"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestAWithdrawalCountsAtOnce(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Consent, "SAFE-1")
	if !r.fix("SAFE-1", orb.Point{105.72, 34.58}) {
		t.Fatal("dropped")
	}
	if _, err := r.Withdraw(o.Number, "the person asked"); err != nil {
		t.Fatal(err)
	}
	if r.Bound("SAFE-1") || r.fix("SAFE-1", orb.Point{105.72, 34.58}) {
		t.Error("it is tracked")
	}
	if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is read: %v", err)
	}
	again, err := r.Propose(r.order(safety.Consent, "SAFE-1")) // the device is free
	if err != nil || again.Number == o.Number {
		t.Error(err)
	}
	if _, err := r.Propose(r.order(safety.Consent, "SAFE-1")); !errors.Is(err, layers.ErrInvalid) {
		t.Errorf("one device for two: %v", err)
	}
}

// TestNoGroundNoData: fixes of devices without an active order leave nothing on the disk, nor do those with one in the
// clear.
func TestNoGroundNoData(t *testing.T) {
	r := newRoom(t)
	r.active(safety.Missing, "SAFE-swept")
	r.c.pass(48 * time.Hour)
	if _, err := r.Sweep(); err != nil {
		t.Fatal(err)
	}
	r.active(safety.Missing, "SAFE-ended") // and not swept
	r.c.pass(47 * time.Hour)
	withdrawn := r.active(safety.Missing, "SAFE-withdrawn")
	if _, err := r.Withdraw(withdrawn.Number, "the case is closed"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Propose(r.order(safety.Missing, "SAFE-proposed")); err != nil {
		t.Fatal(err)
	}
	r.c.pass(time.Hour)
	if r.fix("SAFE-ended", orb.Point{105, 34}) { // the first one notes the time
		t.Fatal("a fix at the end is taken")
	}
	sizes := func() (n int64) {
		_ = filepath.WalkDir(r.root, func(_ string, d fs.DirEntry, _ error) error {
			if info, err := d.Info(); err == nil && !d.IsDir() {
				n += info.Size()
			}
			return nil
		})
		return n
	}
	before := sizes()
	for i := range 100_000 {
		device := []string{"SAFE-ended", "SAFE-withdrawn", "SAFE-swept", "SAFE-proposed", "13912345678x"}[i%5]
		if r.fix(device, orb.Point{105.123456, 34.654321}) {
			t.Fatalf("a fix of %s is taken", device)
		}
	}
	if after := sizes(); after != before || r.Dropped() != 100_001 {
		t.Errorf("%d bytes more; %d were dropped", after-before, r.Dropped())
	}
	r.active(safety.Missing, "SAFE-now")
	r.fix("SAFE-now", orb.Point{105.123456, 34.654321})
	for _, secret := range []string{"105.123456", "34.654321", "SAFE-", "subject-17", "家属", string(binaryOf(105.123456))} {
		if file := r.holds(secret); file != "" {
			t.Errorf("%s lies in the clear in %s", secret, file)
		}
	}
}

func binaryOf(f float64) []byte {
	bits := math.Float64bits(f)
	out := make([]byte, 8)
	for i := range out {
		out[i] = byte(bits >> (8 * i))
	}
	return out
}

// TestADestroyedTrackDoesNotComeBack, from no old copy of either folder, nor of both.
func TestADestroyedTrackDoesNotComeBack(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Missing, "SAFE-1")
	r.fix("SAFE-1", orb.Point{105.72, 34.58})
	other := r.active(safety.Missing, "SAFE-2")
	r.fix("SAFE-2", orb.Point{105.72, 34.58})
	backup := t.TempDir()
	copyFolder(t, r.dir(), filepath.Join(backup, "safety"))
	copyFolder(t, r.keys(), filepath.Join(backup, "keys"))
	if _, err := r.Withdraw(o.Number, "the case is closed"); err != nil {
		t.Fatal(err)
	}
	certificates, err := r.Sweep()
	if err != nil || len(certificates) != 1 || certificates[0].Number != o.Number || certificates[0].Fixes != 1 || certificates[0].Why != "withdrawn" {
		t.Fatalf("%+v %v", certificates, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	now := t.TempDir()
	copyFolder(t, r.dir(), filepath.Join(now, "safety"))
	copyFolder(t, r.keys(), filepath.Join(now, "keys"))
	for _, tt := range []struct {
		name       string
		data, keys string
		gone       []string
	}{
		{"an old copy of the data", backup, now, nil},
		{"an old copy of the keys", now, backup, nil},
		{"old copies of both, and the audit log", backup, backup, []string{o.Number}},
	} {
		copyFolder(t, filepath.Join(tt.data, "safety"), r.dir())
		copyFolder(t, filepath.Join(tt.keys, "keys"), r.keys())
		r.gone = tt.gone
		if err := r.try(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: it is read: %v", tt.name, err)
		}
		if r.fix("SAFE-1", orb.Point{105.72, 34.58}) {
			t.Errorf("%s: it is tracked", tt.name)
		}
		if _, err := store.Held(r.dir(), r.keys(), o.Number); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: it is held: %v", tt.name, err)
		}
		if _, err := r.Read(t.Context(), other.Number, "p-2", "check"); err != nil {
			t.Errorf("%s: the other one is gone, too: %v", tt.name, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// Without the keys, the data says nothing at all.
	copyFolder(t, filepath.Join(backup, "safety"), r.dir())
	if err := os.RemoveAll(r.keys()); err != nil {
		t.Fatal(err)
	}
	r.gone = nil
	if err := r.try(); err == nil || !strings.Contains(err.Error(), "has no key") {
		t.Errorf("a backup without its keys opens: %v", err)
	}
}

func TestAClockThatIsSetBackClosesAll(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Missing, "SAFE-1")
	r.c.pass(2 * time.Hour)
	if !r.fix("SAFE-1", orb.Point{105.72, 34.58}) {
		t.Fatal("dropped")
	}
	r.c.pass(-time.Hour)
	for range 2 {
		if taken, err := r.Take("SAFE-1", safety.Fix{At: r.c.now(), Point: orb.Point{105, 34}}); taken || !errors.Is(err, store.ErrClock) {
			t.Errorf("it is tracked: %v", err)
		}
		if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); !errors.Is(err, store.ErrClock) {
			t.Errorf("it is read: %v", err)
		}
		r.reopen() // and a restart changes nothing
	}
	r.c.pass(time.Hour)
	if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); err != nil {
		t.Errorf("when the clock is right again: %v", err)
	}
}

// TestEntriesAreBoundToTheirPlace: who moves, leaves out or changes one is found out.
func TestEntriesAreBoundToTheirPlace(t *testing.T) {
	r := newRoom(t)
	a, b := r.active(safety.Missing, "SAFE-1"), r.active(safety.Missing, "SAFE-2")
	for range 3 {
		r.fix("SAFE-1", orb.Point{105.72, 34.58})
		r.fix("SAFE-2", orb.Point{105.72, 34.58})
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	path := func(number string) string { return filepath.Join(r.dir(), number+".track") }
	whole, err := os.ReadFile(path(a.Number))
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(path(b.Number))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[40] ^= 1
	first := 8 + int(whole[2])<<8 + int(whole[3])
	for name, data := range map[string][]byte{"a bit": flipped, "an entry left out": whole[first:], "the partition of another": other} {
		if err := os.WriteFile(path(a.Number), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := r.try(); err == nil {
			t.Errorf("%s: it opens", name)
			_ = r.Close()
		}
	}
	if err := os.WriteFile(path(a.Number), whole[:len(whole)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	r.open() // what broke off was acknowledged to nobody
	if got, err := r.Read(t.Context(), a.Number, "p-2", "check"); err != nil || len(got.Fixes) != 2 {
		t.Errorf("%d fixes, %v", len(got.Fixes), err)
	}
}

func TestOnlyOneProcessKeepsThem(t *testing.T) {
	r := newRoom(t)
	if _, err := store.Open(r.dir(), store.Options{Keys: r.keys()}); !errors.Is(err, store.ErrUsed) {
		t.Errorf("%v", err)
	}
}

// TestKilledInTheMiddle ends a process with kill -9 while it takes fixes and destroys orders, again and again. What it
// acknowledged is there, and what it destroyed is not.
func TestKilledInTheMiddle(t *testing.T) {
	if root := os.Getenv("SAFETY_CHILD"); root != "" {
		child(root)
		return
	}
	root := t.TempDir()
	for round := range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledInTheMiddle$")
		cmd.Env = append(os.Environ(), "SAFETY_CHILD="+root)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+round*37) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s, err := store.Open(filepath.Join(root, "safety"), store.Options{Keys: filepath.Join(root, "keys"), Record: func(context.Context, store.Look) error { return nil }})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		taken := map[string]int{}
		for line := range strings.Lines(out.String()) {
			verb, number, _ := strings.Cut(strings.TrimSpace(line), " ")
			if !strings.HasSuffix(line, "\n") {
				continue
			}
			switch verb {
			case "fix":
				taken[number]++
			case "gone":
				delete(taken, number)
				if _, err := s.Read(t.Context(), number, "p-2", "check"); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("round %d: a destroyed track is read", round)
				}
			case "withdrawn":
				delete(taken, number)
			}
		}
		for number, n := range taken {
			if got, err := s.Read(t.Context(), number, "p-2", "check"); err != nil || len(got.Fixes) < n {
				t.Errorf("round %d: of %d fixes %d are there: %v", round, n, len(got.Fixes), err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// child takes and destroys until it is killed.
func child(root string) {
	s, err := store.Open(filepath.Join(root, "safety"), store.Options{Keys: filepath.Join(root, "keys")})
	if err != nil {
		panic(err)
	}
	for i := 0; ; i++ {
		r := room{c: new(clock)}
		r.c.ms.Store(time.Now().UnixMilli())
		o, err := s.Propose(r.order(safety.Missing, fmt.Sprintf("SAFE-%d-%d", os.Getpid(), i)))
		if err == nil {
			_, err = s.Approve(o.Number, second)
		}
		if err != nil {
			panic(err)
		}
		for range 3 {
			if ok, err := s.Take(o.Device, safety.Fix{At: time.Now(), Point: orb.Point{105, 34}}); ok && err == nil {
				fmt.Println("fix", o.Number)
			}
		}
		if i%2 == 0 {
			fmt.Println("withdrawn", o.Number)
			if _, err := s.Withdraw(o.Number, "x"); err != nil {
				panic(err)
			}
			if all, err := s.Sweep(); err == nil && len(all) > 0 {
				fmt.Println("gone", o.Number)
			}
		}
	}
}

// TestManyAtOnce under -race.
func TestManyAtOnce(t *testing.T) {
	r := newRoom(t)
	var all sync.WaitGroup
	for i := range 8 {
		device := fmt.Sprint("SAFE-", i)
		o := r.active(safety.Missing, device)
		all.Go(func() {
			for range 20 {
				_, _ = r.Take(device, safety.Fix{At: r.c.now(), Point: orb.Point{105, 34}})
				r.Bound(device)
				if got, err := r.Read(t.Context(), o.Number, "p-2", "check"); err == nil && (len(got.Fixes) == 0 || got.Order.Number != o.Number) {
					t.Errorf("read %+v", got)
				}
			}
			if i%2 == 0 {
				_, _ = r.Withdraw(o.Number, "x")
			}
			_, _ = r.Sweep()
		})
	}
	all.Wait()
}

func FuzzPartition(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 7})
	f.Add([]byte{255, 255, 255, 255})
	one := newRoom(f)
	o := one.active(safety.Missing, "SAFE-1")
	if err := one.Close(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &room{t: t, c: one.c, root: t.TempDir()}
		copyFolder(t, one.root, r.root)
		path := filepath.Join(r.dir(), o.Number+".track")
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(whole, data...), 0o600); err != nil {
			t.Fatal(err)
		}
		if r.try() != nil {
			return
		}
		if got, err := r.Read(t.Context(), o.Number, "p-2", "check"); err != nil || len(got.Fixes) > 0 {
			t.Errorf("%v %v", got, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkTake(b *testing.B) {
	r := newRoom(b)
	r.active(safety.Missing, "SAFE-1")
	for _, device := range []string{"SAFE-unknown", "SAFE-1"} {
		b.Run(device, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.Take(device, safety.Fix{At: r.c.now(), Point: orb.Point{105, 34}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
