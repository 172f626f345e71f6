package fence

import "math"

// A unit enters when it is so far inside that the noise of its position alone hardly brings it there, and leaves when
// it is farther outside than the noise of one that is still inside. In between it is what it was before. Both grow
// with the accuracy that is reported, because noise does; what is correlated over a minute, as that of satellite
// positions is, cannot be helped by waiting for a few fixes.
const (
	enterSigmas = 1 // but no more than half of how far inside one can get
	leaveSigmas = 3
)

// deep tells whether a unit that is inside has come far enough to have entered.
func (r *rule) deep(s *step) bool {
	sigma := r.sigma(s)
	need := min(enterSigmas*sigma, r.margin)
	return r.level(s.altitude, -r.sill(sigma)) && r.region.border(s.to, need) >= need
}

// far tells whether a unit that is not inside has gone far enough to have left.
func (r *rule) far(s *step) bool {
	sigma := r.sigma(s)
	if !r.level(s.altitude, r.sill(sigma)) {
		return true
	}
	need := leaveSigmas * sigma
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
