package scenes3d

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/solid"
)

// A stand is what a point is in 3D.
type stand struct {
	at       Place // of the head
	facing   float64
	modelled bool
	cone     Cone // what it sees; Distance 0 is nothing
}

func (s *Stand) any() bool { return s.Model != "" || s.Distance != "" }

// put makes the body of a point.
func (b *body) put(spec *Spec, at orb.Point, properties map[string]any) error {
	s := &spec.Stand
	number := func(name string) (float64, bool) { return numberOf(properties[name]) }
	height, ok := number(s.Mount)
	if !ok || !(height > 0 && height <= 1000) {
		height = s.Height
	}
	b.stand = &stand{at: Place{at[0], at[1], height}, modelled: s.Model != ""}
	facing, faces := number(s.Facing)
	b.stand.facing = facing
	angle, wide := number(s.Angle)
	far, reaches := number(s.Distance)
	if angle >= full {
		faces, angle = true, 360
	}
	if faces && wide && reaches && angle > 0 && far > 0 {
		b.stand.cone = Cone{facing, angle, min(far, MostSight)}
	}
	if !b.stand.modelled && b.stand.cone.Distance == 0 {
		return fmt.Errorf("it is not known where it looks, how wide and how far")
	}
	return b.see(spec)
}

// full is the angle in degrees from which on one looks all around.
const full = 359

// see finds the volume that the body sees now, and measures the body.
func (b *body) see(s *Spec) error {
	b.box, b.faces = nowhere, nil
	at := b.stand.at
	b.coords = append(b.coords[:0:0], at.Lon, at.Lat)
	b.base, b.top = 0, at.Height
	if c := b.stand.cone; c.Distance > 0 {
		var err error
		if b.faces, err = volumeSeen(s, at, c); err != nil {
			return err
		}
	}
	if b.stand.modelled {
		b.top += modelReach
		b.box.stretch(at.Lon, at.Lat)
		b.box = b.box.padded(modelReach)
	}
	for _, f := range b.faces {
		for _, p := range f[0] {
			b.box.stretch(p[0], p[1])
		}
	}
	if !(b.box.west <= b.box.east) {
		return fmt.Errorf("it sees no ground")
	}
	if err := b.drape(s.Ground); err != nil {
		return err
	}
	b.measure()
	return nil
}

// gap is how far in front of what hides the ground a volume ends, in metres: faces on each other would flicker.
const gap = 0.2

// turn is how many degrees there are between the directions of a volume that is seen.
const turn = 2.0

// volumeSeen is the space over the ground that an eye sees without a gap, up to its lines of sight to the farthest ground:
// whatever stands in it is in sight of the eye. It is open beneath, as buildings are, except on terrain, which is not level.
func volumeSeen(s *Spec, eye Place, c Cone) (solid.Solid, error) {
	n := max(int(math.Ceil(c.Angle/turn)), 1)
	away := make([]float64, n+1)
	for i := range away {
		away[i] = c.Distance
	}
	if s.Stand.Clear != nil {
		var err error
		if away, err = s.Stand.Clear(eye, c, n); err != nil {
			return nil, err
		}
		for i, d := range away {
			if d < c.Distance {
				away[i] = max(d-gap, 0)
			}
		}
	}
	if c.Angle >= full {
		away[n] = away[0] // it is the same direction
	}
	east, north := perDegree(eye.Lat)
	at := func(i int, height float64) solid.Point {
		azimuth := (c.Azimuth - c.Angle/2 + c.Angle*float64(i)/float64(n)) * math.Pi / 180
		return solid.Point{eye.Lon + away[i]*math.Sin(azimuth)/east, eye.Lat + away[i]*math.Cos(azimuth)/north, height}
	}
	apex, foot := solid.Point{eye.Lon, eye.Lat, eye.Height}, solid.Point{eye.Lon, eye.Lat, 0}
	crest := func(i int) solid.Point { return at(i, eye.Height*(1-away[i]/c.Distance)) }
	var out solid.Solid
	add := func(corners ...solid.Point) {
		ring := corners[:0:0]
		for i, p := range corners {
			if p != corners[(i+1)%len(corners)] {
				ring = append(ring, p)
			}
		}
		if len(ring) >= 3 {
			out = append(out, solid.Face{ring})
		}
	}
	for i := range n {
		add(apex, crest(i+1), crest(i))
		add(crest(i), crest(i+1), at(i+1, 0), at(i, 0))
		if s.Ground != nil {
			add(foot, at(i, 0), at(i+1, 0))
		}
	}
	if c.Angle < full {
		add(foot, apex, crest(0), at(0, 0))
		add(apex, foot, at(n, 0), crest(n))
	}
	return out, nil
}

// Clear is how far an eye sees the ground without a gap, in metres, in the n+1 directions that part a cone into n.
func (s *Set) Clear(eye Place, c Cone, n int) ([]float64, error) {
	v, err := s.vista(eye, c.Distance)
	if err != nil {
		return nil, err
	}
	out := make([]float64, n+1)
	for i := range out {
		azimuth := (c.Azimuth - c.Angle/2 + c.Angle*float64(i)/float64(n)) * math.Pi / 180
		if open := v.ground(math.Sin(azimuth), math.Cos(azimuth), c.Distance); len(open) > 0 && open[0].from == 0 {
			out[i] = open[0].to
		}
	}
	return out, nil
}

// Review looks anew at the volumes that are seen, where what hides may be another within the boxes, and returns the boxes
// in which tiles differ.
func (s *Set) Review(changed ...orb.Bound) []orb.Bound {
	s.mu.Lock()
	defer s.mu.Unlock()
	var dirty []orb.Bound
	for id, h := range s.held {
		if h.body == nil || h.body.stand == nil || h.body.stand.cone.Distance == 0 || !h.body.stand.near(changed) {
			continue
		}
		anew := *h.body
		if err := anew.see(&s.spec); err != nil || s.probe.try(&anew) != nil {
			continue // it keeps what it has: it could be built before
		}
		if s.shown(id) {
			s.hide(h.body)
			s.show(&anew)
			dirty = append(dirty, h.body.box.bound(), anew.box.bound())
		}
		h.body = &anew
		s.held[id] = h
	}
	return dirty
}

// near tells whether what a stand could see at most meets one of the boxes.
func (s *stand) near(boxes []orb.Bound) bool {
	east, north := perDegree(s.at.Lat)
	x, y := s.cone.Distance/east, s.cone.Distance/north
	reach := orb.Bound{Min: orb.Point{s.at.Lon - x, s.at.Lat - y}, Max: orb.Point{s.at.Lon + x, s.at.Lat + y}}
	for _, b := range boxes {
		if reach.Intersects(b) {
			return true
		}
	}
	return false
}
