package fence

import (
	"math"

	"github.com/paulmach/orb"
)

// Noise must not make events, and what moves must not wait. Both are told apart by the accuracy that is reported:
// noise grows with it. That of satellite positions is correlated over a minute, so waiting for a few fixes does not
// help. A unit enters when it is surelySigmas inside, where noise hardly ever brings a unit that stands outside; or
// likelySigmas, when it has come there by so much motion that it was no noise. It leaves when it is surelySigmas
// outside. In between it is what it was before.
const (
	likelySigmas = 1
	surelySigmas = 3
	movedSigmas  = 5
)

// deep tells whether a unit that is inside has come so far that it has entered. Where nobody knows how it came there,
// because the fence or the unit is new, or it was not heard for long, what is likely is enough.
func (r *rule) deep(s *step, visit *stay) bool {
	if visit.notes&cameIn == 0 || s.look || s.gap || s.moved(visit.from) {
		return r.within(s, likelySigmas)
	}
	return r.within(s, surelySigmas)
}

// within tells whether a unit that is inside is so many sigmas inside; but half of how far one can get is enough.
func (r *rule) within(s *step, sigmas float64) bool {
	sigma := r.sigma(s)
	need := min(sigmas*sigma, r.margin)
	return r.level(s.altitude, -r.sill(sigma)) && r.region.border(s.to, need) >= need
}

// moved tells whether a place is so far behind that it was motion and not noise.
func (s *step) moved(from orb.Point) bool {
	return metres(from, s.to) >= movedSigmas*max(s.sigma, float64(s.u.sigma))
}

// far tells whether a unit that is not inside has gone far enough to have left.
func (r *rule) far(s *step) bool {
	sigma := r.sigma(s)
	if !r.level(s.altitude, r.sill(sigma)) {
		return true
	}
	need := surelySigmas * sigma
	if r.route {
		need = max(need-r.f.Radius, 0)
	}
	return !r.region.contains(s.to) && r.region.border(s.to, need) >= need
}

// sigma is the noise of where a unit is to the fence, which moves itself when it is around another unit.
func (r *rule) sigma(s *step) float64 {
	if r.around {
		return math.Hypot(s.sigma, r.centerSigma)
	}
	return s.sigma
}

// level tells whether a height is in that of the fence, widened by so many metres. A height that is not known is in
// none.
func (r *rule) level(altitude, wider float64) bool {
	return !r.heights || altitude >= r.f.Low-wider && altitude < r.f.High+wider
}

// sill is the margin in height: one sigma, or a quarter of a storey that is low.
func (r *rule) sill(sigma float64) float64 {
	if !r.heights {
		return 0
	}
	return min(sigma, (r.f.High-r.f.Low)/4)
}

// apart is how far a unit is from the one that a circle is around; 0 for other fences.
func (r *rule) apart(s *step) float64 {
	if d, ok := r.region.(*disc); ok && r.around {
		return d.distance(s.to)
	}
	return 0
}

// enters is the kind of event that is told when a unit comes in.
func (r *rule) enters() Kind {
	if r.around {
		return Approach
	}
	return Enter
}

// leaves is the kind of event that ends a stay.
func (r *rule) leaves(m mode) Kind {
	switch {
	case m == off:
		return OnRoute
	case r.around:
		return Part
	}
	return Exit
}
