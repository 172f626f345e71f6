package api

import (
	"encoding/binary"
	"math"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// A frame of the live stream, little endian:
//
//	"WML1" | u8 type: 1 all anew, 2 changes | u64 version | i64 server time, ms | u32 count | that many records:
//	u32 handle | u8 class | u8 state | u8 freshness: 0 never seen, 1 fresh, 2 stale, 3 expired | u8 flags | i32 lon, i32 lat, 1e-7 degrees
//	| u16 course, 0.1 degrees, u16 speed, 0.1 m/s: 65535 is not known | i64 fix, ms: 0 is none
//	| with names: u8 n, n bytes of id, u8 n, n bytes of name
const (
	frameMagic   = "WML1"
	frameAll     = 1
	frameChanges = 2
	frameHead    = 25
	frameRecord  = 28

	recordGone        = 1
	recordEmergency   = 2
	recordNamed       = 4
	recordApproximate = 8

	notKnown = math.MaxUint16
)

// A wall is what one reader of the live stream has been told. Not safe for concurrent use.
type wall struct {
	picture *live.Picture
	classes spatial.ClassSet
	sees    func(id string) bool // nil: every unit
	begun   bool
	version uint64           // of the picture that the reader has
	told    map[int32]string // the id behind each handle that the reader knows
	moved   []live.Moved     // room for next
	buf     []byte
}

func (s *Server) newWall(l *Live, classes spatial.ClassSet) *wall {
	w := &wall{picture: l.Picture, classes: classes, told: map[int32]string{}}
	if s.view.Org != "" {
		w.sees = func(id string) bool {
			_, seen := s.unit(l, id)
			return seen
		}
	}
	return w
}

// next makes a frame of everything that changed since the last one, each unit once, and tells whether there is
// anything in it. The frame is the reader's until the next call.
func (w *wall) next(now time.Time) (frame []byte, news bool) {
	w.moved = w.moved[:0]
	newest := w.picture.Changes(w.version, func(m live.Moved) bool {
		w.moved = append(w.moved, m)
		return true
	})
	kind, count := byte(frameChanges), uint32(0)
	if !w.begun {
		kind = frameAll
	}
	dst := append(w.buf[:0], frameMagic...)
	dst = append(dst, kind)
	dst = binary.LittleEndian.AppendUint64(dst, newest)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(now.UnixMilli()))
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	for i := len(w.moved) - 1; i >= 0; i-- { // the earliest first: a handle may have become another unit's
		var is bool
		if dst, is = w.record(dst, &w.moved[i]); is {
			count++
		}
	}
	binary.LittleEndian.PutUint32(dst[frameHead-4:], count)
	news = count > 0 || !w.begun
	w.begun, w.version, w.buf = true, newest, dst
	return dst, news
}

// record appends what became of a unit, unless the reader does not care and never did.
func (w *wall) record(dst []byte, m *live.Moved) ([]byte, bool) {
	id, known := w.told[m.Handle]
	if m.Gone || !w.classes.Has(m.Class) || nowhere(m) || w.sees != nil && !w.sees(m.ID) {
		if !known || id != m.ID {
			return dst, false
		}
		delete(w.told, m.Handle)
		return appendRecord(dst, m, recordGone), true
	}
	flags := byte(0)
	if m.Flags&live.EmergencyFlag != 0 {
		flags |= recordEmergency
	}
	if m.Flags&live.Mock != 0 {
		flags |= recordApproximate
	}
	if known && id == m.ID {
		return appendRecord(dst, m, flags), true
	}
	w.told[m.Handle] = m.ID
	dst = appendRecord(dst, m, flags|recordNamed)
	v, _ := w.picture.Unit(m.ID)
	return appendShort(appendShort(dst, m.ID), v.Unit.Name), true
}

// nowhere tells whether a unit has no position that could be drawn.
func nowhere(m *live.Moved) bool {
	return m.Freshness == live.NeverSeen && m.Point == orb.Point{}
}

func appendRecord(dst []byte, m *live.Moved, flags byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(m.Handle))
	dst = append(dst, byte(m.Class), byte(m.State), byte(m.Freshness), flags)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(int32(math.Round(m.Point[0]*1e7))))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(int32(math.Round(m.Point[1]*1e7))))
	dst = binary.LittleEndian.AppendUint16(dst, tenths(m.Course, 3600))
	dst = binary.LittleEndian.AppendUint16(dst, tenths(m.Speed, 0))
	return binary.LittleEndian.AppendUint64(dst, uint64(m.Fix))
}

// tenths is v in tenths, around a circle where there is one.
func tenths(v float32, circle uint16) uint16 {
	t := math.Round(float64(v) * 10)
	if !(t >= 0) {
		return notKnown
	}
	n := uint16(min(t, notKnown-1))
	if circle > 0 {
		n %= circle
	}
	return n
}

// appendShort appends a text of at most 255 bytes, cut between characters, with its length before it.
func appendShort(dst []byte, s string) []byte {
	for n := 255; len(s) > 255; n-- {
		if utf8.RuneStart(s[n]) {
			s = s[:n]
		}
	}
	dst = append(dst, byte(len(s)))
	return append(dst, s...)
}
