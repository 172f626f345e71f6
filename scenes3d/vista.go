package scenes3d

import (
	"fmt"
	"math"
	"slices"

	"github.com/wardmap/wardmap/tiles"
)

// A vista is the bodies around an eye, in metres east and north of it.
type vista struct {
	eye         Place   // its height is above the ellipsoid
	east, north float64 // m per degree
	terrain     func(lon, lat float64) (float64, bool)
	around      []obstacle
	sectors     [rays][]int32 // obstacles by direction, clockwise from north
	crossed     []float64     // scratch
	found       []span
}

type obstacle struct {
	body *body
	at   []float64 // x, y of its corners
}

// vista collects what may hide something within a distance.
func (s *Set) vista(eye Place, reach float64) (*vista, error) {
	switch {
	case !(math.Abs(eye.Lon) <= 180 && math.Abs(eye.Lat) < 89 && eye.Height >= -500 && eye.Height <= 10000):
		return nil, fmt.Errorf("nobody looks from %v, %v at a height of %v m", eye.Lon, eye.Lat, eye.Height)
	case !(reach >= 0 && reach <= MostSight):
		return nil, fmt.Errorf("%.0f m are too far: one can look %d m", reach, MostSight)
	}
	v := &vista{eye: eye, terrain: s.spec.Ground}
	var err error
	if v.eye.Height, err = s.level(eye); err != nil {
		return nil, err
	}
	v.east, v.north = perDegree(eye.Lat)
	area := box{eye.Lon - reach/v.east, eye.Lat - reach/v.north, eye.Lon + reach/v.east, eye.Lat + reach/v.north, math.Inf(-1), math.Inf(1)}
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.tree.within(tiles.ID{}, area, func(b *body) { v.take(b) })
	slices.SortFunc(v.around, func(a, b obstacle) int {
		if a.body.id < b.body.id {
			return -1
		}
		return 1
	})
	for i := range v.around {
		v.sort(int32(i))
	}
	return v, nil
}

// perDegree are the metres of a degree of longitude and of latitude at a latitude.
func perDegree(lat float64) (east, north float64) {
	sin := math.Sin(lat * math.Pi / 180)
	w := math.Sqrt(1 - eccentricity*sin*sin)
	return semiMajor / w * math.Cos(lat*math.Pi/180) * math.Pi / 180, semiMajor * (1 - eccentricity) / (w * w * w) * math.Pi / 180
}

// within visits the bodies whose boxes meet an area.
func (t *tree) within(id tiles.ID, area box, visit func(*body)) {
	c := t.cells[id]
	if c == nil || !c.all.box.meets(area) {
		return
	}
	for _, b := range c.bodies {
		if b.box.meets(area) {
			visit(b)
		}
	}
	if id.Z < deepestZoom {
		for _, child := range children(id) {
			t.within(child, area, visit)
		}
	}
}

func (b box) meets(o box) bool {
	return b.west <= o.east && o.west <= b.east && b.south <= o.north && o.south <= b.north
}

func (v *vista) plane(lon, lat float64) (x, y float64) {
	return (lon - v.eye.Lon) * v.east, (lat - v.eye.Lat) * v.north
}

func (v *vista) degrees(x, y float64) (lon, lat float64) {
	return v.eye.Lon + x/v.east, v.eye.Lat + y/v.north
}

func (v *vista) take(b *body) {
	o := obstacle{b, make([]float64, len(b.coords))}
	for i := 0; i < len(b.coords); i += 2 {
		o.at[i], o.at[i+1] = v.plane(b.coords[i], b.coords[i+1])
	}
	v.around = append(v.around, o)
}

// sort puts an obstacle into the sectors in which it stands: as far as its outlines turn to each side.
func (v *vista) sort(i int32) {
	o := &v.around[i]
	if o.contains(0, 0) {
		return // who stands in it looks out of it
	}
	start := 0
	for _, r := range o.body.rings {
		ring := o.at[start : 2*int(r.end)]
		start = 2 * int(r.end)
		if r.hole {
			continue
		}
		first := math.Atan2(ring[0], ring[1])
		at, low, high := 0.0, 0.0, 0.0
		for k := 2; k < len(ring); k += 2 {
			ax, ay, bx, by := ring[k-2], ring[k-1], ring[k], ring[k+1]
			at -= math.Atan2(ax*by-ay*bx, ax*bx+ay*by) // clockwise
			low, high = min(low, at), max(high, at)
		}
		from, to := int(math.Floor((first+low)/(2*math.Pi)*rays-1e-9)), int(math.Floor((first+high)/(2*math.Pi)*rays+1e-9))
		for k := from; k <= min(to, from+rays-1); k++ {
			sector := &v.sectors[(k%rays+rays)%rays]
			if n := len(*sector); n == 0 || (*sector)[n-1] != i {
				*sector = append(*sector, i)
			}
		}
	}
}

// edges visits all edges.
func (o *obstacle) edges(visit func(ax, ay, bx, by float64)) {
	start := 0
	for _, r := range o.body.rings {
		end := 2 * int(r.end)
		for i := start; i < end; i += 2 {
			j := i + 2
			if j == end {
				j = start
			}
			visit(o.at[i], o.at[i+1], o.at[j], o.at[j+1])
		}
		start = end
	}
}

// contains tells by the even-odd rule.
func (o *obstacle) contains(x, y float64) bool {
	inside := false
	o.edges(func(ax, ay, bx, by float64) {
		if (ay > y) != (by > y) && x < ax+(y-ay)/(by-ay)*(bx-ax) {
			inside = !inside
		}
	})
	return inside
}

// A span is the part of a ray that lies in a body, in metres from the eye.
type span struct {
	from, to float64
	body     *body
}

// meets finds where a line from the eye at one height to a target at another first lies in the body, before the target.
func (p span) meets(eye, target, away float64) (float64, bool) {
	low, high := p.from, min(p.to, away)
	if low >= high {
		return 0, false
	}
	at := func(d float64) float64 { return eye + (target-eye)*d/away }
	a, b := at(low), at(high)
	if max(a, b) <= p.body.base || min(a, b) >= p.body.top {
		return 0, false
	}
	if a >= p.body.base && a < p.body.top {
		return low, true
	}
	edge := p.body.top // the line comes in from above, or from below
	if a < p.body.base {
		edge = p.body.base
	}
	return low + (high-low)*(edge-a)/(b-a), true
}

// spans are the parts of a ray that lie in bodies. The slice holds until the next call.
func (v *vista) spans(dx, dy float64) []span {
	v.found = v.found[:0]
	turn := math.Atan2(dx, dy)
	if turn < 0 {
		turn += 2 * math.Pi
	}
	for _, i := range v.sectors[min(int(turn/(2*math.Pi)*rays), rays-1)] {
		o := &v.around[i]
		v.crossed = v.crossed[:0]
		o.edges(func(ax, ay, bx, by float64) {
			left, right := ax*dy-ay*dx, bx*dy-by*dx
			if (left > 0) == (right > 0) {
				return
			}
			t := left / (left - right)
			if d := (ax+(bx-ax)*t)*dx + (ay+(by-ay)*t)*dy; d > 0 {
				v.crossed = append(v.crossed, d)
			}
		})
		slices.Sort(v.crossed)
		for k := 0; k+1 < len(v.crossed); k += 2 {
			v.found = append(v.found, span{v.crossed[k], v.crossed[k+1], o.body})
		}
	}
	return v.found
}

// An interval is from and to metres.
type interval struct{ from, to float64 }

// ground are the intervals of a ray in which the eye sees the ground, in order.
func (v *vista) ground(dx, dy, reach float64) []interval {
	if v.terrain != nil {
		return v.slopes(dx, dy, reach)
	}
	h := v.eye.Height
	var hidden []interval
	for _, p := range v.spans(dx, dy) {
		if p.from >= reach {
			continue
		}
		until := math.Inf(1)
		if p.body.top < h { // the line over its far edge comes down again
			until = p.to * h / (h - p.body.top)
		}
		from := p.from
		if p.body.base > 0 { // one looks under it, as far as the line over its underside's near edge
			if p.body.base >= h {
				continue
			}
			from = max(from, p.from*h/(h-p.body.base))
		}
		hidden = append(hidden, interval{from, until})
	}
	slices.SortFunc(hidden, func(a, b interval) int {
		if a.from < b.from {
			return -1
		}
		return 1
	})
	var open []interval
	at := 0.0
	for _, s := range hidden {
		if s.from > at {
			open = append(open, interval{at, min(s.from, reach)})
		}
		if at = max(at, s.to); at >= reach {
			return open
		}
	}
	return append(open, interval{at, reach})
}
