package live

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// The compact form of events: all numbers little endian.
//
//	"WME1"
//	u32   number of events
//	and for each
//	u64   Seq
//	u8    each of Kind, Reason, Side, Class
//	u8    1 when Possible
//	i64   Time, milliseconds since 1970
//	f64×2 At, lon and lat
//	i64   For, nanoseconds
//	f64   Value
//	text  each of Fence, Name, Unit, Other: a varint of its length, and its bytes
const eventMagic = "WME1"

// AppendEvents writes events in the compact form: at most MaxBatch, more would not be read again.
func AppendEvents(dst []byte, events []Event) []byte {
	dst = append(dst, eventMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(events)))
	for i := range events {
		dst = appendEvent(dst, &events[i])
	}
	return dst
}

func appendEvent(dst []byte, e *Event) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, e.Seq)
	dst = append(dst, byte(e.Kind), byte(e.Reason), byte(e.Side), byte(e.Class), 0)
	if e.Possible {
		dst[len(dst)-1] = 1
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(e.Time))
	dst = appendPoint(dst, e.At)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(e.For))
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(e.Value))
	for _, text := range [...]string{e.Fence, e.Name, e.Unit, e.Other} {
		dst = appendText(dst, text)
	}
	return dst
}

// DecodeEvents reads what AppendEvents wrote, and appends to into. An error names the event, from 0, and the
// byte; into is returned as it was.
func DecodeEvents(data []byte, into []Event) ([]Event, error) {
	d := decoder{data: data}
	n := d.header(eventMagic, "events", 8+5+8+16+8+8+4)
	out := into
	for i := 0; i < n && d.err == nil; i++ {
		d.item = i
		out = append(out, d.event())
	}
	if err := d.end(); err != nil {
		return into, fmt.Errorf("events: %w", err)
	}
	return out, nil
}

func (d *decoder) event() Event {
	e := Event{
		Seq: d.u64(), Kind: fence.Kind(d.u8()), Reason: fence.Reason(d.u8()), Side: fence.Side(d.u8()), Class: spatial.Class(d.u8()),
	}
	possible := d.u8()
	if possible > 1 {
		d.fail("is neither possible nor sure")
	}
	e.Possible = possible == 1
	e.Time, e.At, e.For, e.Value = spatial.Instant(d.u64()), d.point(), time.Duration(d.u64()), d.f64()
	e.Fence, e.Name, e.Unit, e.Other = d.text(), d.text(), d.text(), d.text()
	return e
}
