package scenes3d

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

// Lines of sight among bodies. A body hides what lies behind it from its base to its top: pitched roofs count as if they were
// full, so that what is said to be seen is seen. So does the ground of Spec.Ground; without, it lies at height 0. The earth is
// plane around the eye.

// MostSight is how far one can look, in metres: beyond, a plane earth is off by more than a third of a metre.
const MostSight = 2000

// A Place is a lon, lat in degrees and a height above the ground in metres.
type Place struct{ Lon, Lat, Height float64 }

// A Sight is what a line of sight meets.
type Sight struct {
	Distance float64 // m, to the target
	Clear    bool
	By       string // the body that hides the target, the nearest to the eye; "" where the ground does
	At       Place  // where the line meets it
}

// Sight follows the line from an eye to a target. Bodies in which either stands do not hide: cameras hang on walls.
func (s *Set) Sight(eye, target Place) (Sight, error) {
	v, err := s.vista(eye, distance(eye, target))
	if err != nil {
		return Sight{}, err
	}
	high, err := s.level(target)
	if err != nil {
		return Sight{}, err
	}
	x, y := v.plane(target.Lon, target.Lat)
	out := Sight{Distance: math.Hypot(math.Hypot(x, y), high-v.eye.Height), Clear: true}
	away := math.Hypot(x, y)
	if away == 0 {
		return out, nil
	}
	nearest := v.hill(x/away, y/away, high, away)
	out.Clear = math.IsInf(nearest, 1)
	for _, p := range v.spans(x/away, y/away) {
		if p.from <= away && away <= p.to {
			continue // the target stands in it
		}
		at, met := p.meets(v.eye.Height, high, away)
		if met && at < nearest {
			nearest, out.Clear, out.By = at, false, p.body.id
		}
	}
	if !out.Clear {
		lon, lat := v.degrees(x/away*nearest, y/away*nearest)
		out.At = Place{lon, lat, v.eye.Height + (high-v.eye.Height)*nearest/away - v.groundAt(lon, lat)}
	}
	return out, nil
}

// A Cone is what an eye looks at: degrees clockwise from north and from side to side (360 all around), metres.
type Cone struct{ Azimuth, Angle, Distance float64 }

// rays is how many directions are looked into all around.
const rays = 720

// Viewshed is the ground that an eye sees within a cone, as polygons in degrees, and its share of the cone's whole ground.
func (s *Set) Viewshed(eye Place, c Cone) (orb.MultiPolygon, float64, error) {
	if !(c.Angle > 0 && c.Angle <= 360 && c.Distance > 0 && eye.Height > 0) {
		return nil, 0, fmt.Errorf("a cone of %v degrees to %v m from a height of %v m sees no ground", c.Angle, c.Distance, eye.Height)
	}
	v, err := s.vista(eye, c.Distance)
	if err != nil {
		return nil, 0, err
	}
	n := max(int(math.Ceil(c.Angle/360*rays)), 1)
	step := c.Angle / float64(n)
	var strips strips
	seen := 0.0
	for i := range n {
		middle := (c.Azimuth - c.Angle/2 + (float64(i)+0.5)*step) * math.Pi / 180
		open := v.ground(math.Sin(middle), math.Cos(middle), c.Distance)
		for _, o := range open {
			seen += o.to*o.to - o.from*o.from
		}
		strips.add(open)
	}
	strips.add(nil)
	out := orb.MultiPolygon{}
	for _, strip := range strips.done {
		out = append(out, strip.polygon(v, (c.Azimuth-c.Angle/2)*math.Pi/180, step*math.Pi/180))
	}
	return out, seen / (float64(n) * c.Distance * c.Distance), nil
}

// A Facade is a body with windows from which a place is seen. Where its windows really are nobody knows: there is one
// every three metres of its walls, in every storey of three.
type Facade struct {
	ID       string
	Outline  orb.Geometry
	Distance float64 // m, on the ground, of the nearest window that sees the place
	Windows  int     // that see it
	Facing   int     // that look to its side
	Lowest   float64 // m above the ground, height of the lowest window that sees it
	Highest  float64
}

const (
	storey       = 3.0 // m
	windowHeight = 1.5 // m above the floor
	windowOut    = 0.05
)

// Overlook finds the bodies within a radius that overlook a place, the nearest first.
func (s *Set) Overlook(place Place, radius float64) ([]Facade, error) {
	v, err := s.vista(place, radius)
	if err != nil {
		return nil, err
	}
	var out []Facade
	for i := range v.around {
		one := &v.around[i]
		if one.contains(0, 0) {
			continue
		}
		f := Facade{ID: one.body.id, Distance: math.Inf(1), Lowest: math.Inf(1), Highest: math.Inf(-1)}
		one.edges(func(ax, ay, bx, by float64) { v.windows(&f, one, ax, ay, bx, by, radius) })
		if f.Windows > 0 {
			f.Outline = one.body.outline()
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Facade) int {
		if a.Distance != b.Distance {
			if a.Distance < b.Distance {
				return -1
			}
			return 1
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out, nil
}

// windows counts the windows of a wall; outside is to the right of the way from a to b, since outer rings go counter-clockwise and
// holes clockwise.
func (v *vista) windows(f *Facade, one *obstacle, ax, ay, bx, by, radius float64) {
	length := math.Hypot(bx-ax, by-ay)
	if length < 1 {
		return
	}
	nx, ny := (by-ay)/length, -(bx-ax)/length
	n := max(int(math.Round(length/storey)), 1)
	for i := range n {
		t := (float64(i) + 0.5) / float64(n)
		x, y := ax+(bx-ax)*t+nx*windowOut, ay+(by-ay)*t+ny*windowOut
		away := math.Hypot(x, y)
		if away > radius || x*nx+y*ny >= 0 { // it looks to the other side
			continue
		}
		var spans []span
		rim := 0.0
		for h := one.body.floor() + windowHeight; h < one.body.top; h += storey {
			f.Facing++
			if spans == nil {
				spans, rim = v.spans(x/away, y/away), v.steepest(x/away, y/away, away)
			}
			if (h-v.eye.Height)/away < rim || slices.ContainsFunc(spans, func(p span) bool { _, met := p.meets(v.eye.Height, h, away); return met }) {
				continue
			}
			f.Windows++
			f.Distance, f.Lowest, f.Highest = min(f.Distance, away), min(f.Lowest, h-one.body.ground), max(f.Highest, h-one.body.ground)
		}
	}
}

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

// A strip is intervals of rays side by side that touch each other.
type strip struct {
	first int // ray
	all   []interval
}

// strips joins the intervals of ray after ray.
type strips struct {
	ray  int
	open []strip
	done []strip
}

// add takes the intervals of the next ray: each goes on with the strip that it touches, where it is the only one to.
func (s *strips) add(of []interval) {
	var next []strip
	used := make([]bool, len(of))
	for _, one := range s.open {
		last := one.all[len(one.all)-1]
		found := -1
		for i, o := range of {
			if !used[i] && o.from < last.to && last.from < o.to {
				found = i
				break
			}
		}
		if found < 0 {
			s.done = append(s.done, one)
			continue
		}
		used[found] = true
		one.all = append(one.all, of[found])
		next = append(next, one)
	}
	for i, o := range of {
		if !used[i] {
			next = append(next, strip{s.ray, []interval{o}})
		}
	}
	s.open = next
	s.ray++
}

// polygon is the outline of a strip: out along its far ends, and back along its near ones. Where all begin at the eye, it
// is one corner.
func (s *strip) polygon(v *vista, start, step float64) orb.Polygon {
	var r orb.Ring
	point := func(ray int, away float64) {
		turn := start + float64(ray)*step
		lon, lat := v.degrees(math.Sin(turn)*away, math.Cos(turn)*away)
		if p := (orb.Point{lon, lat}); len(r) == 0 || r[len(r)-1] != p {
			r = append(r, p)
		}
	}
	for i := len(s.all) - 1; i >= 0; i-- { // counter-clockwise: azimuths go down
		point(s.first+i+1, s.all[i].to)
		point(s.first+i, s.all[i].to)
	}
	for i, o := range s.all {
		point(s.first+i, o.from)
		point(s.first+i+1, o.from)
	}
	if r[0] != r[len(r)-1] {
		r = append(r, r[0])
	}
	return orb.Polygon{r}
}

// outline is the footprint of a body.
func (b *body) outline() orb.Geometry {
	var out orb.MultiPolygon
	start := 0
	for _, r := range b.rings {
		var ring orb.Ring
		for i := start; i < int(r.end); i++ {
			ring = append(ring, orb.Point{b.coords[2*i], b.coords[2*i+1]})
		}
		ring = append(ring, ring[0])
		start = int(r.end)
		if r.hole {
			last := len(out) - 1
			out[last] = append(out[last], ring)
		} else {
			out = append(out, orb.Polygon{ring})
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

// distance is that of two places on the ground, on a plane around the first.
func distance(a, b Place) float64 {
	north := 111_320.0
	return math.Hypot((b.Lon-a.Lon)*north*math.Cos(a.Lat*math.Pi/180), (b.Lat-a.Lat)*north)
}
