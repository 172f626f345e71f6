package scenes3d

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
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

// distance is that of two places on the ground, on a plane around the first.
func distance(a, b Place) float64 {
	north := 111_320.0
	return math.Hypot((b.Lon-a.Lon)*north*math.Cos(a.Lat*math.Pi/180), (b.Lat-a.Lat)*north)
}
