package live

import (
	"cmp"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/index"
)

// glimpse is a unit as it is seen now, without the fences that it is inside of.
func (w *world) glimpse(h fence.Handle, at spatial.Instant) Sight {
	u := &w.units[h]
	s := Sight{
		Unit: u.registration(), Handle: int32(h), Fix: u.fix, Heard: u.heard, Altitude: u.altitude, Speed: u.speed, Course: u.course,
		Accuracy: u.accuracy, Battery: u.battery, Source: u.source, Flags: u.flagged(),
		Freshness: u.fresh(at, &w.limits[u.class]), StateAt: u.stateAt, Version: u.version,
	}
	s.Unit.State = u.shown()
	if p, ok := u.at(); ok {
		s.Point, s.Known = p, true
	}
	return s
}

// sight is all that is known of a unit.
func (w *world) sight(h fence.Handle, at spatial.Instant) Sight {
	s := w.glimpse(h, at)
	for f := range w.fences.Inside(h) {
		s.Inside = append(s.Inside, f.ID)
	}
	return s
}

// nearest are the units nearest to a point that the filter admits.
func (w *world) nearest(q *Search) []Near {
	at := w.when(&q.Filter)
	meters := q.Within
	if meters <= 0 {
		meters = index.Anywhere
	}
	k := cmp.Or(max(q.K, 0), 10)
	keep := func(item int32) bool { return w.refuse(fence.Handle(item), &q.Filter, at) == admitted }
	found := w.grid.Nearest(q.Point, k, meters, q.Filter.groups(), keep, make([]index.Neighbor, 0, min(k, w.grid.Len())))
	near := make([]Near, len(found))
	for i, n := range found {
		near[i] = Near{w.glimpse(fence.Handle(n.Item), at), n.Meters}
	}
	return near
}

// within visits the units in a box that the filter admits.
func (w *world) within(box orb.Bound, f *Filter, visit func(Sight) bool) {
	at := w.when(f)
	w.grid.Search(box, f.groups(), func(item int32, _ orb.Point) bool {
		h := fence.Handle(item)
		return w.refuse(h, f, at) != admitted || visit(w.sight(h, at))
	})
}

func (w *world) counts() Counts {
	c := Counts{
		Verdict: map[Verdict]uint64{}, Units: map[spatial.Class]map[Freshness]int{}, Event: map[fence.Kind]uint64{},
		Fences: w.fences.Len(), Seq: w.seq,
	}
	for v, n := range w.verdicts {
		c.Reports += n
		if n > 0 {
			c.Verdict[Verdict(v)] = n
		}
	}
	for kind, n := range w.events {
		if n > 0 {
			c.Event[fence.Kind(kind)] = n
		}
	}
	for h := range w.units {
		u := &w.units[h]
		if u.gone {
			continue
		}
		if c.Units[u.class] == nil {
			c.Units[u.class] = map[Freshness]int{}
		}
		c.Units[u.class][u.fresh(w.now, &w.limits[u.class])]++
	}
	return c
}
