package live_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

func ExampleParseJSON() {
	rs, err := live.ParseJSON([]byte(`{"device":"BWC-0042","time":"2026-03-01T08:30:00.5+08:00","lon":118.79,"lat":32.06,"speed":3.5}`))
	fmt.Println(rs[0].Device, rs[0].Fix.Time().Format(time.RFC3339Nano), rs[0].Point, rs[0].Speed, err)
	// Output: BWC-0042 2026-03-01T00:30:00.5Z [118.79 32.06] 3.5 <nil>
}

func TestParseJSONReadsEveryField(t *testing.T) {
	rs, err := live.ParseJSON([]byte(` [ {"device":"a\u00e9\ud83d\ude00\n", "time":1772325000500, "lon":-0.5e1, "lat":3.25, "altitude":-2.5,
		"speed":12.25, "course":359.5, "accuracy":4, "battery":87, "satellites":11, "datum":"wgs84", "source":"gnss",
		"emergency":true, "mock":false, "late":true, "odometer":{"km":[1,2,{"x":null}], "s":"}"}} ] `))
	if err != nil {
		t.Fatal(err)
	}
	want := live.Report{
		Device: "aé😀\n", Fix: 1772325000500, Point: orb.Point{-5, 3.25}, Altitude: -2.5, Speed: 12.25, Course: 359.5, Accuracy: 4,
		Battery: 87, Satellites: 11, Source: live.GNSS, Flags: live.EmergencyFlag | live.LateUpload,
	}
	if len(rs) != 1 || rs[0] != want {
		t.Errorf("got %+v\nwant %+v", rs, want)
	}
}

func TestParseJSONTakesWhatIsNotKnownAsMissing(t *testing.T) {
	isNaN := func(v float32) bool { return math.IsNaN(float64(v)) }
	tests := []struct {
		name, members string
		want          func(live.Report) bool
	}{
		{"nothing but a place", ``, func(r live.Report) bool {
			return isNaN(r.Altitude) && isNaN(r.Speed) && isNaN(r.Course) && isNaN(r.Accuracy) && isNaN(r.Battery) && r.Datum == live.WGS84 && r.Source == live.Unknown
		}},
		{"null is missing", `,"speed":null,"datum":null`, func(r live.Report) bool { return isNaN(r.Speed) && r.Datum == live.WGS84 }},
		{"-1 is how phones say that they do not know", `,"speed":-1,"course":-1,"accuracy":-1,"battery":-1`, func(r live.Report) bool {
			return isNaN(r.Speed) && isNaN(r.Course) && isNaN(r.Accuracy) && isNaN(r.Battery)
		}},
		{"360 degrees are north", `,"course":360`, func(r live.Report) bool { return r.Course == 0 }},
		{"361 degrees are nothing", `,"course":361`, func(r live.Report) bool { return isNaN(r.Course) }},
		{"too fast for a float", `,"speed":1e300`, func(r live.Report) bool { return isNaN(r.Speed) }},
		{"the last of two of a name counts", `,"speed":1,"speed":2`, func(r live.Report) bool { return r.Speed == 2 }},
		{"zero stays zero", `,"speed":0,"course":0,"battery":0`, func(r live.Report) bool { return r.Speed == 0 && r.Course == 0 && r.Battery == 0 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rs, err := live.ParseJSON([]byte(`{"device":"d","time":1772325000500,"lon":1,"lat":2` + tt.members + `}`))
			if err != nil || !tt.want(rs[0]) {
				t.Errorf("got %+v, %v", rs, err)
			}
		})
	}
}

func TestParseJSONBringsEveryDatumToWGS84(t *testing.T) {
	// Tian'anmen: WGS84 116.39128, 39.90744 is 116.39753, 39.90885 in GCJ-02 and 116.40388, 39.91519 in BD-09 by
	// the public formulas, which services round to five digits.
	want := orb.Point{116.39128, 39.90744}
	for _, tt := range []struct {
		datum    live.Datum
		lon, lat float64
	}{
		{live.WGS84, 116.39128, 39.90744},
		{live.GCJ02, 116.39753, 39.90885},
		{live.BD09, 116.40388, 39.91519},
	} {
		text := fmt.Sprintf(`{"lon":%v,"datum":%q,"device":"d","time":1772325000500,"lat":%v}`, tt.lon, tt.datum, tt.lat)
		rs, err := live.ParseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		r := rs[0]
		if math.Abs(r.Point[0]-want[0]) > 3e-5 || math.Abs(r.Point[1]-want[1]) > 3e-5 {
			t.Errorf("%s: got %v, want %v within 3 m", tt.datum, r.Point, want)
		}
		raw := orb.Point{tt.lon, tt.lat}
		if tt.datum == live.WGS84 {
			raw = orb.Point{}
		}
		if r.Datum != tt.datum || r.Raw != raw {
			t.Errorf("%s: raw is %v %v, want %v", tt.datum, r.Datum, r.Raw, raw)
		}
	}
}

func TestParseJSONLeavesImpossiblePlacesToThePicture(t *testing.T) {
	rs, err := live.ParseJSON([]byte(`{"device":"d","time":1,"lon":200,"lat":-95,"datum":"gcj02"}`))
	if err != nil || rs[0].Point != (orb.Point{200, -95}) || rs[0].Flags != 0 {
		t.Errorf("got %+v, %v", rs, err)
	}
}

func TestParseJSONTakesASignOfLife(t *testing.T) {
	rs, err := live.ParseJSON([]byte(`{"device":"d","time":1772325000500,"battery":12}`))
	if err != nil || rs[0].Flags != live.NoFix || rs[0].Battery != 12 {
		t.Errorf("got %+v, %v", rs, err)
	}
}

func TestParseJSONNamesWhatIsWrong(t *testing.T) {
	const good = `{"device":"d","time":1772325000500,"lon":1,"lat":2}`
	tests := []struct{ name, text, want string }{
		{"nothing", ``, "{ or [ is missing: the text ends"},
		{"another kind", ` "a"`, `{ or [ is missing: '"' stands at byte 1`},
		{"third of an array", `[` + good + `,` + good + `,{"device":"d","time":1,"lat":2,"lon":"x"}]`, `report 2, lon: a number is missing: '"' stands at byte`},
		{"no device", `{"time":1,"lon":1,"lat":2}`, "report 0, device: it is missing"},
		{"no time", `{"device":"d","lon":1,"lat":2}`, "report 0, time: it is missing"},
		{"no lon", `{"device":"d","time":1,"lat":2}`, "report 0, lon: it is missing"},
		{"no lat", `{"device":"d","time":1,"lon":2}`, "report 0, lat: it is missing"},
		{"seconds", `{"device":"d","time":1772325000}`, "report 0, time: 1772325000 looks like seconds"},
		{"no time of this era", `{"device":"d","time":-5}`, "report 0, time: -5 is no time in milliseconds"},
		{"words for a time", `{"device":"d","time":"yesterday"}`, `report 0, time: "yesterday" is no time`},
		{"unknown datum", `{"device":"d","time":1,"lon":1,"lat":2,"datum":"xian80"}`, `report 0, datum: "xian80" is no datum: take wgs84, gcj02 or bd09`},
		{"unknown source", `{"device":"d","time":1,"source":"tea leaves"}`, `report 0, source: "tea leaves"`},
		{"number for a flag", `{"device":"d","time":1,"emergency":1}`, "report 0, emergency: true or false is missing: '1' stands"},
		{"NaN", `{"device":"d","time":1,"lon":NaN,"lat":2}`, "report 0, lon: a number is missing: 'N'"},
		{"leading zero", `{"device":"d","time":1,"lon":01,"lat":2}`, "report 0, lon: a number is missing"},
		{"bare point", `{"device":"d","time":1,"lon":1.,"lat":2}`, "report 0, lon: a digit is missing"},
		{"beyond floats", `{"device":"d","time":1,"lon":1e999,"lat":2}`, "report 0, lon: "},
		{"half an object", `{"device":"d"`, "report 0, device: , or } is missing: the text ends"},
		{"comma at the end", `[` + good + `,]`, "report 1: { is missing: ']' stands"},
		{"two texts", good + good, "something follows the reports at byte 51"},
		{"control character", "{\"device\":\"a\x01\"}", "report 0, device: 0x01 stands in a string"},
		{"not UTF-8", "{\"device\":\"a\xff\"}", "report 0, device: the string is not UTF-8"},
		{"escape of nothing", `{"device":"\q"}`, `report 0, device: "\\q" is no escape`},
		{"deep", `{"x":` + strings.Repeat("[", 200), "report 0, x: values are nested deeper than 64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rs, err := live.ParseJSON([]byte(tt.text))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, %v\nwant an error %q", rs, err, tt.want)
			}
		})
	}
}

func TestDecodeJSONGivesTheSenderToReportsWithoutOne(t *testing.T) {
	into := make([]live.Report, 1, 8)
	rs, err := live.DecodeJSON([]byte(`[{"time":1},{"time":2,"device":"other"}]`), "sender", into)
	if err != nil || len(rs) != 3 || rs[1].Device != "sender" || rs[2].Device != "other" {
		t.Errorf("got %+v, %v", rs, err)
	}
}

// numbers are read as strconv reads them, however they are written.
func TestParseJSONReadsNumbersExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 808))
	for range 20_000 {
		v := (rng.Float64() - .5) * math.Pow(10, float64(rng.IntN(30)-10))
		format := []byte{'f', 'e', 'g'}[rng.IntN(3)]
		lon := fmt.Sprintf("%."+fmt.Sprint(rng.IntN(20))+string(format), v)
		var want float64
		if err := json.Unmarshal([]byte(lon), &want); err != nil {
			t.Fatal(lon, err)
		}
		rs, err := live.ParseJSON([]byte(`{"device":"d","time":1,"lat":0,"lon":` + lon + `}`))
		if err != nil || rs[0].Point[0] != want {
			t.Fatalf("%s: got %v, %v, want %v", lon, rs, err, want)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`[{"device":"d\u0041","time":1772325000500,"lon":1.5,"lat":-2e1,"x":[{}]},{"device":"e","time":"2026-03-01T08:30:00Z"}]`))
	f.Add([]byte(`{"device":"d","time":1,"lon":0.1234567890123456789,"lat":2,"datum":"bd09","altitude":1E2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rs, err := live.ParseJSON(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("%q is no JSON and was read as %+v", data, rs)
		}
		for _, r := range rs {
			if r.Device == "" || r.Fix == 0 {
				t.Fatalf("%q gives a report of nobody or of no time: %+v", data, r)
			}
		}
		if len(rs) == 1 && rs[0].Flags&live.NoFix == 0 && rs[0].Datum == live.WGS84 {
			checkPlace(t, data, rs[0].Point)
		}
	})
}

// checkPlace compares with encoding/json, when the text is one object.
func checkPlace(t *testing.T, data []byte, got orb.Point) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return
	}
	var want orb.Point
	if json.Unmarshal(members["lon"], &want[0]) != nil || json.Unmarshal(members["lat"], &want[1]) != nil || got != want {
		t.Fatalf("%q: got %v, encoding/json reads %v", data, got, want)
	}
}

func BenchmarkParseJSON(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 1))
	for _, n := range []int{1, 100} {
		var list []string
		for i := range n {
			at := spatial.Instant(1772325000500 + 1000*i).Time().Format(time.RFC3339Nano)
			list = append(list, fmt.Sprintf(`{"device":"BWC-%05d","time":%q,"lon":%.7f,"lat":%.7f,"speed":%.1f,"course":%.1f,"accuracy":%.1f,"battery":%d,"source":"gnss"}`,
				rng.IntN(1e5), at, 118+rng.Float64(), 32+rng.Float64(), rng.Float64()*20, rng.Float64()*359, 3+rng.Float64()*9, rng.IntN(100)))
		}
		text := []byte("[" + strings.Join(list, ",") + "]")
		b.Run(fmt.Sprintf("reports=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			var into []live.Report
			for b.Loop() {
				rs, err := live.DecodeJSON(text, "", into[:0])
				if err != nil {
					b.Fatal(err)
				}
				into = rs
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "reports/s")
		})
	}
}
