package live

import (
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/index"
)

// world is a Picture without its lock: plain values, and what follows from each change. The same calls in the
// same order leave the same world and give the same events.
type world struct {
	limits [classCount]Limits
	wait   time.Duration // the longest Reorder of all classes

	now   spatial.Instant // the newest time that was told
	clock spatial.Instant // up to when fences and staleness are decided

	units   []unit // by handle
	free    []fence.Handle
	ids     directory
	serials directory // by serial number of a device
	roles   map[string]*role
	grid    *index.Grid // of the units that have a place
	told    *index.Grid // of where the fences think that units are: another one only when fixes wait for others
	fences  *fence.Engine

	waiting map[fence.Handle]*queue
	alarms  map[fence.Handle]alarm
	doubts  map[doubtful]*doubt
	dues    agenda // when units go stale or expire
	turns   agenda // when waiting fixes are due

	version uint64
	recent  []fence.Handle // who changed, at the version modulo the length
	oldest  uint64         // version from which recent is complete

	seq      uint64
	verdicts [verdicts]uint64
	events   [32]uint64 // by kind

	decided []fence.Event  // memory for what the fences decide within one call
	senders []fence.Handle // and for who sent the reports
	touched bool           // means nothing: it keeps the compiler from leaving out what is read only to be fetched
}

// unit is all that is known of one, in 120 bytes. A removed unit keeps its id and version until another has its
// handle.
type unit struct {
	belief
	text    string // its id, then its name
	role    *role
	more    *more // nil when it has neither devices nor a home
	heard   spatial.Instant
	stateAt spatial.Instant
	version uint64
	idBytes uint16        // of text
	class   spatial.Class // as its role's, kept near
	state   State
	alarmed bool
	gone    bool
}

// belief is where a unit is believed to be, after all fixes that were judged so far.
type belief struct {
	reading
	due spatial.Instant // of its valid entry in world.dues; 0 when there is none
}

// doubtful says whose fixes are in doubt: those that are shown, or those that wait to be judged.
type doubtful struct {
	unit  fence.Handle
	waits bool
}

func (d doubtful) number() int64 {
	if d.waits {
		return 2*int64(d.unit) + 1
	}
	return 2 * int64(d.unit)
}

// unseen is what is known of a unit that has never reported.
var unseen = belief{reading: reading{altitude: nan, speed: nan, course: nan, accuracy: nan, battery: nan}}

var nan = float32(math.NaN())

// more is what few units have.
type more struct {
	devices []string
	home    orb.Point
}

// alarm is the last emergency of a unit.
type alarm struct {
	device string          // that raised it, and alone can end it
	at     spatial.Instant // its fix
}

func newWorld(o Options) *world {
	w := &world{
		ids: newDirectory(), serials: newDirectory(), roles: map[string]*role{}, waiting: map[fence.Handle]*queue{},
		alarms: map[fence.Handle]alarm{}, doubts: map[doubtful]*doubt{}, recent: make([]fence.Handle, 1024), oldest: 1,
	}
	w.limits, w.wait = o.limits()
	w.grid = index.NewGrid(func(item int32) orb.Point { at, _ := w.units[item].at(); return at })
	if w.told = w.grid; w.wait > 0 {
		w.told = index.NewGrid(func(item int32) orb.Point { return w.judged(fence.Handle(item)).point })
	}
	w.fences = fence.NewEngine(w.neighbors)
	return w
}

// neighbors serves the fences: it visits all units that they were told of and that may be that near, and some more.
func (w *world) neighbors(center orb.Point, meters float64, visit func(u fence.Handle, at orb.Point, class spatial.Class)) {
	w.told.Within(center, 1.01*meters, moving, func(item int32, at orb.Point) bool {
		visit(fence.Handle(item), at, w.units[item].class)
		return true
	})
}

// moving is the groups of classes that go about.
const moving = index.Groups(1<<spatial.Officer|1<<spatial.Vehicle|1<<spatial.Bus|1<<spatial.Drone) * (1 + 1<<recommended)

// recommended is where the groups of those whose state is Recommended begin: most searches are for them.
const recommended = 8

// group is the group of the grid that the unit stands in.
func (u *unit) group() uint8 {
	if Recommended.Has(u.shown()) {
		return uint8(u.class) + recommended
	}
	return uint8(u.class)
}

// speaks is the unit that a device speaks for.
func (w *world) speaks(device string) (fence.Handle, bool) {
	if h, ok := w.byID(device); ok {
		return h, true
	}
	return w.bySerial(device)
}

func (w *world) byID(id string) (fence.Handle, bool) {
	return w.ids.get(w.ids.hash(id), func(h fence.Handle) bool { return w.units[h].id() == id })
}

func (w *world) bySerial(serial string) (fence.Handle, bool) {
	return w.serials.get(w.serials.hash(serial), func(h fence.Handle) bool { return w.units[h].has(serial) })
}

// has tells whether the unit has a device of that serial number. It may speak for another by now.
func (u *unit) has(serial string) bool {
	return u.more != nil && slices.Contains(u.more.devices, serial)
}

func (u *unit) id() string { return u.text[:u.idBytes] }

func (u *unit) name() string { return u.text[u.idBytes:] }

// place puts a unit on the map where its reading says, or a device that stands at its home. Who has no place, or
// has had none for too long, is not on the map.
func (w *world) place(h fence.Handle) {
	u := &w.units[h]
	if _, ok := u.at(); ok && u.freshness != ExpiredFix {
		w.grid.Put(int32(h), u.group())
		return
	}
	w.grid.Remove(int32(h))
}

// forget makes the fences forget a unit.
func (w *world) forget(h fence.Handle, at spatial.Instant, why fence.Reason, out []Event) []Event {
	out = w.tellAll(w.fences.Forget(h, at, why, w.decided), out)
	if w.told != w.grid {
		w.told.Remove(int32(h))
	}
	return out
}

// at is where the unit is, when that is known.
func (u *unit) at() (orb.Point, bool) {
	if u.fix != 0 {
		return u.point, true
	}
	if u.more != nil && !u.class.Moves() && u.more.home != (orb.Point{}) {
		return u.more.home, true
	}
	return nowhere, false
}

// shown is the state, as people see it.
func (u *unit) shown() State {
	if u.alarmed {
		return InEmergency
	}
	return u.state
}

// fresh is how old what is known of the unit is then.
func (u *unit) fresh(at spatial.Instant, l *Limits) Freshness {
	return freshAt(u.seen(&u.belief), at, l)
}

// seen is the time that staleness counts from: a device that stands is there as long as it calls.
func (u *unit) seen(b *belief) spatial.Instant {
	if u.class.Moves() {
		return b.fix
	}
	return max(b.fix, u.heard)
}

func freshAt(seen, at spatial.Instant, l *Limits) Freshness {
	switch age := at.Sub(seen); {
	case seen == 0:
		return NeverSeen
	case age >= l.Expire:
		return ExpiredFix
	case age >= l.Stale:
		return StaleFix
	}
	return Fresh
}
