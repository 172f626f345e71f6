package fence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A stateReader reads and checks a state. After the first error it reads zeros.
type stateReader struct {
	e    *Engine
	left []byte
	err  error
}

func (r *stateReader) read() (s savedState, err error) {
	if len(r.left) < len(stateMagic) || string(r.left[:len(stateMagic)]) != stateMagic {
		return s, errors.New("it does not begin as one")
	}
	r.left = r.left[len(stateMagic):]
	for i := range r.count() {
		s.rules = append(s.rules, r.rule())
		if r.err == nil && i > 0 && r.e.rules[s.rules[i-1].slot].f.ID >= r.e.rules[s.rules[i].slot].f.ID {
			r.fail("its fences are not in order")
		}
		if r.err != nil {
			return s, r.err
		}
	}
	n := r.count()
	s.units, s.ids = make([]unit, n), make([]string, n)
	for i := range n {
		if r.unit(&s, i); r.err != nil {
			return s, r.err
		}
	}
	for _, rule := range s.rules {
		r.checkCenter(s, rule)
	}
	if len(r.left) > 0 {
		r.fail("it goes on after its end")
	}
	return s, r.err
}

func (r *stateReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
		r.left = nil
	}
}

func (r *stateReader) rule() (s savedRule) {
	id := r.string()
	slot, ok := r.e.byID[id]
	if !ok {
		r.fail("it speaks of the fence %q, which was not put", id)
	}
	flags := r.byte()
	s = savedRule{
		slot: slot, holds: flags&ruleHolds != 0, absent: flags&ruleAbsent != 0, from: spatial.Instant(r.varint()),
		until: spatial.Instant(r.varint()), short: spatial.Instant(r.varint()), center: Handle(r.varint()),
	}
	return s
}

func (r *stateReader) checkCenter(s savedState, rule savedRule) {
	if rule.center == NoUnit {
		return
	}
	around := r.e.rules[rule.slot].f.Around
	if h := rule.center; around == "" || h < 0 || int(h) >= len(s.units) || !s.units[h].known || s.ids[h] != around {
		r.fail("a circle is around a unit that is not known")
	}
}

func (r *stateReader) unit(s *savedState, i int) {
	flags := r.byte()
	if flags&unitKnown == 0 {
		return
	}
	u := &s.units[i]
	u.known, u.lost, u.class = true, flags&unitLost != 0, spatial.Class(r.byte())
	s.ids[i] = r.string()
	u.time, u.at = spatial.Instant(r.varint()), r.point()
	u.altitude, u.sigma = r.float32(), r.float32()
	if !(u.sigma >= leastSigma && u.sigma <= mostSigma) {
		r.fail("a unit has an accuracy of %v m", u.sigma)
	}
	for range r.count() {
		place := r.uvarint()
		st := stay{mode: mode(r.byte()), notes: notes(r.byte()), runs: r.byte(), fast: r.byte()}
		st.since, st.run, st.from = spatial.Instant(r.varint()), spatial.Instant(r.varint()), r.point()
		st.over = [2]float32{r.float32(), r.float32()}
		if r.err != nil {
			return
		}
		if place >= uint64(len(s.rules)) {
			r.fail("a unit is in the fence number %d of %d", place, len(s.rules))
			return
		}
		st.slot = s.rules[place].slot
		if u.find(st.slot) >= 0 || !r.e.rules[st.slot].allows(&st) {
			r.fail("a unit cannot be with the fence %q as it is said to be", r.e.rules[st.slot].f.ID)
			return
		}
		u.stays = append(u.stays, st)
	}
}

// allows tells whether a unit can have to do with the fence in this way.
func (r *rule) allows(st *stay) bool {
	switch st.mode {
	case visiting, inside:
		return r.region != nil
	case off:
		return r.route
	case crossed:
		return r.gate != nil
	}
	return false
}

// count reads the number of things that follow, each of which takes a byte at least.
func (r *stateReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.left)) {
		r.fail("it is cut")
		return 0
	}
	return int(n)
}

func (r *stateReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.left)
	r.skip(n)
	return v
}

func (r *stateReader) varint() int64 {
	v, n := binary.Varint(r.left)
	r.skip(n)
	return v
}

func (r *stateReader) skip(n int) {
	if n <= 0 {
		r.fail("it is cut")
		return
	}
	r.left = r.left[n:]
}

// next are the next n bytes, zeros when there are not so many.
func (r *stateReader) next(n int) []byte {
	if n > len(r.left) {
		r.fail("it is cut")
		return make([]byte, min(n, 8))
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

func (r *stateReader) byte() byte { return r.next(1)[0] }

func (r *stateReader) string() string { return string(r.next(r.count())) }

func (r *stateReader) float32() float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(r.next(4)))
}

func (r *stateReader) point() (p orb.Point) {
	for i := range p {
		p[i] = math.Float64frombits(binary.LittleEndian.Uint64(r.next(8)))
	}
	if !onEarth(p) {
		r.fail("a place is not on the earth")
	}
	return p
}
