package jt808

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// fixedPart is how long a position is without what terminals append to it.
const fixedPart = 28

// Bits of the status of a position.
const (
	fixedBit     = 1 << 1
	southBit     = 1 << 2
	westBit      = 1 << 3
	encryptedBit = 1 << 5 // by the secrecy plug-in: the pair is GCJ-02
	gpsBit       = 1 << 18
	beidouBit    = 1 << 19
	otherBits    = 3 << 20 // GLONASS, Galileo
)

const emergencyAlarm = 1 << 0

// Additions to a position that are read; all others are passed over by their length.
const addedSatellites = 0x31

var beijing = time.FixedZone("GMT+8", 8*60*60)

// parseLocation reads the body of a position (0x0200, or one item of 0x0704). The device is not set: it stands in
// the header. A time that cannot be leaves Fix 0.
func parseLocation(body []byte) (live.Report, error) {
	if len(body) < fixedPart {
		return live.Report{}, fmt.Errorf("a position has %d bytes, not %d", fixedPart, len(body))
	}
	word := func(at int) uint16 { return binary.BigEndian.Uint16(body[at:]) }
	double := func(at int) uint32 { return binary.BigEndian.Uint32(body[at:]) }
	alarm, status := double(0), double(4)
	unknown := float32(math.NaN())
	r := live.Report{
		Fix: parseTime(body[22:28]), Altitude: float32(int16(word(16))), Speed: float32(word(18)) / 36,
		Course: unknown, Accuracy: unknown, Battery: unknown, Satellites: satellites(body[fixedPart:]), Source: source(status),
	}
	if course := word(20); course < 360 {
		r.Course = float32(course)
	}
	if alarm&emergencyAlarm != 0 {
		r.Flags |= live.EmergencyFlag
	}
	if alarm&^emergencyAlarm != 0 {
		r.Flags |= live.DeviceAlarm
	}
	if status&fixedBit == 0 {
		r.Flags |= live.NoFix
		r.Altitude, r.Speed, r.Course = unknown, unknown, unknown
		return r, nil
	}
	pair := orb.Point{float64(double(12)) / 1e6, float64(double(8)) / 1e6}
	if status&westBit != 0 {
		pair[0] = -pair[0]
	}
	if status&southBit != 0 {
		pair[1] = -pair[1]
	}
	datum := live.WGS84
	if status&encryptedBit != 0 {
		datum = live.GCJ02
	}
	r.Set(datum, pair)
	return r, nil
}

// source says by which satellites a terminal with a fix found its place.
func source(status uint32) live.Source {
	switch {
	case status&fixedBit == 0:
		return live.Unknown
	case status&(gpsBit|beidouBit|otherBits) == beidouBit:
		return live.BeiDou
	}
	return live.GNSS
}

// satellites looks through what is appended to a position. What does not fit ends the search: the position itself
// is whole.
func satellites(added []byte) uint8 {
	for len(added) >= 2 {
		id, n := added[0], int(added[1])
		if added = added[2:]; n > len(added) {
			return 0
		}
		if id == addedSatellites && n == 1 {
			return added[0]
		}
		added = added[n:]
	}
	return 0
}

// parseTime reads YYMMDDhhmmss, two digits in a byte, of GMT+8: the only time zone of the standard.
func parseTime(b []byte) spatial.Instant {
	var v [6]int
	for i, c := range b[:6] {
		if c>>4 > 9 || c&15 > 9 {
			return 0
		}
		v[i] = int(c>>4)*10 + int(c&15)
	}
	t := time.Date(2000+v[0], time.Month(v[1]), v[2], v[3], v[4], v[5], 0, beijing)
	if t.Day() != v[2] || int(t.Month()) != v[1] || v[3] > 23 || v[4] > 59 || v[5] > 59 {
		return 0
	}
	return spatial.InstantOf(t)
}

func appendTime(dst []byte, i spatial.Instant) []byte {
	t := i.Time().In(beijing)
	for _, v := range [...]int{t.Year() % 100, int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()} {
		dst = append(dst, byte(v/10<<4|v%10))
	}
	return dst
}

// parseBatch reads the body of 0x0704 and appends its positions. One that is cut short refuses them all: the
// terminal keeps what it was not thanked for.
func parseBatch(body []byte, into []live.Report) ([]live.Report, error) {
	if len(body) < 3 {
		return into, fmt.Errorf("a batch has at least 3 bytes, not %d", len(body))
	}
	count, late, rest := int(binary.BigEndian.Uint16(body)), body[2] == 1, body[3:]
	before := len(into)
	for i := range count {
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			return into[:before], fmt.Errorf("position %d of %d is cut short", i+1, count)
		}
		n := int(binary.BigEndian.Uint16(rest))
		r, err := parseLocation(rest[2 : 2+n])
		if err != nil {
			return into[:before], fmt.Errorf("position %d of %d: %w", i+1, count, err)
		}
		if late {
			r.Flags |= live.LateUpload
		}
		into = append(into, r)
		rest = rest[2+n:]
	}
	if len(rest) > 0 {
		return into[:before], fmt.Errorf("%d bytes follow %d positions", len(rest), count)
	}
	return into, nil
}

// appendLocation writes a report as the body of a position. What it does not know is written as 0; a pair of
// GCJ-02 is sent as it is, with its bit.
func appendLocation(dst []byte, r live.Report) []byte {
	alarm, status, pair := uint32(0), uint32(0), r.Point
	if r.Flags&live.EmergencyFlag != 0 {
		alarm |= emergencyAlarm
	}
	if r.Flags&live.NoFix == 0 {
		status |= fixedBit
	}
	if r.Datum == live.GCJ02 {
		status |= encryptedBit
		pair = r.Raw
	}
	if pair[0] < 0 {
		status |= westBit
	}
	if pair[1] < 0 {
		status |= southBit
	}
	switch r.Source {
	case live.BeiDou:
		status |= beidouBit
	case live.GNSS:
		status |= gpsBit | beidouBit
	}
	dst = binary.BigEndian.AppendUint32(dst, alarm)
	dst = binary.BigEndian.AppendUint32(dst, status)
	dst = binary.BigEndian.AppendUint32(dst, uint32(math.Round(math.Abs(pair[1])*1e6)))
	dst = binary.BigEndian.AppendUint32(dst, uint32(math.Round(math.Abs(pair[0])*1e6)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(known(r.Altitude, math.MinInt16, math.MaxInt16))))
	dst = binary.BigEndian.AppendUint16(dst, uint16(known(r.Speed*36, 0, math.MaxUint16)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(known(r.Course, 0, 360))%360)
	dst = appendTime(dst, r.Fix)
	if r.Satellites > 0 {
		dst = append(dst, addedSatellites, 1, r.Satellites)
	}
	return dst
}

// known is v as a whole number within bounds, 0 when it is NaN.
func known(v float32, least, most float64) int32 {
	if v != v {
		return 0
	}
	return int32(math.Round(max(least, min(most, float64(v)))))
}
