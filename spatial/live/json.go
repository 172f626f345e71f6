package live

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/crs"
)

var datumNames = [...]string{WGS84: "wgs84", GCJ02: "gcj02", BD09: "bd09"}

func (d Datum) String() string {
	if int(d) < len(datumNames) {
		return datumNames[d]
	}
	return fmt.Sprintf("datum %d", uint8(d))
}

// ParseDatum reads a datum by its name.
func ParseDatum(name string) (Datum, error) {
	for d, n := range datumNames {
		if n == name {
			return Datum(d), nil
		}
	}
	return WGS84, fmt.Errorf("%q is no datum: take wgs84, gcj02 or bd09", name)
}

var systems = [...]crs.System{WGS84: crs.WGS84, GCJ02: mustSystem("GCJ02"), BD09: mustSystem("BD09")}

func mustSystem(name string) crs.System {
	s, err := crs.Parse(name)
	if err != nil {
		panic(err)
	}
	return s
}

// Set places the report at a pair of a datum and keeps the pair beside it when it is not WGS84. A pair that is
// not on the earth stays as it is: the picture refuses it as Impossible.
func (r *Report) Set(d Datum, pair orb.Point) {
	r.Datum, r.Point, r.Raw = d, pair, orb.Point{}
	if d == WGS84 || int(d) >= len(systems) {
		return
	}
	r.Raw = pair
	if p, err := systems[d].ToWGS84(pair); err == nil {
		r.Point = p
	}
}

// ParseJSON reads reports as devices write them in JSON: one object, or an array of them.
//
//	device               serial number, string
//	time                 RFC 3339, or milliseconds since 1970
//	lon, lat             degrees of the datum; both missing: a sign of life without a position
//	datum                "wgs84" (also when it is missing), "gcj02", "bd09"
//	altitude, accuracy   metres; accuracy is one sigma
//	speed                m/s
//	course               degrees clockwise from north
//	battery              percent
//	satellites           how many were used
//	source               as Source is named
//	emergency, mock, late   true or false
//
// Null stands for a missing value, and so do speeds, courses, accuracies and charges that cannot be (devices say
// -1 when they do not know). Other keys are passed over. An error names the report, from 0, and the field.
func ParseJSON(data []byte) ([]Report, error) { return DecodeJSON(data, "", nil) }

// DecodeJSON is ParseJSON for reports of a known sender: device, unless it is "", is whose reports they are when
// they do not say so themselves. Reports are appended to into.
func DecodeJSON(data []byte, device string, into []Report) ([]Report, error) {
	s := &jsonScan{data: data}
	var err error
	switch s.peek() {
	case '{':
		into, err = s.report(0, device, into)
	case '[':
		before := len(into)
		err = s.elements(func() (err error) {
			into, err = s.report(len(into)-before, device, into)
			return err
		})
	default:
		err = s.wrong("{ or [")
	}
	if err != nil {
		return nil, err
	}
	if s.peek(); s.at < len(s.data) {
		return nil, fmt.Errorf("something follows the reports at byte %d", s.at)
	}
	return into, nil
}

// jsonReport is a report whose place is not settled: the datum may stand behind the pair.
type jsonReport struct {
	Report
	lon, lat float64
	datum    Datum
}

func (s *jsonScan) report(index int, device string, into []Report) ([]Report, error) {
	unknown := float32(math.NaN())
	r := jsonReport{lon: math.NaN(), lat: math.NaN(), Report: Report{Altitude: unknown, Speed: unknown, Course: unknown, Accuracy: unknown, Battery: unknown}}
	var field []byte
	err := s.members(func(key []byte) error {
		field = key
		return s.field(&r, key)
	})
	if err != nil {
		if field == nil {
			return nil, fmt.Errorf("report %d: %w", index, err)
		}
		return nil, fmt.Errorf("report %d, %s: %w", index, field, err)
	}
	if r.Device == "" {
		r.Device = device
	}
	if err := r.settle(); err != nil {
		return nil, fmt.Errorf("report %d, %w", index, err)
	}
	return append(into, r.Report), nil
}

// field reads the value of one key.
func (s *jsonScan) field(r *jsonReport, key []byte) error {
	if s.peek() == 'n' && s.word("null") {
		return nil
	}
	switch string(key) {
	case "device":
		return s.textTo(func(t string) error { r.Device = t; return nil })
	case "time":
		return s.timeTo(&r.Fix)
	case "lon":
		return s.numberTo(&r.lon)
	case "lat":
		return s.numberTo(&r.lat)
	case "altitude":
		return s.smallTo(&r.Altitude, -math.MaxFloat32, math.MaxFloat32)
	case "speed":
		return s.smallTo(&r.Speed, 0, math.MaxFloat32)
	case "course":
		return s.smallTo(&r.Course, 0, 360)
	case "accuracy":
		return s.smallTo(&r.Accuracy, 0, math.MaxFloat32)
	case "battery":
		return s.smallTo(&r.Battery, 0, 100)
	case "satellites":
		n := float32(0)
		err := s.smallTo(&n, 0, math.MaxUint8)
		if n == n { // not NaN
			r.Satellites = uint8(n)
		}
		return err
	case "datum":
		return s.textTo(func(t string) (err error) { r.datum, err = ParseDatum(t); return })
	case "source":
		return s.textTo(func(t string) (err error) { r.Source, err = ParseSource(t); return })
	case "emergency":
		return s.flagTo(&r.Flags, EmergencyFlag)
	case "mock":
		return s.flagTo(&r.Flags, Mock)
	case "late":
		return s.flagTo(&r.Flags, LateUpload)
	}
	return s.skip(0)
}

// settle checks what a report cannot do without and brings its place to WGS84.
func (r *jsonReport) settle() error {
	noLon, noLat := math.IsNaN(r.lon), math.IsNaN(r.lat)
	switch {
	case r.Device == "":
		return errors.New("device: it is missing")
	case r.Fix == 0:
		return errors.New("time: it is missing")
	case noLon && noLat:
		r.Flags |= NoFix
		return nil
	case noLon:
		return errors.New("lon: it is missing")
	case noLat:
		return errors.New("lat: it is missing")
	}
	if r.Course == 360 {
		r.Course = 0
	}
	r.Set(r.datum, orb.Point{r.lon, r.lat})
	return nil
}

func (s *jsonScan) textTo(set func(string) error) error {
	t, err := s.text()
	if err != nil {
		return err
	}
	return set(string(t))
}

func (s *jsonScan) numberTo(v *float64) (err error) {
	*v, err = s.number()
	return err
}

// smallTo reads a number that is NaN when it is not within least and most.
func (s *jsonScan) smallTo(to *float32, least, most float64) error {
	v, err := s.number()
	if err != nil {
		return err
	}
	if v < least || v > most {
		v = math.NaN()
	}
	*to = float32(v)
	return nil
}

func (s *jsonScan) flagTo(flags *Flags, f Flags) error {
	switch {
	case s.word("true"):
		*flags |= f
	case s.word("false"):
		*flags &^= f
	default:
		return s.wrong("true or false")
	}
	return nil
}

// timeTo reads a time by its text, or milliseconds. Seconds would be
// a day in early 1970: who sends them is told.
func (s *jsonScan) timeTo(to *spatial.Instant) error {
	if s.peek() != '"' {
		ms, err := s.number()
		switch {
		case err != nil:
			return err
		case ms >= 1e9 && ms < 1e10:
			return fmt.Errorf("%.0f looks like seconds: milliseconds since 1970 are asked for", ms)
		case ms < 0 || ms >= 253402300800e3:
			return fmt.Errorf("%g is no time in milliseconds since 1970", ms)
		}
		*to = spatial.Instant(ms)
		return nil
	}
	text, err := s.text()
	if err != nil {
		return err
	}
	var t time.Time
	if err := t.UnmarshalText(text); err != nil {
		return fmt.Errorf("%q is no time: write it like 2026-03-01T08:30:00+08:00", text)
	}
	*to = spatial.InstantOf(t)
	return nil
}
