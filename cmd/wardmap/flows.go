package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// flows keeps what goes on by itself in layers with a flow: deadlines that pass, units that are called and freed, and
// features that units move by what they say that they do.
type flows struct {
	w    *world
	wake chan struct{} // orders wait

	mu      sync.Mutex // guards all below
	due     map[subject]time.Time
	crews   map[subject]crew
	orders  []order
	touched map[subject]bool // changed while all is read; nil when nothing is
}

// A subject names a feature.
type subject struct{ layer, id string }

// A crew is the units at work on a feature, as of a version of it.
type crew struct {
	version int64
	units   []string
}

// An order brings a unit into the state of those who were called, or of those who are free again.
type order struct {
	unit   string
	rule   *layers.Crew
	called bool
}

func newFlows(w *world) *flows {
	return &flows{w: w, wake: make(chan struct{}, 1), due: map[subject]time.Time{}, crews: map[subject]crew{}}
}

// load takes in all features of layers with a flow. Units at work are as they are: nobody is called a second time, but who
// was not called any more before the server was killed.
func (fl *flows) load(ctx context.Context, store layers.Reader) error {
	due, crews := map[subject]time.Time{}, map[subject]crew{}
	var missed []order
	fl.mu.Lock()
	fl.touched = map[subject]bool{}
	fl.mu.Unlock()
	for _, l := range fl.w.catalogue().Managed() {
		if l.Flow == nil {
			continue
		}
		err := store.Scan(ctx, l.ID, func(f spatial.Feature) error {
			at := subject{l.ID, f.ID}
			if t, limited := l.Due(f); limited && !l.IsLate(f) {
				due[at] = t
			}
			if units := l.AtWork(f); len(units) > 0 {
				crews[at] = crew{f.Version, units}
				missed = append(missed, fl.missed(l, f, units)...)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	fl.mu.Lock()
	defer fl.mu.Unlock()
	for at := range fl.touched { // what was heard meanwhile is newer
		delete(due, at)
		delete(crews, at)
		if t, limited := fl.due[at]; limited {
			due[at] = t
		}
		if c, works := fl.crews[at]; works {
			crews[at] = c
		}
	}
	fl.due, fl.crews, fl.touched = due, crews, nil
	fl.order(missed...)
	return nil
}

// observe hears of every change of features.
func (fl *flows) observe(defs *layers.Catalogue, cs []layers.Change) {
	for _, c := range cs {
		if l, ok := defs.Layer(c.Layer); ok && l.Flow != nil {
			fl.change(l, c)
		}
	}
}

func (fl *flows) change(l layers.Layer, c layers.Change) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	at := subject{l.ID, c.ID}
	old, version := fl.crews[at], c.Version
	var now []string
	if fl.touched != nil {
		fl.touched[at] = true
	}
	delete(fl.due, at)
	if c.Feature != nil {
		version, now = max(version, c.Feature.Version), l.AtWork(*c.Feature)
		if t, limited := l.Due(*c.Feature); limited && !l.IsLate(*c.Feature) {
			fl.due[at] = t
		}
	}
	if l.Flow.Crew == nil || version <= old.version {
		return
	}
	if c.Feature == nil {
		delete(fl.crews, at)
	} else {
		fl.crews[at] = crew{version, now}
	}
	for _, unit := range now {
		if !slices.Contains(old.units, unit) {
			fl.orders = append(fl.orders, order{unit, l.Flow.Crew, true})
		}
	}
	for _, unit := range old.units {
		if !slices.Contains(now, unit) && !fl.busy(unit) {
			fl.orders = append(fl.orders, order{unit, l.Flow.Crew, false})
		}
	}
	fl.order()
}

// missed are the calls of units that have not changed their state since their feature came into its own.
func (fl *flows) missed(l layers.Layer, f spatial.Feature, units []string) (out []order) {
	since, known := l.Since(f)
	if !known || fl.w.desk == nil || l.WasMoved(f) { // whoever moved it had been called
		return nil
	}
	for _, unit := range units {
		if v, there := fl.w.desk.picture.Unit(unit); there && v.StateAt != 0 && v.StateAt.Time().Before(since) {
			out = append(out, order{unit, l.Flow.Crew, true})
		}
	}
	return out
}

// order adds to what is to be done, and says so; the caller holds the lock.
func (fl *flows) order(more ...order) {
	if fl.orders = append(fl.orders, more...); len(fl.orders) == 0 {
		return
	}
	select {
	case fl.wake <- struct{}{}:
	default:
	}
}

// busy tells whether a unit is at work anywhere; the caller holds the lock.
func (fl *flows) busy(unit string) bool {
	for _, c := range fl.crews {
		if slices.Contains(c.units, unit) {
			return true
		}
	}
	return false
}

// run marks what is late and calls and frees units, until ctx ends.
func (fl *flows) run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, at := range fl.passed(now) {
				if err := fl.w.editor.MarkLate(ctx, at.layer, at.id); err != nil && ctx.Err() == nil {
					fl.w.log.Warn("mark what is late", "layer", at.layer, "feature", at.id, "error", err)
					fl.again(at, now)
				}
			}
		case <-fl.wake:
			fl.obey(ctx)
		}
	}
}

// passed takes out what is due.
func (fl *flows) passed(now time.Time) (out []subject) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	for at, due := range fl.due {
		if !now.Before(due) {
			out = append(out, at)
			delete(fl.due, at)
		}
	}
	slices.SortFunc(out, func(a, b subject) int { return strings.Compare(a.layer+"/"+a.id, b.layer+"/"+b.id) })
	return out
}

// again lets a feature be due once more, unless something newer has been heard of it.
func (fl *flows) again(at subject, now time.Time) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	if _, heard := fl.due[at]; !heard {
		fl.due[at] = now.Add(10 * time.Second)
	}
}

func (fl *flows) obey(ctx context.Context) {
	fl.mu.Lock()
	all := fl.orders
	fl.orders = nil
	fl.mu.Unlock()
	if fl.w.desk == nil {
		return
	}
	for _, o := range all {
		v, known := fl.w.desk.picture.Unit(o.unit)
		next := o.next(v.Unit.State.String())
		if !known || next == "" {
			continue
		}
		state, err := live.ParseState(next)
		if err == nil {
			err = fl.w.desk.setState(ctx, o.unit, state)
		}
		if err != nil && ctx.Err() == nil {
			fl.w.log.Warn("call or free a unit", "unit", o.unit, "error", err)
		}
	}
}

// next is the state that a unit comes into, "" where it stays in its own: who cries for help is not called away, and who
// went off duty meanwhile is not freed.
func (o order) next(state string) string {
	switch {
	case o.called && !o.rule.Engages(state) && state != "emergency":
		return o.rule.Called
	case !o.called && o.rule.Engages(state):
		return o.rule.Freed
	}
	return ""
}

// moved hears that a unit came into a state: what it works on takes the step that this means.
func (fl *flows) moved(ctx context.Context, unit string, state live.State) {
	for _, at := range fl.worksOn(unit) {
		l, _ := fl.w.catalogue().Layer(at.layer)
		if err := fl.w.editor.Move(ctx, l, at.id, state.String()); err != nil && ctx.Err() == nil {
			fl.w.log.Warn("a unit moves what it works on", "unit", unit, "layer", at.layer, "feature", at.id, "error", err)
		}
	}
}

func (fl *flows) worksOn(unit string) (out []subject) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	for at, c := range fl.crews {
		if slices.Contains(c.units, unit) {
			out = append(out, at)
		}
	}
	return out
}

// setState says what a unit is doing, and lets what it works on take the step that this means.
func (w *world) setState(ctx context.Context, unit string, s live.State) error {
	if err := w.desk.setState(ctx, unit, s); err != nil {
		return err
	}
	w.flows.moved(ctx, unit, s)
	return nil
}
