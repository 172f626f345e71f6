package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

func is(err, target error) bool { return errors.Is(err, target) }

func testWhere(s *suite) {
	rng, fs := s.fill(20, 300)
	values := map[string][]any{
		"name": {"秦州", "North 1", "South's", "nobody"}, "number": {int64(0), int64(50), int64(-1)}, "active": {true, false},
		"since": {"2026-03-01", "2026-12-01"}, "height": {fs[0].Properties["height"], 0.5},
		"seen": {fs[1].Properties["seen"], "2026-01-01T00:00:00Z"},
	}
	for name, some := range values {
		for _, v := range some {
			if v != nil {
				s.agree("areas", fs, layers.Query{Where: map[string]any{name: v}, Limit: 20}, "where "+name)
			}
		}
	}
	for i := range 40 {
		q := layers.Query{Where: map[string]any{}, Limit: 1 + rng.IntN(10)}
		f := fs[rng.IntN(len(fs))]
		for name, v := range f.Properties {
			if rng.IntN(3) == 0 {
				q.Where[name] = v
			}
		}
		s.agree("areas", fs, q, fmt.Sprintf("seed 20, round %d", i))
	}
}

func testEffective(s *suite) {
	var fs []spatial.Feature
	for i, v := range []spatial.Validity{{}, {From: day(10)}, {To: day(20)}, {From: day(10), To: day(20)}, {From: day(15).Add(time.Microsecond)}, {From: day(20), To: day(21)}} {
		f := place(fmt.Sprint(i), 105.7, 34.5)
		f.Effective = v
		fs = append(fs, f)
	}
	s.apply(creates("places", fs)...)
	times := []time.Time{{}, day(9), day(10).Add(-time.Microsecond), day(10), day(15), day(15).Add(time.Microsecond),
		day(20).Add(-time.Microsecond), day(20), day(20).In(time.FixedZone("UTC+8", 8*3600)), day(21), day(400)}
	for _, from := range times {
		s.agree("places", fs, layers.Query{At: from}, "at")
		for _, to := range times {
			if !to.Before(from) || to.IsZero() {
				s.agree("places", fs, layers.Query{From: from, To: to}, "from to")
				s.agree("places", fs, layers.Query{At: day(15), From: from, To: to}, "at, from and to ignored")
			}
		}
	}
}

func testFilters(s *suite) {
	rng, fs := s.fill(21, 600)
	for i := range 50 {
		q := layers.Query{Limit: 1 + rng.IntN(50)}
		if rng.IntN(2) == 0 {
			q.Bounds = []orb.Bound{randomBox(rng), randomBox(rng)}
		}
		switch rng.IntN(3) {
		case 0:
			q.At = day(rng.IntN(400))
		case 1:
			q.From = day(rng.IntN(200))
			q.To = day(200 + rng.IntN(200))
		}
		if rng.IntN(2) == 0 {
			q.Where = map[string]any{"active": rng.IntN(2) == 0}
		}
		if rng.IntN(2) == 0 {
			q.After = fs[rng.IntN(len(fs))].ID
		}
		q.Offset = rng.IntN(3) * rng.IntN(20)
		s.agree("areas", fs, q, fmt.Sprintf("seed 21, round %d", i))
	}
}
