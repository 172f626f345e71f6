package jt808

import (
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/live"
)

// BenchmarkDecode is everything between the bytes of a connection and a report: frame, message, position.
func BenchmarkDecode(b *testing.B) {
	n, err := ParseNumber("13812345678")
	if err != nil {
		b.Fatal(err)
	}
	raw := message{ID: idLocation, Terminal: n, Body: appendLocation(nil, live.Report{Fix: 1772325000000, Point: orb.Point{118.79, 32.06}, Satellites: 9})}.append(nil)
	frame := make([]byte, len(raw)-2)
	b.ReportAllocs()
	for b.Loop() {
		copy(frame, raw[1:]) // unframe works in place
		data, err := unframe(frame)
		if err != nil {
			b.Fatal(err)
		}
		m, err := parseMessage(data)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := parseLocation(m.Body); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
}
