package shape

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// mend repairs polygons in which check found a fault: first ring by ring, then, when they still overlap
// themselves or each other, all together. Whatever it returns is valid.
func mend(polygons []orb.Polygon, bad *Invalid) ([]orb.Polygon, []string, error) {
	clean, notes, err := cleanAll(polygons, bad)
	if err != nil {
		return nil, nil, err
	}
	c := newChecker()
	defer c.free()
	if bad = c.check(clean); bad == nil {
		return c.rewind(clean), notes, nil
	}
	out, more, err := fill(clean, bad)
	if err != nil {
		return nil, nil, err
	}
	if left := c.check(out); left != nil {
		return nil, nil, invalid(left.At, "the geometry cannot be repaired: %s; after that, %s", bad.Error(), left.Reason)
	}
	return c.rewind(out), append(notes, more...), nil
}

// cleanAll cleans every ring and leaves out those without an inside and those that are there twice.
func cleanAll(polygons []orb.Polygon, bad *Invalid) (out []orb.Polygon, notes []string, err error) {
	seen := album{}
	for i, p := range polygons {
		prefix := ""
		if len(polygons) > 1 {
			prefix = fmt.Sprintf("polygon %d, ", i+1)
		}
		clean, more, err := cleanPolygon(p, prefix)
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, more...)
		if len(clean) == 0 {
			continue
		}
		if n, twice := seen.add(clean[0], i); twice && samePolygon(out, clean) {
			notes = append(notes, fmt.Sprintf("%spolygon %d again: left out, at %s", prefix, n+1, spatial.At(clean[0][0])))
			continue
		}
		out = append(out, clean)
	}
	if len(out) == 0 {
		return nil, nil, bad
	}
	return out, notes, nil
}

func cleanPolygon(p orb.Polygon, prefix string) (clean orb.Polygon, notes []string, err error) {
	seen := album{}
	for j, r := range p {
		good, more, err := cleanRing(r, fmt.Sprintf("%sring %d", prefix, j+1))
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, more...)
		if good == nil && j == 0 {
			if len(p) > 1 {
				notes = append(notes, fmt.Sprintf("%sits %s went with it", prefix, count(len(p)-1, "hole")))
			}
			return nil, notes, nil
		}
		if good == nil {
			continue
		}
		if n, twice := seen.add(good, j); twice && n > 0 {
			notes = append(notes, fmt.Sprintf("%sring %d is ring %d again: left out, at %s", prefix, j+1, n+1, spatial.At(good[0])))
			continue
		}
		clean = append(clean, good)
	}
	return clean, notes, nil
}

// samePolygon tells whether one of the polygons has the same rings.
func samePolygon(polygons []orb.Polygon, p orb.Polygon) bool {
	return slices.ContainsFunc(polygons, func(o orb.Polygon) bool {
		if len(o) != len(p) || len(o[0]) != len(p[0]) {
			return false
		}
		seen := album{}
		for i, r := range o {
			seen.add(r, i)
		}
		return !slices.ContainsFunc(p, func(r orb.Ring) bool { _, there := seen.add(r, 0); return !there })
	})
}

// An album knows rings again, wherever they start and however they run.
type album map[face][]picture

type face struct {
	least, next orb.Point
	n           int
}

type picture struct {
	ring orb.Ring // open, from its least place to the lesser neighbour
	id   int
}

// add returns the number of the same ring that was added before, if there is one.
func (a album) add(r orb.Ring, id int) (int, bool) {
	open := r[:len(r)-1]
	least := 0
	for i, p := range open {
		if before(p, open[least]) {
			least = i
		}
	}
	turned := append(slices.Clone(open[least:]), open[:least]...)
	if n := len(turned); before(turned[n-1], turned[1]) {
		slices.Reverse(turned[1:])
	}
	f := face{turned[0], turned[1], len(turned)}
	for _, known := range a[f] {
		if slices.Equal(known.ring, turned) {
			return known.id, true
		}
	}
	a[f] = append(a[f], picture{turned, id})
	return 0, false
}

// cleanRing closes a ring and takes out repeated places and spikes. A ring of which nothing is left is nil.
func cleanRing(r orb.Ring, name string) (orb.Ring, []string, error) {
	var notes []string
	for _, p := range r {
		if !finite(p) {
			return nil, nil, invalid(p, "a coordinate of %s is not a number of this world", name)
		}
	}
	if len(r) == 0 {
		return nil, []string{name + " had no points and was left out"}, nil
	}
	var repeated, spikes []orb.Point
	out := make(orb.Ring, 0, len(r)+1)
	for _, p := range r {
		if n := len(out); n > 0 && out[n-1] == p {
			repeated = append(repeated, p)
			continue
		}
		for n := len(out); n > 1 && spike(out[n-2], out[n-1], p); n = len(out) {
			spikes = append(spikes, out[n-1])
			out = out[:n-1]
			if out[n-2] == p {
				out = out[:n-2]
			}
		}
		out = append(out, p)
	}
	closed := r[0] == r[len(r)-1]
	out, spikes = cleanSeam(out, spikes)
	if len(out) < 3 {
		return nil, append(notes, fmt.Sprintf("%s has no inside and was left out, at %s", name, spatial.At(r[0]))), nil
	}
	if !closed {
		notes = append(notes, fmt.Sprintf("%s was closed from %s to %s", name, spatial.At(r[len(r)-1]), spatial.At(r[0])))
	}
	notes = appendRemoved(notes, name, "repeated point", repeated)
	notes = appendRemoved(notes, name, "spike", spikes)
	return append(out, out[0]), notes, nil
}

// cleanSeam takes out what is repeated or a spike where the end of the ring meets its beginning, and opens it.
func cleanSeam(out orb.Ring, spikes []orb.Point) (orb.Ring, []orb.Point) {
	for len(out) > 1 {
		n := len(out)
		switch {
		case out[0] == out[n-1]:
			out = out[:n-1]
		case n > 2 && spike(out[n-2], out[n-1], out[0]):
			spikes, out = append(spikes, out[n-1]), out[:n-1]
		case n > 2 && spike(out[n-1], out[0], out[1]):
			spikes, out = append(spikes, out[0]), out[1:]
		default:
			return out, spikes
		}
	}
	return out, spikes
}

// spike tells whether the way from a to b to c goes back on itself.
func spike(a, b, c orb.Point) bool { return turn(a, b, c) == 0 && sameWay(b, a, c) }

func appendRemoved(notes []string, name, what string, at []orb.Point) []string {
	switch len(at) {
	case 0:
		return notes
	case 1:
		return append(notes, fmt.Sprintf("%s: a %s was removed at %s", name, what, spatial.At(at[0])))
	}
	return append(notes, fmt.Sprintf("%s: %d %ss were removed, the first at %s", name, len(at), what, spatial.At(at[0])))
}
