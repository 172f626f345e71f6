package safety_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	store "github.com/wardmap/wardmap/data/safety"
	"github.com/wardmap/wardmap/layers/safety"
)

// One proposal, by one person, must not keep the store from opening.
func TestNoProposalClosesTheStore(t *testing.T) {
	r := newRoom(t)
	other := r.active(safety.Missing, "SAFE-2")
	o := r.order(safety.Missing, "SAFE-1")
	o.Zones[0].Name = strings.Repeat("<", 200_000)
	_, err := r.Propose(o)
	t.Logf("propose: %v", err)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.try(); err != nil {
		t.Fatalf("after a restart no track opens: %v", err)
	}
	if _, err := r.Read(t.Context(), other.Number, "p-2", "check"); err != nil {
		t.Fatal(err)
	}
}

// A small step back of the clock does not bring back what ended.
func TestAStepBackAcrossTheEnd(t *testing.T) {
	for _, step := range []time.Duration{-time.Second, -4 * time.Second, -30 * time.Second, -60 * time.Second} {
		r := newRoom(t)
		o := r.active(safety.Missing, "SAFE-1")
		r.c.pass(48*time.Hour - 59*time.Second)
		r.fix("SAFE-1", orb.Point{105.72, 34.58}) // mark
		r.c.pass(59 * time.Second)
		if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("%v", err)
		}
		r.c.pass(step)
		if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); err == nil {
			t.Errorf("%v back: what ended is read again", step)
		}
		if ok, _ := r.Take("SAFE-1", safety.Fix{At: r.c.now(), Point: orb.Point{105, 34}}); ok {
			t.Errorf("%v back: what ended is tracked again", step)
		}
		r.reopen()
		if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); err == nil {
			t.Errorf("%v back and a restart: what ended is read again", step)
		}
	}
}

// The same for a withdrawal.
func TestAStepBackAcrossAWithdrawal(t *testing.T) {
	for _, step := range []time.Duration{-time.Second, -4 * time.Second, -30 * time.Second} {
		r := newRoom(t)
		o := r.active(safety.Consent, "SAFE-1")
		r.c.pass(50 * time.Second)
		if _, err := r.Withdraw(o.Number, "asked"); err != nil {
			t.Fatal(err)
		}
		r.c.pass(step)
		if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); err == nil {
			t.Errorf("%v back: a withdrawn track is read", step)
		}
		r.reopen()
		if _, err := r.Read(t.Context(), o.Number, "p-2", "check"); err == nil {
			t.Errorf("%v back, restart: a withdrawn track is read", step)
		}
		if ok, _ := r.Take("SAFE-1", safety.Fix{At: r.c.now(), Point: orb.Point{105, 34}}); ok {
			t.Errorf("%v back, restart: a withdrawn track is tracked", step)
		}
	}
}

// Who waits for the audit log holds up nobody else.
func TestASlowAuditLogHoldsUpNobodyElse(t *testing.T) {
	root := t.TempDir()
	c := newClock()
	entered, leave := make(chan bool), make(chan bool)
	s, err := store.Open(filepath.Join(root, "safety"), store.Options{Clock: c.now, Keys: filepath.Join(root, "keys"),
		Record: func(context.Context, store.Look) error { entered <- true; <-leave; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	r := &room{Store: s, t: t, c: c}
	o, other := r.active(safety.Consent, "SAFE-1"), r.active(safety.Missing, "SAFE-2")
	done := make(chan error)
	go func() { _, err := s.Read(context.Background(), o.Number, "p-2", "check"); done <- err }()
	<-entered
	for name, f := range map[string]func(){
		"Bound":           func() { s.Bound("a unit's device") },
		"Take, other":     func() { _, _ = s.Take("SAFE-2", safety.Fix{At: c.now(), Point: orb.Point{105, 34}}) },
		"Withdraw, other": func() { _, _ = s.Withdraw(other.Number, "x") },
	} {
		ready := make(chan bool)
		go func() { f(); close(ready) }()
		select {
		case <-ready:
		case <-time.After(time.Second):
			t.Errorf("%s waits for the audit log of somebody's Read", name)
		}
	}
	// And the order ends while the log is slow: nothing is given out.
	c.pass(49 * time.Hour)
	close(leave)
	if err := <-done; !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it ended while the log was slow, and is given out: %v", err)
	}
	_ = s.Close()
}

// One damaged length does not cut the rest off unseen.
func TestADamagedLengthIsSeen(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Missing, "SAFE-1")
	for range 3 {
		r.fix("SAFE-1", orb.Point{105.72, 34.58})
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.dir(), o.Number+".track")
	whole, _ := os.ReadFile(path)
	first := 8 + int(whole[2])<<8 + int(whole[3])
	second := first + 8 + int(whole[first+2])<<8 + int(whole[first+3])
	whole[second+1] |= 8 // the length of the first fix: half a megabyte more
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.try(); err == nil {
		got, err := r.Read(t.Context(), o.Number, "p-2", "check")
		t.Errorf("it opens with %d of 3 fixes: %v", len(got.Fixes), err)
	}
}

// A tail of zeros, as a loss of power leaves it, is a tail.
func TestATailOfZeros(t *testing.T) {
	r := newRoom(t)
	o, other := r.active(safety.Missing, "SAFE-1"), r.active(safety.Missing, "SAFE-2")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.dir(), o.Number+".track")
	whole, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append(whole, make([]byte, 200)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.try(); err != nil {
		t.Fatalf("no track at all opens: %v", err)
	}
	_ = other
}

// Who leaves while the server restarts has left.
func TestWhoLeavesDuringARestartHasLeft(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Consent, "SAFE-1")
	for range 3 {
		r.c.pass(time.Minute)
		r.fix("SAFE-1", orb.Point{105.72, 34.58})
	}
	r.reopen()
	for range 5 {
		r.c.pass(time.Minute)
		r.fix("SAFE-1", orb.Point{105.80, 34.58})
	}
	got, err := r.Read(t.Context(), o.Number, "p-2", "check")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got.Fixes {
		if f.Event == "left" {
			return
		}
	}
	t.Error("nobody is told that the person left the safe area")
}

// Who is outside already when tracking begins.
func TestWhoIsOutsideAtTheBeginning(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Consent, "SAFE-1")
	for range 5 {
		r.c.pass(time.Minute)
		r.fix("SAFE-1", orb.Point{105.80, 34.58})
	}
	got, _ := r.Read(t.Context(), o.Number, "p-2", "check")
	for _, f := range got.Fixes {
		if f.Event == "left" {
			return
		}
	}
	t.Error("nobody is told")
}

// No ground at the time of the fix, no data: what a device saved up before the approval.
func TestAFixFromBeforeTheApproval(t *testing.T) {
	r := newRoom(t)
	o := r.order(safety.Missing, "SAFE-1")
	o.Start, o.End, o.Review = r.c.now().Add(-40*time.Hour), r.c.now().Add(20*time.Hour), r.c.now()
	o, err := r.Propose(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Approve(o.Number, second); err != nil {
		t.Fatal(err)
	}
	if ok, _ := r.Take("SAFE-1", safety.Fix{At: r.c.now().Add(-30 * time.Hour), Point: orb.Point{105, 34}}); ok {
		t.Error("a fix of 30 hours before the approval is kept")
	}
}

// A certificate that the log did not take is offered again.
func TestACertificateIsNotLost(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Missing, "SAFE-1")
	if _, err := r.Withdraw(o.Number, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sweep(); err != nil { // and the process dies before the log has it
		t.Fatal(err)
	}
	r.reopen()
	again, err := r.Sweep()
	if err != nil || len(again) != 1 || again[0].Number != o.Number {
		t.Errorf("there is no trace to put on record: %v %v", again, err)
	}
	if err := r.Certified(o.Number); err != nil {
		t.Fatal(err)
	}
	r.reopen()
	if again, err := r.Sweep(); err != nil || len(again) != 0 {
		t.Errorf("what the log has is given out again: %v %v", again, err)
	}
}

// Many small danger zones must not be a way to precise places with consent.
func TestAGridOfZonesIsNoWayToPlaces(t *testing.T) {
	r := newRoom(t)
	o := r.order(safety.Consent, "SAFE-1")
	for i := range 400 {
		o.Zones = append(o.Zones, safety.Zone{Name: fmt.Sprint(i), Danger: true, Center: orb.Point{105.70 + .0007*float64(i), 34.58}, Radius: 30})
	}
	o, err := r.Propose(o)
	if err != nil {
		return
	}
	if _, err := r.Approve(o.Number, second); err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		for range 2 {
			r.c.pass(5 * time.Second)
			r.fix("SAFE-1", orb.Point{105.70 + .0007*float64(i), 34.58})
		}
	}
	got, _ := r.Read(t.Context(), o.Number, "p-2", "check")
	n := 0
	for _, f := range got.Fixes {
		if !f.Cell {
			n++
		}
	}
	t.Errorf("401 zones are allowed: %d of %d fixes are kept precisely with consent", n, len(got.Fixes))
}

// A fix that is no place is an answer, not an error that stops others of its batch.
func TestAFixOfNoPlace(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Missing, "SAFE-1")
	nan := 0.0
	nan /= nan
	for _, p := range []orb.Point{{nan, 0}, {200, 100}} {
		if ok, err := r.Take("SAFE-1", safety.Fix{At: r.c.now(), Point: p}); ok || err != nil {
			t.Errorf("%v: %v %v", p, ok, err)
		}
	}
	_ = o
}

// Held while the server works.
func TestHeldWhileTheServerWorks(t *testing.T) {
	r := newRoom(t)
	o := r.active(safety.Missing, "SAFE-1")
	stop := make(chan bool)
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			p, err := r.Propose(r.order(safety.Missing, fmt.Sprint("SAFE-x", i)))
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = r.Withdraw(p.Number, "x")
			_, _ = r.Sweep()
		}
	}()
	bad := 0
	var last error
	for range 1000 {
		if _, err := store.Held(r.dir(), r.keys(), o.Number); err != nil {
			bad, last = bad+1, err
		}
	}
	close(stop)
	<-done
	if bad > 0 {
		t.Errorf("%d of 1000 fail: %v", bad, last)
	}
}
