package live

import (
	"errors"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A Picture is where everything is now, and what it is in. Any number of readers may ask at once; changes come
// from one goroutine, in the order of a log. A visitor is called while the picture stands still: it must be quick
// and must not call the picture.
type Picture struct {
	o Options

	mu sync.RWMutex // guards w
	w  *world
}

// ErrUnknownUnit is the answer about a unit that is not registered.
var ErrUnknownUnit = errors.New("no such unit")

// NewPicture makes a picture of nothing.
func NewPicture(o Options) *Picture { return &Picture{o: o, w: newWorld(o)} }

// PutUnit registers a unit, or changes its registration. A State of StateUnknown keeps the state it has.
func (p *Picture) PutUnit(u Unit, now spatial.Instant, out []Event) []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.putUnit(&u, p.w.pass(now, out))
}

// RemoveUnit takes a unit off: it leaves its fences, and its devices are nobody's.
func (p *Picture) RemoveUnit(id string, now spatial.Instant, out []Event) []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.removeUnit(id, p.w.pass(now, out))
}

// SetState tells what a unit is doing.
func (p *Picture) SetState(id string, s State, now spatial.Instant) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.setState(id, s, now)
}

// PutFence takes a new fence, or one instead of that of the same ID. The same rule again changes nothing.
func (p *Picture) PutFence(f *fence.Fence, now spatial.Instant, out []Event) ([]Event, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	out = p.w.pass(now, out)
	if fence.Same(f, p.w.fences.Fence(f.ID)) {
		return out, nil
	}
	decided, err := p.w.fences.Put(f, p.w.clock, p.w.decided)
	return p.w.tellAll(decided, out), err
}

// RemoveFence takes a fence out.
func (p *Picture) RemoveFence(id string, now spatial.Instant, out []Event) []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	out = p.w.pass(now, out)
	return p.w.tellAll(p.w.fences.Remove(id, p.w.clock, fence.Removed, p.w.decided), out)
}

// Report takes reports that arrived at now, and appends one verdict for each, and the events.
func (p *Picture) Report(now spatial.Instant, rs []Report, verdicts []Verdict, out []Event) ([]Verdict, []Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.reports(now, rs, verdicts, out)
}

// Advance lets time pass up to now.
func (p *Picture) Advance(now spatial.Instant, out []Event) []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.pass(now, out)
}

// Flush takes the fixes that still wait for late ones before them, at the end of a replay, and lets time pass.
func (p *Picture) Flush(now spatial.Instant, out []Event) []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.flush(now, out)
}

// Due is when Advance will have something to do; 0 is never.
func (p *Picture) Due() spatial.Instant {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.w.nextDue()
}

// Now is the newest time that the picture was told.
func (p *Picture) Now() spatial.Instant {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.w.now
}

// Seq is the number of the last event.
func (p *Picture) Seq() uint64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.w.seq
}

// Unit is a unit by its id.
func (p *Picture) Unit(id string) (Sight, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	h, ok := p.w.byID(id)
	if !ok {
		return Sight{}, false
	}
	return p.w.sight(h, p.w.now), true
}

// Units visits all units, those without a position too, until visit returns false.
func (p *Picture) Units(visit func(Sight) bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for h := range p.w.units {
		if !p.w.units[h].gone && !visit(p.w.sight(fence.Handle(h), p.w.now)) {
			return
		}
	}
}

// Speaks is the id of the unit that a device speaks for.
func (p *Picture) Speaks(device string) (unit string, ok bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	h, ok := p.w.speaks(device)
	if !ok {
		return "", false
	}
	return p.w.units[h].id(), true
}

// Nearest are the units nearest to a point, the nearest first.
func (p *Picture) Nearest(q Search) []Near {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.w.nearest(&q)
}

// Explain says why the filter leaves a unit out, for people: "" when it does not.
func (p *Picture) Explain(id string, f Filter) string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	h, ok := p.w.byID(id)
	if !ok {
		return "not registered"
	}
	return p.w.explain(h, &f)
}

// Within visits the units in a box until visit returns false.
func (p *Picture) Within(box orb.Bound, f Filter, visit func(Sight) bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	p.w.within(box, &f, visit)
}

// Changes visits the units that changed after a version, until visit returns false, and returns the newest version:
// what to ask with next time. Since 0 means everything that is there. Who is gone comes before who came later under
// the same ID or handle.
func (p *Picture) Changes(since uint64, visit func(Moved) bool) (newest uint64) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	p.w.changes(since, visit)
	return p.w.version
}

// Containing visits the fences that hold a place at a time, in order of ID.
func (p *Picture) Containing(pt orb.Point, altitude float64, at time.Time, visit func(*fence.Fence) bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	p.w.fences.Containing(pt, altitude, at, visit)
}

// Fence is the fence of an ID.
func (p *Picture) Fence(id string) (*fence.Fence, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	f := p.w.fences.Fence(id)
	return f, f != nil
}

// Fences visits all fences in order of ID, until visit returns false.
func (p *Picture) Fences(visit func(*fence.Fence) bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for f := range p.w.fences.Fences() {
		if !visit(f) {
			return
		}
	}
}

// Occupants is how many units are in a fence.
func (p *Picture) Occupants(id string) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.w.fences.Occupants(id)
}

// FenceCount is how many fences there are.
func (p *Picture) FenceCount() int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.w.fences.Len()
}

// Counts are the counters.
func (p *Picture) Counts() Counts {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.w.counts()
}

// reset forgets everything.
func (p *Picture) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.w = newWorld(p.o)
}

// countFrom makes the next event the one after seq, unless the picture is beyond it.
func (p *Picture) countFrom(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.w.seq = max(p.w.seq, seq)
}

// admit tells the reports that may be kept from those of which nothing is: the verdict of these is Unregistered or
// OffShift, that of the others stays as it is.
func (p *Picture) admit(rs []Report, verdicts []Verdict) (refused int) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for i := range rs {
		switch h, ok := p.w.speaks(rs[i].Device); {
		case !ok:
			verdicts[i] = Unregistered
		case p.w.units[h].offShift(&rs[i]):
			verdicts[i] = OffShift
		default:
			continue
		}
		refused++
	}
	return refused
}

// Intern is the string of a registered device or unit for its bytes, without allocating: see DecodeReportsBy.
func (p *Picture) Intern(device []byte) string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.w.intern(device)
}
