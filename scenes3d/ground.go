package scenes3d

import (
	"fmt"
	"math"
)

// Bodies and the ground. Heights of features are above the ground; those of bodies are above the ellipsoid. A body stands on
// the mean ground along its outline, so that its heights are true, and what reaches the ground goes down to the lowest ground
// there, so that nothing floats on a slope. Without Spec.Ground the ground lies at height 0.

const (
	groundStep = 15.0 // m, from look to look along an edge
	groundMost = 64   // looks along one edge
	onGround   = 0.01 // m: corners of faces that are no higher stand on the ground
)

var errNoGround = fmt.Errorf("no terrain lies under it")

// settle puts a body that was raised above height 0 onto the ground.
func (b *body) settle(ground func(lon, lat float64) (float64, bool)) error {
	b.hangs, b.tall = b.base > 0, b.top-b.base
	if ground == nil {
		return nil
	}
	mean, lowest := b.under(ground)
	if math.IsNaN(mean) {
		return errNoGround
	}
	underside, foot := b.base, mean+b.base
	if !b.hangs {
		foot = min(foot, lowest)
	}
	b.ground, b.base, b.top = mean, foot, mean+b.top
	for _, face := range b.faces {
		for _, ring := range face {
			for i, p := range ring {
				ring[i][2] += mean
				if !b.hangs && p[2] < underside+onGround {
					ring[i][2] = foot
				}
			}
		}
	}
	return nil
}

// under is the mean of the ground along the outline, by its length, and the lowest; both are NaN where it is known nowhere.
func (b *body) under(ground func(lon, lat float64) (float64, bool)) (mean, lowest float64) {
	sum, length := 0.0, 0.0
	lowest = math.Inf(1)
	east, north := perDegree(b.coords[1])
	look := func(lon, lat float64) float64 {
		h, ok := ground(lon, lat)
		if !ok {
			return math.NaN()
		}
		lowest = min(lowest, h)
		return h
	}
	start := 0
	for _, r := range b.rings {
		end := 2 * int(r.end)
		x, y := b.coords[end-2], b.coords[end-1]
		h := look(x, y)
		for i := start; i < end; i += 2 {
			dx, dy := b.coords[i]-x, b.coords[i+1]-y
			long := math.Hypot(dx*east, dy*north)
			n := int(min(max(math.Ceil(long/groundStep), 1), groundMost))
			for k := 1; k <= n; k++ {
				f := float64(k) / float64(n)
				next := look(x+f*dx, y+f*dy)
				if piece := long / float64(n); !math.IsNaN(h) && !math.IsNaN(next) {
					sum, length = sum+piece*(h+next)/2, length+piece
				}
				h = next
			}
			x, y = x+dx, y+dy
		}
		start = end
	}
	if !(length > 0) {
		return math.NaN(), math.NaN()
	}
	return sum / length, lowest
}

// drape puts what stands at a point onto the ground there, and the volume that it sees onto the ground below it.
func (b *body) drape(ground func(lon, lat float64) (float64, bool)) error {
	if ground == nil {
		return nil
	}
	var ok bool
	if b.ground, ok = ground(b.stand.at.Lon, b.stand.at.Lat); !ok {
		return errNoGround
	}
	b.base, b.top = b.base+b.ground, b.top+b.ground
	for _, face := range b.faces {
		for _, ring := range face {
			for i, p := range ring {
				h, ok := ground(p[0], p[1])
				if !ok {
					h = b.ground
				}
				ring[i][2] += h
				b.base, b.top = min(b.base, p[2]+h), max(b.top, p[2]+h)
			}
		}
	}
	return nil
}

// floor is the height from which storeys are counted.
func (b *body) floor() float64 {
	if b.hangs {
		return b.base
	}
	return b.ground
}

// slack is how far the ground may rise over a line of sight and not hide: encodings of terrain round as far.
const slack = 0.1

// level is the height of a place above the ellipsoid.
func (s *Set) level(p Place) (float64, error) {
	if s.spec.Ground == nil {
		return p.Height, nil
	}
	h, ok := s.spec.Ground(p.Lon, p.Lat)
	if !ok {
		return 0, fmt.Errorf("there is no terrain at %v, %v", p.Lon, p.Lat)
	}
	return h + p.Height, nil
}

// groundAt is the ground at a place, 0 where it is not known.
func (v *vista) groundAt(lon, lat float64) float64 {
	if v.terrain == nil {
		return 0
	}
	h, _ := v.terrain(lon, lat)
	return h
}

// relief visits the ground along a ray, in steps as far as reach, until visit says stop; NaN is where it is not known.
func (v *vista) relief(dx, dy, reach float64, visit func(away, ground float64) bool) {
	if v.terrain == nil {
		return
	}
	step := min(max(reach/300, 1), 5)
	for i := 1; ; i++ {
		away := min(float64(i)*step, reach)
		h, ok := v.terrain(v.degrees(dx*away, dy*away))
		if !ok {
			h = math.NaN()
		}
		if !visit(away, h) || away >= reach {
			return
		}
	}
}

// hill is where the ground first rises over the line from the eye to a height; infinite where it does not.
func (v *vista) hill(dx, dy, height, away float64) float64 {
	met := math.Inf(1)
	v.relief(dx, dy, away, func(d, ground float64) bool {
		if d < away && ground > v.eye.Height+(height-v.eye.Height)*d/away+slack {
			met = d
		}
		return math.IsInf(met, 1)
	})
	return met
}

// steepest is the slope to the ground that stands highest before the eye: what lies lower is behind it.
func (v *vista) steepest(dx, dy, away float64) float64 {
	rim := math.Inf(-1)
	v.relief(dx, dy, away, func(d, ground float64) bool {
		if d < away && !math.IsNaN(ground) {
			rim = max(rim, (ground-slack-v.eye.Height)/d)
		}
		return true
	})
	return rim
}

// slopes are the intervals of a ray in which the eye sees the ground of a terrain, each from the first to the last step that
// it sees. What is not known is not seen.
func (v *vista) slopes(dx, dy, reach float64) []interval {
	spans := v.spans(dx, dy)
	var open []interval
	now := interval{0, 0}
	seen, rim := true, math.Inf(-1)
	end := func() {
		if seen && now.to > now.from {
			open = append(open, now)
		}
	}
	v.relief(dx, dy, reach, func(d, ground float64) bool {
		sees := !math.IsNaN(ground) && (ground-v.eye.Height)/d >= rim-slack/d
		if !math.IsNaN(ground) {
			rim = max(rim, (ground-v.eye.Height)/d)
		}
		for i := 0; sees && i < len(spans); i++ {
			_, met := spans[i].meets(v.eye.Height, ground, d)
			sees = !met
		}
		switch {
		case sees && seen:
			now.to = d
		case sees:
			now = interval{d, d}
		default:
			end()
		}
		seen = sees
		return true
	})
	end()
	return open
}
