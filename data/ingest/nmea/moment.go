package nmea

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

const (
	knot = 1852. / 3600 // m/s

	// metersPerDOP is what one sigma of a position is for each unit of dilution: the usual range error of a
	// receiver that uses one frequency under open sky.
	metersPerDOP = 4
)

// A moment is what the sentences of one time say.
type moment struct {
	clock    time.Duration // since midnight, UTC
	date     time.Time     // midnight; zero when no RMC came
	void     bool          // a sentence says that the position is not to be used
	placed   bool
	point    orb.Point
	altitude float32
	speed    float32
	course   float32
	dilution float32
	used     uint8 // satellites
	chinese  bool  // all positions came from BeiDou
	source   live.Source
	mock     bool
}

func newMoment(clock time.Duration) moment {
	unknown := float32(math.NaN())
	return moment{clock: clock, altitude: unknown, speed: unknown, course: unknown, dilution: unknown, chinese: true, source: live.GNSS}
}

// merge takes in a sentence with a time: RMC, GGA or GNS. The first error is told.
func (m *moment) merge(s sentence) (err error) {
	m.chinese = m.chinese && (s.talker == "BD" || s.talker == "GB")
	switch s.kind {
	case "RMC":
		status := string(s.field(1))
		if status != "A" && status != "V" {
			return fmt.Errorf("%q is no status of a position", status)
		}
		m.date, err = dateOf(s.field(8))
		return cmp.Or(err, m.mode(s.field(11)), m.place(s, 2, status == "A"), m.velocity(s, 7, 6))
	case "GGA":
		quality := s.field(5)
		return cmp.Or(m.quality(quality), m.place(s, 1, len(quality) > 0 && quality[0] != '0'), m.precision(s, 6))
	}
	modes := s.field(5)
	return cmp.Or(m.mode(modes), m.place(s, 1, len(bytes.Trim(modes, "N")) > 0), m.precision(s, 6))
}

// place reads lat, N or S, lon, E or W, from field at on.
func (m *moment) place(s sentence, at int, valid bool) error {
	lat, has, err := angle(s.field(at), s.field(at+1), 'N', 'S', 90)
	if err != nil {
		return err
	}
	lon, also, err := angle(s.field(at+2), s.field(at+3), 'E', 'W', 180)
	if err != nil {
		return err
	}
	if !valid || !has || !also {
		m.void = true
		return nil
	}
	m.placed, m.point = true, orb.Point{lon, lat}
	return nil
}

// velocity reads the true course and the speed in knots. What is not known leaves what another sentence said.
func (m *moment) velocity(s sentence, course, speed int) error {
	if v, ok, err := decimal(s.field(course), false); err != nil {
		return err
	} else if ok && v <= 360 {
		m.course = float32(math.Mod(v, 360))
	}
	if v, ok, err := decimal(s.field(speed), false); err != nil {
		return err
	} else if ok {
		m.speed = float32(v * knot)
	}
	return nil
}

// precision reads the satellites used, the dilution and the altitude above the sea, from field at on.
func (m *moment) precision(s sentence, at int) error {
	used, ok, err := decimal(s.field(at), false)
	if err != nil {
		return err
	}
	if ok {
		m.used = uint8(min(used, 255))
	}
	if v, ok, err := decimal(s.field(at+1), false); err != nil {
		return err
	} else if ok && v < 99 { // receivers write 99 and more when they do not know
		m.dilution = float32(v)
	}
	if v, ok, err := decimal(s.field(at+2), true); err != nil {
		return err
	} else if ok {
		m.altitude = float32(v)
	}
	return nil
}

// mode reads the letters of RMC and GNS, one for each system of satellites.
func (m *moment) mode(letters []byte) error {
	for _, c := range letters {
		switch c {
		case 'E':
			m.source = live.DeadReckoning
		case 'M':
			m.source = live.Manual
		case 'S':
			m.mock = true
		case 'A', 'D', 'F', 'N', 'P', 'R':
		default:
			return fmt.Errorf("%q is no mode", letters)
		}
	}
	return nil
}

// quality reads the digit of GGA.
func (m *moment) quality(digit []byte) error {
	if len(digit) == 0 {
		return nil
	}
	if len(digit) != 1 || digit[0] < '0' || digit[0] > '9' {
		return fmt.Errorf("%q is no quality of a position", digit)
	}
	switch digit[0] {
	case '6':
		m.source = live.DeadReckoning
	case '7':
		m.source = live.Manual
	case '8':
		m.mock = true
	}
	return nil
}

func (m *moment) report(device string, fix spatial.Instant) live.Report {
	r := live.Report{
		Device: device, Fix: fix, Altitude: m.altitude, Speed: m.speed, Course: m.course, Accuracy: m.dilution * metersPerDOP,
		Battery: float32(math.NaN()), Satellites: m.used, Source: m.source,
	}
	if m.source == live.GNSS && m.chinese {
		r.Source = live.BeiDou
	}
	if m.mock {
		r.Flags |= live.Mock
	}
	if m.void || !m.placed {
		r.Flags |= live.NoFix
		return r
	}
	r.Point = m.point
	return r
}

// clockOf reads hhmmss and a fraction of the second.
func clockOf(field []byte) (clock time.Duration, ok bool, err error) {
	v, ok, err := decimal(field, false)
	if err != nil || !ok {
		return 0, false, err
	}
	whole := int(v)
	h, m, s := whole/10000, whole/100%100, v-float64(whole/100*100)
	if len(field) < 6 || h > 23 || m > 59 || s >= 61 {
		return 0, false, fmt.Errorf("%q is no time of day", field)
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(math.Round(s*1000))*time.Millisecond, true, nil
}

// dateOf reads ddmmyy; years from 69 on are of the last century. Empty is the zero time.
func dateOf(field []byte) (time.Time, error) {
	if len(field) == 0 {
		return time.Time{}, nil
	}
	t, err := time.Parse("020106", string(field))
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no date", field)
	}
	return t, nil
}
