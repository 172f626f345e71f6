package nmea_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/ingest/nmea"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

var nan = float32(math.NaN())

func at(text string) spatial.Instant {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return spatial.InstantOf(t)
}

// lines writes sentences with their checksums.
func lines(sentences ...string) (text string) {
	for _, s := range sentences {
		text += nmea.Sentence(s)
	}
	return text
}

// The sentences that begin with a checksum of their own are the examples of the standard's descriptions; the
// numbers of 4807.038 N, 01131.000 E are 48° 7.038' and 11° 31.000'.
func TestSentencesBecomeReports(t *testing.T) {
	munich := orb.Point{11 + 31./60, 48 + 7.038/60}
	tests := []struct {
		name, body string
		want       []live.Report
	}{
		{"RMC of the descriptions", "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A", []live.Report{
			{Fix: at("1994-03-23T12:35:19Z"), Point: munich, Altitude: nan, Speed: 22.4 * 1852 / 3600, Course: 84.4, Accuracy: nan, Source: live.GNSS},
		}},
		{"RMC, GGA and VTG of one moment", "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n" +
			"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n$GPVTG,054.7,T,034.4,M,005.5,N,010.2,K*48\r\n", []live.Report{
			{Fix: at("1994-03-23T12:35:19Z"), Point: munich, Altitude: 545.4, Speed: 5.5 * 1852 / 3600, Course: 54.7, Accuracy: 3.6, Satellites: 8, Source: live.GNSS},
		}},
		{"south and west, fractions of a second", lines("GNRMC,083000.250,A,3312.5000,S,07030.2500,W,0.0,,010326,,,A"), []live.Report{
			{Fix: at("2026-03-01T08:30:00.25Z"), Point: orb.Point{-70 - 30.25/60, -33 - 12.5/60}, Altitude: nan, Course: nan, Accuracy: nan, Source: live.GNSS},
		}},
		{"BeiDou alone", lines("BDRMC,083000,A,3203.6000,N,11847.4000,E,19.4,90.0,010326,,,A", "BDGGA,083000,3203.6000,N,11847.4000,E,1,11,1.5,-25.5,M,,M,,"), []live.Report{
			{Fix: at("2026-03-01T08:30:00Z"), Point: orb.Point{118.79, 32.06}, Altitude: -25.5, Speed: 19.4 * 1852 / 3600, Course: 90, Accuracy: 6, Satellites: 11, Source: live.BeiDou},
		}},
		{"GNS with four systems, of which one has a fix", lines("GNRMC,083000,A,3203.6000,N,11847.4000,E,,,010326,,,A", "GNGNS,083000,3203.6000,N,11847.4000,E,NANN,09,1.0,12.0,3.0,,"), []live.Report{
			{Fix: at("2026-03-01T08:30:00Z"), Point: orb.Point{118.79, 32.06}, Altitude: 12, Speed: nan, Course: nan, Accuracy: 4, Satellites: 9, Source: live.GNSS},
		}},
		{"a tunnel: dead reckoning", lines("GNRMC,083000,A,3203.6000,N,11847.4000,E,10.0,360.0,010326,,,E", "GNGGA,083000,3203.6000,N,11847.4000,E,6,00,99.99,,M,,M,,"), []live.Report{
			{Fix: at("2026-03-01T08:30:00Z"), Point: orb.Point{118.79, 32.06}, Altitude: nan, Speed: 10 * 1852. / 3600, Accuracy: nan, Source: live.DeadReckoning},
		}},
		{"a simulator says so", lines("GPRMC,083000,A,3203.6000,N,11847.4000,E,0,0,010326,,,S"), []live.Report{
			{Fix: at("2026-03-01T08:30:00Z"), Point: orb.Point{118.79, 32.06}, Altitude: nan, Accuracy: nan, Source: live.GNSS, Flags: live.Mock},
		}},
		{"no fix is a sign of life", lines("GPRMC,083000,V,,,,,,,010326,,,N", "GPGGA,083000,,,,,0,00,99.99,,M,,M,,"), []live.Report{
			{Fix: at("2026-03-01T08:30:00Z"), Altitude: nan, Speed: nan, Course: nan, Accuracy: nan, Source: live.GNSS, Flags: live.NoFix},
		}},
		{"void in one sentence is void", lines("GPRMC,083000,V,3203.6000,N,11847.4000,E,0,0,010326,,,E", "GPGGA,083000,3203.6000,N,11847.4000,E,6,00,5.0,1.0,M,,M,,"), []live.Report{
			{Fix: at("2026-03-01T08:30:00Z"), Altitude: 1, Accuracy: 20, Source: live.DeadReckoning, Flags: live.NoFix},
		}},
		{"three moments, over midnight, the date told once", lines("GPRMC,235958,A,3203.6000,N,11847.4000,E,0,0,280226,,,A", "GPGGA,235959,3203.6000,N,11847.4000,E,1,08,1.0,1.0,M,,M,,",
			"GPGGA,000000,3203.6000,N,11847.4000,E,1,08,1.0,1.0,M,,M,,"), []live.Report{
			{Fix: at("2026-02-28T23:59:58Z"), Point: orb.Point{118.79, 32.06}, Altitude: nan, Accuracy: nan, Source: live.GNSS},
			{Fix: at("2026-02-28T23:59:59Z"), Point: orb.Point{118.79, 32.06}, Altitude: 1, Speed: nan, Course: nan, Accuracy: 4, Satellites: 8, Source: live.GNSS},
			{Fix: at("2026-03-01T00:00:00Z"), Point: orb.Point{118.79, 32.06}, Altitude: 1, Speed: nan, Course: nan, Accuracy: 4, Satellites: 8, Source: live.GNSS},
		}},
		{"others are passed over, damaged lines as well", "\r\n" + lines("GPGSV,1,1,00", "PUBX,00", "HCHDG,101.1,,,7.1,W") + "!AIVDM,1,1*00\r\n$GPRMC,12\x00\xff\r\n" +
			lines("GPRMC,083000,A,3203.6000,N,11847.4000,E,0,0,010326,,,A"), []live.Report{
			{Fix: at("2026-03-01T08:30:00Z"), Point: orb.Point{118.79, 32.06}, Altitude: nan, Accuracy: nan, Source: live.GNSS},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := nmea.Parse("tracker-1", []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, tt.want)
		})
	}
}

// same compares reports of tracker-1. Points may differ by a millimetre.
func same(t *testing.T, got, want []live.Report) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %+v, want %d reports", got, len(want))
	}
	equal := func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-4 || a != a && b != b }
	for i, g := range got {
		w := want[i]
		if g.Device != "tracker-1" || g.Fix != w.Fix || math.Abs(g.Point[0]-w.Point[0]) > 1e-8 || math.Abs(g.Point[1]-w.Point[1]) > 1e-8 ||
			!equal(g.Altitude, w.Altitude) || !equal(g.Speed, w.Speed) || !equal(g.Course, w.Course) || !equal(g.Accuracy, w.Accuracy) || g.Battery == g.Battery ||
			g.Satellites != w.Satellites || g.Source != w.Source || g.Flags != w.Flags {
			t.Errorf("report %d: got %+v\nwant %+v", i, g, w)
		}
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	rmc := func(fields string) string { return lines("GPRMC," + fields) }
	tests := []struct{ name, body, want string }{
		{"nothing", "", "there is no sentence with a position"},
		{"other sentences only", lines("GPGSV,1,1,00"), "there is no sentence with a position"},
		{"no sentence", "hello\n", "line 1: the line is no sentence"},
		{"no checksum", "$GPRMC,083000,A,3203.6000,N,11847.4000,E,0,0,010326\n", "line 1: the line is no sentence"},
		{"wrong checksum", "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6B", "line 1: the checksum does not match"},
		{"no date", lines("GPGGA,083000,3203.6000,N,11847.4000,E,1,08,1.0,1.0,M,,M,,"), "no RMC sentence has told the date"},
		{"61 minutes", rmc("083000,A,3261.0000,N,11847.4000,E,0,0,010326"), `line 1: "3261.0000" is no angle`},
		{"91 degrees", rmc("083000,A,9100.0000,N,11847.4000,E,0,0,010326"), `line 1: "9100.0000" is no angle`},
		{"half of the earth", rmc("083000,A,3203.6000,X,11847.4000,E,0,0,010326"), `line 1: "X" is neither N nor S`},
		{"time of day", rmc("250000,A,3203.6000,N,11847.4000,E,0,0,010326"), `line 1: "250000" is no time of day`},
		{"date", rmc("083000,A,3203.6000,N,11847.4000,E,0,0,310226"), `line 1: "310226" is no date`},
		{"hexadecimal", rmc("083000,A,0x1p4,N,11847.4000,E,0,0,010326"), `line 1: "0x1p4" is no number`},
		{"mode", rmc("083000,A,3203.6000,N,11847.4000,E,0,0,010326,,,Q"), `line 1: "Q" is no mode`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rs, err := nmea.Parse("d", []byte(tt.body))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %+v, %v\nwant %q", rs, err, tt.want)
			}
		})
	}
}

// What is written as sentences is read again, in whichever order the sentences of a moment come.
func TestTheOrderWithinAMomentDoesNotMatter(t *testing.T) {
	var want []live.Report
	for order := range 6 {
		var body string
		for i := range 20 {
			clock := fmt.Sprintf("0830%02d.00", i)
			moment := []string{
				"GNRMC," + clock + fmt.Sprintf(",A,32%07.4f,N,118%07.4f,E,%.1f,%.1f,010326,,,A", float64(i)*2.9, float64(i)*1.7, float64(i), float64(i)*9),
				"GNGGA," + clock + fmt.Sprintf(",32%07.4f,N,118%07.4f,E,1,08,1.2,%d.0,M,,M,,", float64(i)*2.9, float64(i)*1.7, i-5),
				"GNGNS," + clock + fmt.Sprintf(",32%07.4f,N,118%07.4f,E,AA,08,1.2,%d.0,,,", float64(i)*2.9, float64(i)*1.7, i-5),
			}
			a, b := order%3, order/3
			moment[0], moment[a] = moment[a], moment[0]
			moment[1], moment[1+b] = moment[1+b], moment[1]
			body += lines(moment...)
		}
		got, err := nmea.Parse("tracker-1", []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if order == 0 {
			if want = slices.Clone(got); len(want) != 20 {
				t.Fatalf("got %d reports", len(want))
			}
		}
		same(t, got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\n", false)
	f.Add("GNGNS,083000,3203.6000,N,11847.4000,E,NANN,09,1.0,12.0,3.0,,\nGPRMC,000000.99,A,0000.0,S,00000.0,W,,,010100", true)
	f.Fuzz(func(t *testing.T, body string, sign bool) {
		if sign { // or no line would ever have the right checksum
			body = lines(strings.Split(body, "\n")...)
		}
		rs, err := nmea.Parse("d", []byte(body))
		if (err == nil) != (len(rs) > 0) {
			t.Fatalf("%d reports and error %v", len(rs), err)
		}
		for _, r := range rs {
			if r.Fix == 0 && !strings.Contains(body, "010170") || math.Abs(r.Point[0]) > 180 || math.Abs(r.Point[1]) > 90 || r.Course < 0 || r.Course >= 360 || r.Speed < 0 {
				t.Fatalf("%q gave %+v", body, r)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body := []byte(lines("GNRMC,083000,A,3203.6000,N,11847.4000,E,19.4,90.0,010326,,,A", "GNGGA,083000,3203.6000,N,11847.4000,E,1,11,1.5,25.5,M,,M,,", "GNVTG,90.0,T,,M,19.4,N,35.9,K,A"))
	b.ReportAllocs()
	for b.Loop() {
		if rs, err := nmea.Parse("d", body); err != nil || len(rs) != 1 {
			b.Fatal(err)
		}
	}
}
