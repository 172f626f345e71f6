package fence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// The state of an engine in bytes: "WMF1", the fences in order of ID with whether they hold, then one byte for every
// handle, 0 for one that is not known, or else what is known of the unit. Alarms are not written: they follow.
const stateMagic = "WMF1"

const (
	unitKnown byte = 1 << iota
	unitLost
)

const (
	ruleHolds byte = 1 << iota
	ruleAbsent
)

var errState = errors.New("the state of fences is not readable")

// AppendState appends what is known of units, and of fences besides what they are: enough for a fresh engine with the
// same fences to go on as this one.
func (e *Engine) AppendState(dst []byte) []byte {
	dst = append(dst, stateMagic...)
	dst = binary.AppendUvarint(dst, uint64(len(e.order)))
	place := make([]int, len(e.rules))
	for i, slot := range e.order {
		place[slot] = i
		dst = e.rules[slot].appendState(dst)
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.units)))
	for h := range e.units {
		dst = e.appendUnit(dst, Handle(h), place)
	}
	return dst
}

func (r *rule) appendState(dst []byte) []byte {
	dst = appendString(dst, r.f.ID)
	var flags byte
	if r.holds {
		flags |= ruleHolds
	}
	if r.absent {
		flags |= ruleAbsent
	}
	dst = append(dst, flags)
	for _, t := range [3]spatial.Instant{r.from, r.until, r.short} {
		dst = binary.AppendVarint(dst, int64(t))
	}
	return binary.AppendVarint(dst, int64(r.center))
}

func (e *Engine) appendUnit(dst []byte, h Handle, place []int) []byte {
	u := &e.units[h]
	if !u.known {
		return append(dst, 0)
	}
	flags := unitKnown
	if u.lost {
		flags |= unitLost
	}
	dst = append(dst, flags, byte(u.class))
	dst = appendString(dst, e.ids[h])
	dst = binary.AppendVarint(dst, int64(u.time))
	dst = appendPoint(dst, u.at)
	dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(u.altitude))
	dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(u.sigma))
	var few [16]stay
	stays := few[:0]
	for i := range u.stays {
		if e.valid(&u.stays[i]) {
			stays = append(stays, u.stays[i])
		}
	}
	slices.SortFunc(stays, func(a, b stay) int { return place[a.slot] - place[b.slot] })
	dst = binary.AppendUvarint(dst, uint64(len(stays)))
	for i := range stays {
		dst = stays[i].appendState(dst, place)
	}
	return dst
}

func (st *stay) appendState(dst []byte, place []int) []byte {
	dst = binary.AppendUvarint(dst, uint64(place[st.slot]))
	dst = append(dst, byte(st.mode), byte(st.notes), st.runs, st.fast)
	dst = binary.AppendVarint(dst, int64(st.since))
	dst = binary.AppendVarint(dst, int64(st.run))
	dst = appendPoint(dst, st.from)
	dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(st.over[0]))
	return binary.LittleEndian.AppendUint32(dst, math.Float32bits(st.over[1]))
}

// valid tells whether the fence of a stay is still the one it is about.
func (e *Engine) valid(st *stay) bool {
	r := &e.rules[st.slot]
	return r.f != nil && r.generation == st.generation
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendPoint(dst []byte, p orb.Point) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(p[1]))
}

// ReadState takes what AppendState wrote instead of all that is known of units. The same fences must have been put
// before. On an error nothing is changed.
func (e *Engine) ReadState(data []byte) error {
	r := stateReader{left: data, e: e}
	saved, err := r.read()
	if err != nil {
		return fmt.Errorf("%w: %w", errState, err)
	}
	e.restore(saved)
	return nil
}

// A savedState is a state as it was read.
type savedState struct {
	rules []savedRule
	units []unit
	ids   []string
}

// A savedRule is of a fence what is not the fence itself.
type savedRule struct {
	slot               int32
	holds, absent      bool
	from, until, short spatial.Instant
	center             Handle
}

// restore makes the engine know what was saved, which has been checked.
func (e *Engine) restore(s savedState) {
	for _, slot := range e.order {
		if e.rules[slot].around {
			e.lift(slot)
			e.rules[slot].center = NoUnit
		}
		r := &e.rules[slot]
		r.members, r.inside, r.short, r.absent = r.members[:0], 0, 0, false
	}
	e.units, e.ids, e.timers = s.units, s.ids, timers{}
	for _, saved := range s.rules {
		r := &e.rules[saved.slot]
		r.holds, r.from, r.until, r.short, r.absent = saved.holds, saved.from, saved.until, saved.short, saved.absent
		if saved.center != NoUnit {
			u := &e.units[saved.center]
			r.center, r.centerSigma = saved.center, float64(u.sigma)
			r.region.(*disc).move(u.at)
			e.lay(saved.slot)
		}
		if r.short != 0 && !r.absent {
			e.timers.push(tick{due: r.short.Add(r.f.Absent), kind: absenceDue, slot: saved.slot, unit: NoUnit})
		}
	}
	for _, slot := range e.order {
		e.sketches[slot] = e.rules[slot].sketch()
		e.timers.push(tick{due: e.rules[slot].until, kind: changeDue, slot: slot, unit: NoUnit})
	}
	for h := range e.units {
		e.rejoin(Handle(h))
	}
}

// rejoin makes a unit that was read a member of its fences.
func (e *Engine) rejoin(h Handle) {
	u := &e.units[h]
	u.center = u.known && len(e.around[e.ids[h]]) > 0
	for i := range u.stays {
		st := &u.stays[i]
		r := &e.rules[st.slot]
		st.generation, st.member = r.generation, -1
		if st.mode != inside && st.mode != off {
			continue
		}
		st.member = int32(len(r.members))
		r.members = append(r.members, h)
		if st.mode == inside {
			r.inside++
			e.awaitDwell(r, st.slot, h, st)
		}
	}
}
