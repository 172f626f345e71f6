package transit

import (
	"math"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A Fix is where a bus was.
type Fix struct {
	Time  spatial.Instant
	Point orb.Point
	Sigma float64 // accuracy in metres, one sigma; 0 when unknown
}

// A Progress is how far a bus is on its pattern. The zero value is a bus that was not seen yet. Between two fixes of a
// bus it is kept by whoever calls, for one pattern: on another one a bus begins anew.
type Progress struct {
	Time      spatial.Instant // of the last fix; 0 before the first
	Along     float64         // metres from the start; it does not go back for noise
	Deviation float64         // metres from the line to the fix
	Doubtful  bool            // elsewhere on the line it could be as well: the way passes here twice

	beliefs [mostBeliefs]belief
	n       int
}

// A belief is one place where the bus may be, and how much speaks against it, compared with the best one.
type belief struct{ along, deviation, against float64 }

const (
	mostBeliefs = 6
	mostPlaces  = 48 // on the line that are looked at for one fix

	leastSigma = 10.0 // metres; what devices claim below that is not believed
	topSpeed   = 33.0 // m/s
	slack      = 50.0 // metres ahead that noise may add between two fixes
	backslide  = 100.0
	farthest   = 20.0 // sigmas: farther off speaks no more against a place than this
	jump       = 60.0 // speaks against being elsewhere than what came before allows
	doubt      = 6.0
	early      = 4.0 // speaks against the end of the line when a bus is first seen: most are seen from the start

	// A bus that was silent for longer begins anew.
	longestGap = 15 * time.Minute
)

// Known tells whether there was a fix.
func (g Progress) Known() bool { return g.n > 0 }

// Follow takes one more fix of a bus: where it is along the line follows from where it can have come to since the last
// one, so on a way that crosses or repeats itself the order of the fixes decides. Backwards it goes by backslide at most;
// that is taken as noise, and Along stays. If fixes in a row say that the bus is elsewhere, then it is believed to be
// there. Fixes that are not later than the last one, or not on the earth, change nothing.
func (p *Pattern) Follow(was Progress, f Fix) Progress {
	if !onEarth(f.Point) || was.Known() && f.Time <= was.Time {
		return was
	}
	gap := f.Time.Sub(was.Time)
	if gap > longestGap {
		was = Progress{}
	}
	sigma := leastSigma
	if f.Sigma > sigma && f.Sigma < math.MaxFloat32 {
		sigma = f.Sigma
	}
	is := Progress{Time: f.Time}
	s := scaleAt(f.Point)
	for _, b := range was.beliefs[:was.n] { // it may stand where it stood
		deviation := s.between(f.Point, p.Point(b.along))
		is.add(belief{b.along, deviation, b.against + unlikely(deviation, sigma)})
	}
	var room [mostPlaces]belief
	for _, b := range p.places(s, f.Point, sigma, room[:0]) {
		if !was.Known() {
			b.against += early * b.along / p.Length()
		}
		is.add(was.reach(b, gap.Seconds(), sigma))
	}
	is.settle(was)
	return is
}

// unlikely is how much a distance from the line speaks against a place.
func unlikely(deviation, sigma float64) float64 { return min(deviation/sigma, farthest) }

func (s scale) between(a, b orb.Point) float64 {
	return math.Hypot((a[0]-b[0])*s.lon, (a[1]-b[1])*s.lat)
}

// places gives the places on the line from which both ways along it lead away from a fix, the nearest ones when they are
// too many.
func (p *Pattern) places(s scale, at orb.Point, sigma float64, out []belief) []belief {
	atEnd := true // the side before this one comes nearest with its end, or there is none
	for i := 1; i < len(p.line); i++ {
		share, meters := s.foot(at, p.line[i-1], p.line[i])
		if share > 0 && (share < 1 || i == len(p.line)-1) || share == 0 && atEnd {
			out = keep(out, belief{p.at[i-1] + share*(p.at[i]-p.at[i-1]), meters, unlikely(meters, sigma)})
		}
		atEnd = share == 1
	}
	return out
}

// keep appends a place, or puts it where the farthest one was.
func keep(out []belief, b belief) []belief {
	if len(out) < cap(out) {
		return append(out, b)
	}
	far := 0
	for i := range out {
		if out[i].deviation > out[far].deviation {
			far = i
		}
	}
	if b.deviation < out[far].deviation {
		out[far] = b
	}
	return out
}

// reach adds what speaks against coming to a place within some seconds.
func (g *Progress) reach(b belief, seconds, sigma float64) belief {
	if g.n == 0 {
		return b
	}
	here, least := b.along, jump
	for _, from := range g.beliefs[:g.n] {
		way := b.along - from.along
		against := from.against + jump
		along := b.along
		switch {
		case way >= 0 && way <= topSpeed*seconds+slack+2*sigma:
			against = from.against
		case way < 0 && way >= -backslide:
			against, along = from.against-way/backslide, from.along
		}
		if against < least {
			here, least = along, against
		}
	}
	return belief{here, b.deviation, b.against + least}
}

// add keeps a belief among the best; of two at one place, the better one.
func (g *Progress) add(b belief) {
	for i := range g.beliefs[:g.n] {
		if old := &g.beliefs[i]; math.Abs(old.along-b.along) < 1 {
			if b.better(*old) {
				*old = b
			}
			return
		}
	}
	if g.n < mostBeliefs {
		g.beliefs[g.n] = b
		g.n++
		return
	}
	worst := 0
	for i := range g.beliefs {
		if g.beliefs[worst].better(g.beliefs[i]) {
			worst = i
		}
	}
	if b.better(g.beliefs[worst]) {
		g.beliefs[worst] = b
	}
}

// settle takes the best belief for the place of the bus.
func (g *Progress) settle(was Progress) {
	best := g.beliefs[0]
	for _, b := range g.beliefs[1:g.n] {
		if b.better(best) {
			best = b
		}
	}
	for i := range g.beliefs[:g.n] {
		b := &g.beliefs[i]
		b.against = min(b.against-best.against, jump)
		if b.against < doubt && math.Abs(b.along-best.along) > backslide {
			g.Doubtful = true
		}
	}
	g.Along, g.Deviation = best.along, best.deviation
	if was.Known() && g.Along < was.Along && g.Along >= was.Along-backslide {
		g.Along = was.Along
	}
}

// better tells which of two beliefs is taken: that with less against it, then the nearer one, then that which is less far
// along. What is lost by computing does not count.
func (b belief) better(than belief) bool {
	if d := b.against - than.against; math.Abs(d) > 1e-6 {
		return d < 0
	}
	if d := b.deviation - than.deviation; math.Abs(d) > 0.01 {
		return d < 0
	}
	return b.along < than.along
}
