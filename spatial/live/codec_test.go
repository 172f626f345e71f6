package live_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

var unknown = float32(math.NaN())

// randomReport has some fields and others not.
func randomReport(r *rand.Rand) live.Report {
	maybe := func(v float32) float32 {
		if r.IntN(2) == 0 {
			return unknown
		}
		return v
	}
	one := live.Report{
		Device: fmt.Sprintf("serial-%d", r.IntN(1000)), Fix: spatial.Instant(r.Int64N(1 << 42)), Point: orb.Point{r.Float64()*360 - 180, r.Float64()*180 - 90},
		Altitude: maybe(r.Float32() * 900), Speed: maybe(r.Float32() * 40), Course: maybe(r.Float32() * 360), Accuracy: maybe(r.Float32() * 30),
		Battery: maybe(r.Float32() * 100), Satellites: uint8(r.IntN(3)), Source: live.Source(r.IntN(6)), Flags: live.Flags(r.IntN(32)),
	}
	if r.IntN(3) == 0 {
		one.Datum, one.Raw = live.Datum(1+r.IntN(2)), orb.Point{r.Float64() * 180, r.Float64() * 90}
	}
	if r.IntN(8) == 0 {
		one.Point = orb.Point{}
	}
	return one
}

func randomReports(r *rand.Rand, n int) (rs []live.Report) {
	for range n {
		rs = append(rs, randomReport(r))
	}
	return rs
}

// text of a value in which NaN equals NaN.
func text(v any) string { return fmt.Sprintf("%+v", v) }

func TestReportsComeBackFromTheirCompactForm(t *testing.T) {
	const seed = 21
	r := rand.New(rand.NewPCG(seed, 0))
	var again []live.Report
	for round := range 50 {
		rs := randomReports(r, r.IntN(40))
		data := live.AppendReports([]byte("before"), rs)[len("before"):]
		var err error
		if again, err = live.DecodeReports(data, again[:0]); err != nil || text(again) != text(rs) && len(rs) > 0 {
			t.Fatalf("seed %d, round %d: %v\n%+v became\n%+v", seed, round, err, rs, again)
		}
		for cut := range data {
			if got, err := live.DecodeReports(data[:cut], nil); err == nil || len(got) != 0 {
				t.Fatalf("seed %d, round %d: cut at byte %d of %d is read", seed, round, cut, len(data))
			}
		}
	}
}

func TestAReportOfAVehicleTakesFiftyBytes(t *testing.T) {
	r := live.Report{Device: "013800138000", Fix: 1, Point: orb.Point{105, 34}, Altitude: unknown, Speed: 9, Course: 90, Accuracy: 5, Battery: unknown, Source: live.BeiDou}
	if n := len(live.AppendReports(nil, []live.Report{r})) - 8; n != 52 {
		t.Errorf("it takes %d bytes", n)
	}
}

func TestBadBatchesAreRefusedWithTheirPlace(t *testing.T) {
	good := live.AppendReports(nil, []live.Report{{Device: "a", Fix: 1}, {Device: "b", Fix: 2}})
	patch := func(at int, b byte) []byte {
		data := append([]byte{}, good...)
		data[at] = b
		return data
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "byte 0: the data is cut"},
		{"something else", []byte("GIF89a..."), "byte 0: the data is no batch of reports: it does not begin with WMP1"},
		{"too many", patch(6, 0xff), "at most 100000 are allowed"},
		{"more than there are", patch(4, 9), "byte 8: the data is cut: it cannot hold the 9 items that it promises"},
		{"fields of the future", patch(11, 0xff), "item 0, byte 12: it names fields that nobody knows"},
		{"one cut", patch(8, 200), "item 0, byte 9: it is cut"},
		{"one byte more", append(append([]byte{}, good...), 0), "has 1 bytes too many"},
	}
	for _, test := range tests {
		into := []live.Report{{Device: "mine"}}
		got, err := live.DecodeReports(test.data, into)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
		if len(got) != 1 || got[0].Device != "mine" {
			t.Errorf("%s: the list became %v", test.name, got)
		}
	}
	long := live.AppendReports(nil, []live.Report{{Device: strings.Repeat("x", 256)}})
	if got, err := live.DecodeReports(long, nil); err != nil || got[0].Device != "" {
		t.Errorf("a device of 256 bytes: %v, %v", got, err)
	}
}

func TestDecodingAllocatesNothing(t *testing.T) {
	rs := randomReports(rand.New(rand.NewPCG(1, 1)), 100)
	data := live.AppendReports(nil, rs)
	var into []live.Report
	into, _ = live.DecodeReports(data, into[:0])
	if n := testing.AllocsPerRun(10, func() { into, _ = live.DecodeReports(data, into[:0]) }); n != 0 {
		t.Errorf("the same devices again: %v allocations", n)
	}
	p := live.NewPicture(live.Options{})
	for _, r := range rs {
		p.PutUnit(live.Unit{ID: r.Device + "-unit", Devices: []string{r.Device}}, 1, nil)
	}
	empty := make([]live.Report, 0, 100)
	if n := testing.AllocsPerRun(10, func() { clear(empty[:100]); live.DecodeReportsBy(data, empty, p.Intern) }); n != 0 {
		t.Errorf("registered devices: %v allocations", n)
	}
}

func randomEvent(r *rand.Rand) live.Event {
	words := []string{"", "beats/B12", "天水市公安局", "a \"quoted\" \\ name\n\u2028", "x"}
	word := func() string { return words[r.IntN(len(words))] }
	return live.Event{
		Seq: r.Uint64N(1 << 50), Kind: fence.Kind(1 + r.IntN(int(fence.Emergency))), Reason: fence.Reason(r.IntN(int(fence.TimePassed) + 1)), Possible: r.IntN(2) == 0,
		Side: fence.Side(r.IntN(3)), Fence: word(), Name: word(), Unit: word(), Class: spatial.Class(r.IntN(8)), Other: word(),
		Time: spatial.Instant(1 + r.Int64N(1<<42)), At: orb.Point{r.Float64()*360 - 180, r.Float64()*180 - 90}, For: time.Duration(r.Int64N(1e15)), Value: r.NormFloat64() * 100,
	}
}

func TestEventsComeBack(t *testing.T) {
	const seed = 22
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range 200 {
		var events []live.Event
		for range r.IntN(5) {
			events = append(events, randomEvent(r))
		}
		data := live.AppendEvents(nil, events)
		got, err := live.DecodeEvents(data, nil)
		if err != nil || !reflect.DeepEqual(got, events) {
			t.Fatalf("seed %d, round %d: %v\n%+v became\n%+v", seed, round, err, events, got)
		}
		for cut := range data {
			if _, err := live.DecodeEvents(data[:cut], nil); err == nil {
				t.Fatalf("seed %d, round %d: cut at byte %d of %d is read", seed, round, cut, len(data))
			}
		}
		for _, e := range events {
			var again live.Event
			if err := again.UnmarshalJSON(e.AppendJSON(nil)); err != nil {
				t.Fatalf("seed %d, round %d: %s: %v", seed, round, e.AppendJSON(nil), err)
			}
			if e.For -= again.For; e.For < -time.Microsecond || e.For > time.Microsecond {
				t.Fatalf("seed %d, round %d: For is off by %v", seed, round, e.For)
			}
			if again.For = e.For; again != e {
				t.Fatalf("seed %d, round %d: %+v became %+v", seed, round, e, again)
			}
		}
	}
}

func TestAnEventAsJSON(t *testing.T) {
	e := live.Event{
		Seq: 7, Kind: fence.Cross, Reason: fence.CameBack, Possible: true, Side: fence.LeftToRight, Fence: "posts/a\"b", Name: "东 gate", Unit: "P12",
		Class: spatial.Officer, Other: "P13", Time: spatial.InstantOf(time.Date(2026, 3, 1, 8, 30, 0, 250e6, time.UTC)), At: orb.Point{105.7, -34.5}, For: 90500 * time.Millisecond, Value: 13.25,
	}
	want := `{"seq":7,"kind":"cross","reason":"came_back","possible":true,"side":"left_to_right","fence":"posts/a\"b","fence_name":"东 gate","unit":"P12","class":"officer","other":"P13","time":"2026-03-01T08:30:00.250Z","lon":105.7,"lat":-34.5,"for_s":90.5,"value":13.25}`
	if got := string(e.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	bare := live.Event{Seq: 8, Kind: fence.Absent, Reason: fence.TimePassed, Fence: "posts/1", Time: 1e12, At: orb.Point{math.NaN(), 0}, Value: math.Inf(1)}
	if got, want := string(bare.AppendJSON(nil)), `{"seq":8,"kind":"absent","reason":"time_passed","fence":"posts/1","time":"2001-09-09T01:46:40.000Z"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzDecodeReports(f *testing.F) {
	f.Add(live.AppendReports(nil, randomReports(rand.New(rand.NewPCG(3, 3)), 3)))
	f.Add([]byte("WMP1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rs, err := live.DecodeReports(data, nil)
		if err != nil {
			return
		}
		again, err := live.DecodeReports(live.AppendReports(nil, rs), nil)
		if err != nil || text(again) != text(rs) {
			t.Fatalf("%v: %+v became %+v", err, rs, again)
		}
	})
}

func FuzzDecodeEvents(f *testing.F) {
	f.Add(live.AppendEvents(nil, []live.Event{randomEvent(rand.New(rand.NewPCG(3, 3)))}))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := live.DecodeEvents(data, nil)
		if err != nil {
			return
		}
		again, err := live.DecodeEvents(live.AppendEvents(nil, events), nil)
		if err != nil || text(again) != text(events) {
			t.Fatalf("%v: %+v became %+v", err, events, again)
		}
	})
}

func BenchmarkDecodeReports(b *testing.B) {
	rs := randomReports(rand.New(rand.NewPCG(1, 1)), 1000)
	data := live.AppendReports(nil, rs)
	var into []live.Report
	b.ReportAllocs()
	for b.Loop() {
		into, _ = live.DecodeReports(data, into[:0])
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rs)), "ns/report")
}
