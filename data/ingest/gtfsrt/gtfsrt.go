// Package gtfsrt takes positions of buses from a GTFS Realtime feed of vehicle positions, which it asks for at an
// interval or is given as bytes. The time of a position is that of the vehicle, which may be minutes older than the
// feed. Trips, routes, stops and occupancy are left out: a map of units has no use for them.
package gtfsrt

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/wardmap/wardmap/spatial"
)

// A Feed is one message of a publisher.
type Feed struct {
	Time     spatial.Instant // when it was made; 0 when it does not say
	Vehicles []Vehicle
	Skipped  int // vehicles without a name or without a position
}

// A Vehicle is where one vehicle was.
type Vehicle struct {
	ID      string          // of the vehicle, or its label when it has none
	Time    spatial.Instant // when it was measured, or of the feed
	Undated bool            // Time is of the feed
	Point   orb.Point
	Bearing float32 // degrees clockwise from north, [0, 360); NaN when unknown, as Speed
	Speed   float32 // m/s
}

// Decode reads a FeedMessage, of which it takes nothing but positions.
func Decode(data []byte) (Feed, error) {
	var f Feed
	var found []entity
	err := fields(data, func(n protowire.Number, v value) error {
		switch n {
		case 1: // header
			return fields(v.bytes, func(n protowire.Number, v value) error {
				if n == 3 && v.kind == protowire.VarintType {
					f.Time = seconds(v.number)
				}
				return nil
			})
		case 2: // entity
			e, err := decodeEntity(v.bytes)
			if err == nil && v.kind == protowire.BytesType && e.vehicle {
				found = append(found, e)
			}
			return err
		}
		return nil
	})
	if err != nil {
		return Feed{}, fmt.Errorf("GTFS Realtime: %w", err)
	}
	for _, e := range found {
		if e.deleted {
			continue
		}
		v, ok := e.settle(f.Time)
		if !ok {
			f.Skipped++
			continue
		}
		f.Vehicles = append(f.Vehicles, v)
	}
	return f, nil
}

// An entity is a vehicle as it is written: what comes twice is merged, the last counts.
type entity struct {
	deleted, vehicle bool
	time             uint64
	id, label        []byte
	lat, lon         float32
	hasLat, hasLon   bool
	bearing, speed   float32
}

func decodeEntity(data []byte) (entity, error) {
	e := entity{bearing: float32(math.NaN()), speed: float32(math.NaN())}
	err := fields(data, func(n protowire.Number, v value) error {
		switch {
		case n == 2 && v.kind == protowire.VarintType:
			e.deleted = v.number != 0
		case n == 4 && v.kind == protowire.BytesType:
			e.vehicle = true
			return e.position(v.bytes)
		}
		return nil
	})
	return e, err
}

// position reads a VehiclePosition.
func (e *entity) position(data []byte) error {
	return fields(data, func(n protowire.Number, v value) error {
		switch {
		case n == 2 && v.kind == protowire.BytesType:
			return fields(v.bytes, e.place)
		case n == 5 && v.kind == protowire.VarintType:
			e.time = v.number
		case n == 8 && v.kind == protowire.BytesType:
			return fields(v.bytes, e.name)
		}
		return nil
	})
}

// place reads the fields of a Position.
func (e *entity) place(n protowire.Number, v value) error {
	if v.kind != protowire.Fixed32Type {
		return nil
	}
	x := math.Float32frombits(uint32(v.number))
	switch n {
	case 1:
		e.lat, e.hasLat = x, true
	case 2:
		e.lon, e.hasLon = x, true
	case 3:
		e.bearing = x
	case 5:
		e.speed = x
	}
	return nil
}

// name reads the fields of a VehicleDescriptor.
func (e *entity) name(n protowire.Number, v value) error {
	if v.kind == protowire.BytesType {
		switch n {
		case 1:
			e.id = v.bytes
		case 2:
			e.label = v.bytes
		}
	}
	return nil
}

// settle makes a vehicle of an entity that has a name and a place.
func (e *entity) settle(feed spatial.Instant) (Vehicle, bool) {
	id := e.id
	if len(id) == 0 {
		id = e.label
	}
	if len(id) == 0 || !e.hasLat || !e.hasLon {
		return Vehicle{}, false
	}
	v := Vehicle{ID: string(id), Time: seconds(e.time), Point: orb.Point{float64(e.lon), float64(e.lat)}, Bearing: e.bearing, Speed: e.speed}
	if v.Time == 0 {
		v.Time, v.Undated = feed, true
	}
	if v.Bearing == 360 {
		v.Bearing = 0
	}
	if !(v.Bearing >= 0 && v.Bearing < 360) {
		v.Bearing = float32(math.NaN())
	}
	if !(v.Speed >= 0 && v.Speed <= math.MaxFloat32) {
		v.Speed = float32(math.NaN())
	}
	return v, true
}

// seconds is the instant of a POSIX time; what lies beyond the year 9999 is not known.
func seconds(s uint64) spatial.Instant {
	if s >= 253402300800 {
		return 0
	}
	return spatial.Instant(s * 1000)
}

// A value is one field as it is on the wire. Bytes are part of the input.
type value struct {
	kind   protowire.Type
	number uint64 // of varints and fixed 32 and 64 bits
	bytes  []byte
}

var errCut = errors.New("the message is cut short or damaged")

// fields visits the fields of a message, unknown ones too.
func fields(data []byte, visit func(protowire.Number, value) error) error {
	for len(data) > 0 {
		n, kind, size := protowire.ConsumeTag(data)
		if size < 0 {
			return errCut
		}
		data = data[size:]
		v := value{kind: kind}
		switch kind {
		case protowire.VarintType:
			v.number, size = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var bits uint32
			bits, size = protowire.ConsumeFixed32(data)
			v.number = uint64(bits)
		case protowire.BytesType:
			v.bytes, size = protowire.ConsumeBytes(data)
		default:
			size = protowire.ConsumeFieldValue(n, kind, data)
		}
		if size < 0 {
			return errCut
		}
		data = data[size:]
		if err := visit(n, v); err != nil {
			return err
		}
	}
	return nil
}
