package jt808_test

import (
	"math"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/ingest/jt808"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// All frames here are written down field by field from the tables of the standard; another program computed their
// checksums. Every talk begins with the terminal's proof: message 0102 of 32 bytes, number 13812345678, serial
// number 0, its code under the key of these tests. The answer is message 8001 of 5 bytes with the platform's serial
// number 0: to serial 0000, message 0102, result 0.
const (
	proof       = `7e 0102 0020 013812345678 0000 3135616133616337356465623462303433623435393139326564393065663734 4f 7e`
	proofAnswer = `7e 8001 0005 013812345678 0000 0000 0102 00 b6 7e`
)

var nan = float32(math.NaN())

func at(text string) spatial.Instant {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return spatial.InstantOf(t)
}

var goldens = []struct {
	name, frame, answer string
	want                []live.Report
}{
	{
		name: "2013: an emergency in Nanjing",
		frame: `7e 0200 001f ` + // position; body of 31 bytes, not encrypted, one packet
			`013812345678 0007 ` + // number of the terminal, serial number
			`00000001 ` + // alarm: emergency
			`000c0002 ` + // status: fixed, by GPS and BeiDou
			`01e93260 07149770 ` + // 32.060000 north, 118.790000 east
			`0019 0168 005a ` + // 25 m, 36.0 km/h, 90°
			`260301083000 ` + // 2026-03-01 08:30:00 of GMT+8
			`31 01 09 ` + // satellites: 9
			`65 7e`, // checksum
		answer: `7e 8001 0005 013812345678 0001 ` + // general answer, the platform's serial number 1
			`0007 0200 00 ` + // to serial number 7, a position: done
			`b1 7e`,
		want: []live.Report{{
			Fix: at("2026-03-01T00:30:00Z"), Point: orb.Point{118.79, 32.06}, Altitude: 25, Speed: 10, Course: 90,
			Satellites: 9, Source: live.GNSS, Flags: live.EmergencyFlag,
		}},
	},
	{
		name: "2019: south-west, below the sea, by BeiDou, a course that cannot be, escapes",
		frame: `7e 0200 401c 01 ` + // position; edition 2019, body of 28 bytes; revision 1
			`00000000013812345678 007d02 ` + // number, serial number 007e
			`00000080 0008000e ` + // alarm: power is low; status: fixed, south, west, by BeiDou
			`01fe685d 07147d017d02 ` + // 33.450077 south, 118.783358 west, which is 0x07147d7e
			`fffb 0000 0190 260301235959 ` + // -5 m, 0 km/h, 400°, 23:59:59 of GMT+8
			`de 7e`,
		answer: `7e 8001 4005 01 00000000013812345678 0001 007d02 0200 00 89 7e`,
		want: []live.Report{{
			Fix: at("2026-03-01T15:59:59Z"), Point: orb.Point{-118.783358, -33.450077}, Altitude: -5, Course: nan,
			Source: live.BeiDou, Flags: live.DeviceAlarm,
		}},
	},
	{
		name:   "2013: no fix is a sign of life",
		frame:  `7e 0200 001c 013812345678 0008 00000000 00000000 00000000 00000000 0000 0000 0000 260301083000 3b 7e`,
		answer: `7e 8001 0005 013812345678 0001 0008 0200 00 be 7e`,
		want:   []live.Report{{Fix: at("2026-03-01T00:30:00Z"), Altitude: nan, Speed: nan, Course: nan, Flags: live.NoFix}},
	},
	{
		name: "2013: a pair that the secrecy plug-in has shifted, and mileage",
		frame: `7e 0200 0022 013812345678 000b 00000000 ` +
			`00040022 ` + // status: fixed, encrypted, by GPS
			`01e92a4e 0714abbb ` + // 32.057934 north, 118.795195 east, both of GCJ-02: 32.060000, 118.790000 of WGS84
			`0019 0168 005a 260301083000 01 04 000186a0 a7 7e`,
		answer: `7e 8001 0005 013812345678 0001 000b 0200 00 bd 7e`,
		want: []live.Report{{
			Fix: at("2026-03-01T00:30:00Z"), Point: orb.Point{118.79, 32.06}, Raw: orb.Point{118.795195, 32.057934}, Datum: live.GCJ02,
			Altitude: 25, Speed: 10, Course: 90, Source: live.GNSS,
		}},
	},
	{
		name:   "2013: month 13 is no time",
		frame:  `7e 0200 001c 013812345678 0007 00000000 00000002 01e93260 07149770 0000 0000 0000 261301083000 68 7e`,
		answer: `7e 8001 0005 013812345678 0001 0007 0200 00 b1 7e`,
		want:   []live.Report{{Point: orb.Point{118.79, 32.06}, Source: live.GNSS}},
	},
	{
		name: "2013: two positions of a blind spot",
		frame: `7e 0704 003f 013812345678 0009 ` +
			`0002 01 ` + // two, kept in a blind spot
			`001c 00000000 00040002 01e93260 07149770 0019 0168 005a 260301083000 ` + // 28 bytes each
			`001c 00000000 00040002 01e932c4 071497d4 001a 0172 005b 260301083030 ` +
			`2f 7e`,
		answer: `7e 8001 0005 013812345678 0001 0009 0704 00 be 7e`,
		want:   blindSpot,
	},
	{
		name: "2013: the same in two packets",
		frame: `7e 0704 201e 013812345678 0010 0002 0001 ` + // in packets, 30 bytes; packet 1 of 2
			`0002 01 001c 00000000 00040002 01e93260 07149770 0019 0168 005a 260301 46 7e ` +
			`7e 0704 2021 013812345678 0011 0002 0002 ` + // serial numbers follow each other
			`083000 001c 00000000 00040002 01e932c4 071497d4 001a 0172 005b 260301083030 50 7e`,
		answer: `7e 8001 0005 013812345678 0001 0010 0704 00 a7 7e ` + `7e 8001 0005 013812345678 0002 0011 0704 00 a5 7e`,
		want:   blindSpot,
	},
}

func TestPositionsByteForByte(t *testing.T) {
	for _, tt := range goldens {
		t.Run(tt.name, func(t *testing.T) {
			k := &keeper{}
			_, address := open(t, k, jt808.Options{})
			l := dialLine(t, address)
			l.say(proof)
			l.hear(proofAnswer)
			l.say(tt.frame)
			l.hear(tt.answer)
			sameReports(t, k.kept(), tt.want)
		})
	}
}

var blindSpot = []live.Report{
	{Fix: at("2026-03-01T00:30:00Z"), Point: orb.Point{118.79, 32.06}, Altitude: 25, Speed: 10, Course: 90, Source: live.GNSS, Flags: live.LateUpload},
	{Fix: at("2026-03-01T00:30:30Z"), Point: orb.Point{118.7901, 32.0601}, Altitude: 26, Speed: 370. / 36, Course: 91, Source: live.GNSS, Flags: live.LateUpload},
}

// sameReports compares reports of 13812345678. Points may differ by a tenth of a metre, as GCJ-02 is rounded.
func sameReports(t *testing.T, got, want []live.Report) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d reports, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		w.Device = "13812345678"
		near := math.Abs(g.Point[0]-w.Point[0]) < 2e-6 && math.Abs(g.Point[1]-w.Point[1]) < 2e-6
		same := near && equal(g.Altitude, w.Altitude) && equal(g.Speed, w.Speed) && equal(g.Course, w.Course) && math.IsNaN(float64(g.Accuracy)) && math.IsNaN(float64(g.Battery))
		for _, r := range []*live.Report{&g, &w} {
			r.Point, r.Altitude, r.Speed, r.Course, r.Accuracy, r.Battery = orb.Point{}, 0, 0, 0, 0, 0
		}
		if !same || g != w {
			t.Errorf("report %d: got %+v\nwant %+v", i, got[i], want[i])
		}
	}
}

func equal(a, b float32) bool { return a == b || a != a && b != b }

func TestTalksByteForByte(t *testing.T) {
	const registration = `0020 0064 4341524431 5756310000000000000000000000000000000000 30303031303031 01 cbd5413132333435 `
	tests := []struct {
		name, say, hear string
		proven          bool
		bad, strangers  uint64
	}{
		{name: "registration of 2013 gives the code",
			// 45 bytes: province 32, city 100, manufacturer (5), model (20), terminal (7), blue plate, 苏A12345 in GBK.
			say: `7e 0100 002d 013812345678 0001 ` + registration + `12 7e`,
			// 8100: to serial number 1, result 0, the code.
			hear: `7e 8100 0023 013812345678 0000 0001 00 3135616133616337356465623462303433623435393139326564393065663734 cf 7e`},
		{name: "registration of 2019 has wider fields",
			say: `7e 0100 4054 01 00000000013812345678 0001 0020 0064 4341524431000000000000 ` +
				`575631000000000000000000000000000000000000000000000000000000 303030313030310000000000000000000000000000000000000000000000 01 cbd5413132333435 2a 7e`,
			hear: `7e 8100 4023 01 00000000013812345678 0000 0001 00 3135616133616337356465623462303433623435393139326564393065663734 8e 7e`},
		{name: "registration of a stranger: there is no such terminal", strangers: 1,
			say:  `7e 0100 002d 019999999999 0001 ` + registration + `bb 7e`,
			hear: `7e 8100 0003 019999999999 0000 0001 04 1f 7e`},
		{name: "authentication of 2019: length, code, IMEI, version of the software",
			say: `7e 0102 4044 01 00000000013812345678 0000 20 3135616133616337356465623462303433623435393139326564393065663734 ` +
				`383630303030303030303030303031 5631000000000000000000000000000000000000 12 7e`,
			hear: `7e 8001 4005 01 00000000013812345678 0000 0000 0102 00 f7 7e`},
		{name: "authentication with a wrong code", strangers: 1,
			say:  `7e 0102 0004 013812345678 0007 30313233 31 7e`,
			hear: `7e 8001 0005 013812345678 0000 0007 0102 01 b0 7e`},
		{name: "a position before the proof is refused", strangers: 1,
			say:  `7e 0200 001c 013812345678 0007 00000000 00000002 01e93260 07149770 0000 0000 0000 260301083000 78 7e`,
			hear: `7e 8001 0005 013812345678 0000 0007 0200 01 b1 7e`},
		{name: "a position in another's name is refused", proven: true, strangers: 1,
			say:  `7e 0200 001c 013812345679 0007 00000000 00000002 01e93260 07149770 0000 0000 0000 260301083000 79 7e`,
			hear: `7e 8001 0005 013812345679 0001 0007 0200 01 b1 7e`},
		{name: "heartbeat", proven: true,
			say:  `7e 0002 0000 013812345678 0007 34 7e`,
			hear: `7e 8001 0005 013812345678 0001 0007 0002 00 b1 7e`},
		{name: "the end mark of one frame may be the begin of the next", proven: true,
			say:  `7e 0002 0000 013812345678 0007 34 7e 0002 0000 013812345678 0007 34 7e`,
			hear: `7e 8001 0005 013812345678 0001 0007 0002 00 b1 7e 7e 8001 0005 013812345678 0002 0007 0002 00 b2 7e`},
		{name: "a message that the door does not know is not supported", proven: true,
			say:  `7e 0900 0001 013812345678 0007 41 7f 7e`,
			hear: `7e 8001 0005 013812345678 0001 0007 0900 03 b9 7e`},
		{name: "an encrypted body is not supported", proven: true,
			say:  `7e 0200 041c 013812345678 0007 00000000 00000002 01e93260 07149770 0000 0000 0000 260301083000 7c 7e`,
			hear: `7e 8001 0005 013812345678 0001 0007 0200 03 b2 7e`},
		{name: "a position of two bytes is malformed", proven: true, bad: 1,
			say:  `7e 0200 0002 013812345678 0007 0000 36 7e`,
			hear: `7e 8001 0005 013812345678 0001 0007 0200 02 b3 7e`},
		{name: "a batch that is cut short is malformed", proven: true, bad: 1,
			say:  `7e 0704 0007 013812345678 0007 0001 00 001c 0000 2f 7e`,
			hear: `7e 8001 0005 013812345678 0001 0007 0704 02 b2 7e`},
		{name: "a wrong checksum, a wrong length, an escape of nothing, garbage: no answer, the next frame is heard", proven: true, bad: 4,
			say: `0102037e 0002 0000 013812345678 0007 35 7e  7e 0200 0003 013812345678 0007 0000 37 7e ` +
				`7e 0002 7d03 7e  7e 0002 0000 013812345678 0007 34 7e`,
			hear: `7e 8001 0005 013812345678 0001 0007 0002 00 b1 7e`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := &keeper{}
			door, address := open(t, k, jt808.Options{})
			l := dialLine(t, address)
			if tt.proven {
				l.say(proof)
				l.hear(proofAnswer)
			}
			l.say(tt.say)
			l.hear(tt.hear)
			if c := door.Counts(); c.Bad != tt.bad || c.Strangers != tt.strangers || c.Received != 0 {
				t.Errorf("got %+v, want %d bad, %d strangers", c, tt.bad, tt.strangers)
			}
		})
	}
}
