package live

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// The compact form of reports, of the door and of the log: all numbers little endian.
//
//	"WMP1"
//	u32   number of reports
//	and for each
//	u8    length of Device, and its bytes
//	u16   which fields follow: bit 0 Altitude, 1 Speed, 2 Course, 3 Accuracy, 4 Battery, 5 Satellites, 6 Source,
//	      7 Flags, 8 Datum and Raw, 9 Point; a field that does not follow is NaN, 0, or WGS84
//	i64   Fix, milliseconds since 1970
//	f64×2 Point, lon and lat
//	f32   each of Altitude, Speed, Course, Accuracy, Battery
//	u8    each of Satellites, Source
//	u16   Flags
//	u8    Datum, then f64×2 Raw
//
// A fix of a vehicle takes some 50 bytes.
const reportMagic = "WMP1"

// MaxBatch is how many reports or events one batch may hold.
const MaxBatch = 100_000

const maxDevice = math.MaxUint8 // bytes

const (
	hasAltitude = 1 << iota
	hasSpeed
	hasCourse
	hasAccuracy
	hasBattery
	hasSatellites
	hasSource
	hasFlags
	hasRaw
	hasPoint
	allFields = 1<<iota - 1
)

// AppendReports writes reports in the compact form: at most MaxBatch, more would not be read again. A Device of
// more than 255 bytes, which can be nobody's, is written as "".
func AppendReports(dst []byte, rs []Report) []byte {
	dst = append(dst, reportMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(rs)))
	for i := range rs {
		dst = appendReport(dst, &rs[i])
	}
	return dst
}

func appendReport(dst []byte, r *Report) []byte {
	device := r.Device
	if len(device) > maxDevice {
		device = ""
	}
	dst = append(dst, byte(len(device)))
	dst = append(dst, device...)
	fields := fieldsOf(r)
	dst = binary.LittleEndian.AppendUint16(dst, fields)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Fix))
	if fields&hasPoint != 0 {
		dst = appendPoint(dst, r.Point)
	}
	for bit, v := range [...]float32{r.Altitude, r.Speed, r.Course, r.Accuracy, r.Battery} {
		if fields&(hasAltitude<<bit) != 0 {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
		}
	}
	if fields&hasSatellites != 0 {
		dst = append(dst, r.Satellites)
	}
	if fields&hasSource != 0 {
		dst = append(dst, byte(r.Source))
	}
	if fields&hasFlags != 0 {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(r.Flags))
	}
	if fields&hasRaw != 0 {
		dst = appendPoint(append(dst, byte(r.Datum)), r.Raw)
	}
	return dst
}

func fieldsOf(r *Report) (fields uint16) {
	for bit, v := range [...]float32{r.Altitude, r.Speed, r.Course, r.Accuracy, r.Battery} {
		if v == v {
			fields |= hasAltitude << bit
		}
	}
	for bit, given := range [...]bool{r.Satellites != 0, r.Source != 0, r.Flags != 0, r.Datum != WGS84, r.Point != orb.Point{}} {
		if given {
			fields |= hasSatellites << bit
		}
	}
	return fields
}

func appendPoint(dst []byte, p orb.Point) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(p[1]))
}

// DecodeReports reads what AppendReports wrote, and appends to into. Nothing is allocated for a report but its
// Device; when into has room, and the report that was there before in its place is of the same device, not even
// that. An error names the report, from 0, and the byte; into is returned as it was.
func DecodeReports(data []byte, into []Report) ([]Report, error) {
	return DecodeReportsBy(data, into, nil)
}

// DecodeReportsBy is DecodeReports with a way to find the string for the bytes of a Device, such as
// Picture.Intern. The bytes are not to be kept.
func DecodeReportsBy(data []byte, into []Report, intern func(device []byte) string) ([]Report, error) {
	d := decoder{data: data}
	n := d.header(reportMagic, "reports", 1+2+8)
	out := into
	for i := 0; i < n && d.err == nil; i++ {
		if len(out) < cap(out) {
			out = out[:len(out)+1]
		} else {
			out = append(out, Report{})
		}
		d.item = i
		d.report(&out[len(out)-1], intern)
	}
	if err := d.end(); err != nil {
		return into, fmt.Errorf("reports: %w", err)
	}
	return out, nil
}

func (d *decoder) report(r *Report, intern func([]byte) string) {
	device := d.bytes(int(d.u8()))
	name := r.Device
	switch {
	case string(device) == name:
	case intern != nil:
		name = intern(device)
	default:
		name = string(device)
	}
	fields := d.u16()
	if fields&^allFields != 0 {
		d.fail("names fields that nobody knows")
	}
	*r = Report{Device: name, Fix: spatial.Instant(d.u64())}
	if fields&hasPoint != 0 {
		r.Point = d.point()
	}
	for bit, v := range [...]*float32{&r.Altitude, &r.Speed, &r.Course, &r.Accuracy, &r.Battery} {
		*v = nan
		if fields&(hasAltitude<<bit) != 0 {
			*v = d.f32()
		}
	}
	if fields&hasSatellites != 0 {
		r.Satellites = d.u8()
	}
	if fields&hasSource != 0 {
		r.Source = Source(d.u8())
	}
	if fields&hasFlags != 0 {
		r.Flags = Flags(d.u16())
	}
	if fields&hasRaw != 0 {
		if r.Datum = Datum(d.u8()); r.Datum > BD09 || r.Datum == WGS84 {
			d.fail("has a datum that nobody knows")
		}
		r.Raw = d.point()
	}
}
