package gtfsrt_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/MobilityData/gtfs-realtime-bindings/golang/gtfs"
	"github.com/paulmach/orb"
	"google.golang.org/protobuf/proto"

	"github.com/wardmap/wardmap/data/ingest/gtfsrt"
	"github.com/wardmap/wardmap/spatial"
)

func TestAFeedByteForByte(t *testing.T) {
	const feed = `0a 0d 0a03322e30 1000 18e0988ecd06 ` + // header: version "2.0", full, made at 1772325984
		`12 2f 0a0131 22 2a ` + // entity "1" with a vehicle position of 42 bytes
		`0a04 0a027431 ` + // trip "t1", passed over
		`12 14 0d713d0042 15b894ed42 1d0000b442 2d00002041 ` + // position: 32.06, 118.790466 as floats; bearing 90, speed 10
		`28d8988ecd06 ` + // measured at 1772325976
		`42 06 0a0442555337` // vehicle "BUS7"
	raw, err := hex.DecodeString(strings.ReplaceAll(feed, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	f, err := gtfsrt.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if f.Time != 1772325984000 || len(f.Vehicles) != 1 {
		t.Fatalf("got %+v", f)
	}
	v := f.Vehicles[0]
	if v.ID != "BUS7" || v.Time != 1772325976000 || v.Undated || math.Abs(v.Point[0]-118.790466) > 1e-5 || math.Abs(v.Point[1]-32.06) > 1e-5 || v.Bearing != 90 || v.Speed != 10 {
		t.Errorf("got %+v", v)
	}
}

// message makes a feed with everything that publishers write, of n vehicles.
func message(rng *rand.Rand, n int) *gtfs.FeedMessage {
	m := &gtfs.FeedMessage{Header: &gtfs.FeedHeader{GtfsRealtimeVersion: proto.String("2.0")}}
	if rng.IntN(4) > 0 {
		m.Header.Timestamp = proto.Uint64(1772325984 + rng.Uint64N(1000))
	}
	maybe := func() bool { return rng.IntN(3) > 0 }
	for i := range n {
		e := &gtfs.FeedEntity{Id: proto.String(fmt.Sprint(i))}
		m.Entity = append(m.Entity, e)
		if rng.IntN(20) == 0 {
			e.IsDeleted = proto.Bool(true)
		}
		if rng.IntN(10) == 0 {
			e.Alert = &gtfs.Alert{}
			continue
		}
		v := &gtfs.VehiclePosition{Trip: &gtfs.TripDescriptor{TripId: proto.String("t"), RouteId: proto.String("r")}, StopId: proto.String("s"), CurrentStopSequence: proto.Uint32(3)}
		e.Vehicle = v
		if maybe() {
			v.Vehicle = &gtfs.VehicleDescriptor{LicensePlate: proto.String("x")}
			if maybe() {
				v.Vehicle.Id = proto.String(fmt.Sprint("bus", rng.IntN(1000)))
			}
			if maybe() {
				v.Vehicle.Label = proto.String(fmt.Sprint("label", i))
			}
		}
		if maybe() {
			v.Position = &gtfs.Position{Latitude: proto.Float32(rng.Float32()*180 - 90), Longitude: proto.Float32(rng.Float32()*360 - 180), Odometer: proto.Float64(5)}
			if maybe() {
				v.Position.Bearing = proto.Float32(rng.Float32() * 360)
			}
			if maybe() {
				v.Position.Speed = proto.Float32(rng.Float32() * 20)
			}
		}
		if maybe() {
			v.Timestamp = proto.Uint64(1772325900 + rng.Uint64N(90))
		}
	}
	return m
}

// check compares what Decode gives with what the official bindings read.
func check(t *testing.T, data []byte, m *gtfs.FeedMessage) {
	t.Helper()
	got, err := gtfsrt.Decode(data)
	if err != nil {
		t.Fatalf("%x: %v", data, err)
	}
	i, skipped := 0, 0
	for _, e := range m.Entity {
		v := e.GetVehicle()
		if v == nil || e.GetIsDeleted() {
			continue
		}
		id := v.GetVehicle().GetId()
		if id == "" {
			id = v.GetVehicle().GetLabel()
		}
		if id == "" || v.Position == nil || v.Position.Latitude == nil || v.Position.Longitude == nil {
			skipped++
			continue
		}
		if i == len(got.Vehicles) {
			t.Fatalf("%x: vehicle %s is missing", data, id)
		}
		checkVehicle(t, got.Vehicles[i], v, id, m.Header.GetTimestamp())
		i++
	}
	if i != len(got.Vehicles) || skipped != got.Skipped {
		t.Errorf("%x: got %d vehicles and skipped %d, want %d, %d", data, len(got.Vehicles), got.Skipped, i, skipped)
	}
}

func checkVehicle(t *testing.T, got gtfsrt.Vehicle, v *gtfs.VehiclePosition, id string, made uint64) {
	t.Helper()
	at, undated := v.GetTimestamp(), false
	if at == 0 || at >= 253402300800 {
		at, undated = made, true
	}
	if at >= 253402300800 {
		at = 0
	}
	point := orb.Point{float64(v.Position.GetLongitude()), float64(v.Position.GetLatitude())}
	bearing := math.Mod(float64(v.Position.GetBearing()), 360)
	known := v.Position.Bearing != nil && v.Position.GetBearing() >= 0 && v.Position.GetBearing() <= 360
	if got.ID != id || got.Time != spatial.Instant(at*1000) || got.Undated != undated || !samePoint(got.Point, point) ||
		known && float64(got.Bearing) != bearing || !known && got.Bearing == got.Bearing {
		t.Errorf("got %+v\nwant %s at %d, %v", got, id, at, v.Position)
	}
	if speed := v.Position.GetSpeed(); v.Position.Speed != nil && speed >= 0 && speed <= math.MaxFloat32 && got.Speed != speed {
		t.Errorf("got speed %v, want %v", got.Speed, speed)
	}
}

func samePoint(a, b orb.Point) bool {
	same := func(x, y float64) bool { return x == y || x != x && y != y }
	return same(a[0], b[0]) && same(a[1], b[1])
}

func TestDecodeReadsWhatTheBindingsRead(t *testing.T) {
	for seed := range uint64(300) {
		m := message(rand.New(rand.NewPCG(seed, 7)), int(seed%40))
		data, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		check(t, data, m)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for seed := range uint64(5) {
		data, _ := proto.Marshal(message(rand.New(rand.NewPCG(seed, 7)), 3))
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m gtfs.FeedMessage
		if (proto.UnmarshalOptions{AllowPartial: true}).Unmarshal(data, &m) != nil {
			_, _ = gtfsrt.Decode(data) // it reads less, so it may find nothing wrong
			return
		}
		if m.Header == nil {
			m.Header = &gtfs.FeedHeader{}
		}
		check(t, data, &m)
	})
}

func BenchmarkDecode(b *testing.B) {
	data, err := proto.Marshal(message(rand.New(rand.NewPCG(1, 7)), 1000))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := gtfsrt.Decode(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by the bindings", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var m gtfs.FeedMessage
			if err := proto.Unmarshal(data, &m); err != nil {
				b.Fatal(err)
			}
		}
	})
}
