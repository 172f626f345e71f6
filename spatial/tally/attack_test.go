package tally_test

import (
	"math/rand/v2"
	"testing"

	"github.com/wardmap/wardmap/spatial/tally"
)

// A town is random things, sorted into the smallest pots that anything told could be a sum of.
type town struct {
	plan   tally.Plan
	things []tally.Thing
	pots   map[pot]int // their numbers
	counts []int       // by number
}

type pot struct {
	area   [2]int32
	square tally.Square
	class  int32
}

const townZoom = 2

func newTown(seed uint64) *town {
	r := rand.New(rand.NewPCG(seed, 3))
	w := &town{plan: tally.Plan{K: k, Areas: []int{3, 5}, Above: []int32{0, 0, 1, 1, 2}, Zoom: townZoom, Classes: []int{3}}, pots: map[pot]int{}}
	for a := int32(-1); a < 5; a++ {
		for a0 := int32(-1); a0 < 3; a0++ {
			if a != tally.Outside && w.plan.Above[a] != a0 {
				continue
			}
			for x := range uint32(1 << townZoom) {
				for y := range uint32(1 << townZoom) {
					for class := range int32(3) {
						w.pots[pot{[2]int32{a0, a}, tally.Square{Z: townZoom, X: x, Y: y}, class}] = len(w.counts)
						w.counts = append(w.counts, 0)
					}
				}
			}
		}
	}
	for range r.IntN(4) * 30 {
		p := pot{square: tally.Square{Z: townZoom, X: uint32(r.IntN(3)), Y: uint32(r.IntN(r.IntN(4) + 1))}, class: int32(r.IntN(r.IntN(3) + 1))}
		p.area[1] = int32(r.IntN(r.IntN(6)+1)) - 1
		p.area[0] = int32(r.IntN(4)) - 1
		if p.area[1] != tally.Outside {
			p.area[0] = w.plan.Above[p.area[1]]
		}
		w.counts[w.pots[p]]++
		w.things = append(w.things, tally.Thing{Area: p.area, Square: tally.SquareAt(p.square.X<<(32-townZoom), p.square.Y<<(32-townZoom)), Classes: []int32{p.class}})
	}
	return w
}

// sum is a question: which pots it adds up.
func (w *town) sum(in func(pot) bool) (question []uint64, answer int) {
	question = make([]uint64, len(w.counts)+1)
	for p, i := range w.pots {
		if in(p) {
			question[i] = 1
			answer += w.counts[i]
		}
	}
	question[len(w.counts)] = uint64(answer)
	return question, answer
}

// questions are all that can be asked, with the answers.
func (w *town) questions(all *tally.Tally, note func(name string, in func(pot) bool, told tally.Count)) {
	note("all", func(pot) bool { return true }, all.Total())
	for level := range 2 {
		for _, row := range all.Areas(level) {
			note("area", func(p pot) bool { return p.area[0] == row.Area[0] && (level == 0 || p.area[1] == row.Area[1]) }, row.Count)
		}
	}
	for i, row := range all.Areas(0) {
		for class, n := range all.Table(0).Rows[i] {
			note("area by class", func(p pot) bool { return p.area[0] == row.Area[0] && p.class == int32(class) }, n)
		}
	}
	for class, n := range all.Table(0).Totals {
		note("class", func(p pot) bool { return p.class == int32(class) }, n)
	}
	for zoom := range uint8(townZoom + 1) {
		told := map[pot]tally.Count{}
		for _, row := range all.Squares(zoom) {
			told[pot{area: row.Area, square: row.Square}] = row.Count
		}
		for key := range w.pots {
			area := key.area
			at := key.square
			at = tally.Square{Z: zoom, X: at.X >> (townZoom - zoom), Y: at.Y >> (townZoom - zoom)}
			n := told[pot{area: area, square: at}]
			for up := at; !n.Hidden && up.Z > 0; {
				up = tally.Square{Z: up.Z - 1, X: up.X >> 1, Y: up.Y >> 1}
				n.Hidden = told[pot{area: area, square: up}].Hidden
			}
			note("square", func(p pot) bool {
				return p.area == area && p.square.X>>(townZoom-zoom) == at.X && p.square.Y>>(townZoom-zoom) == at.Y
			}, n)
		}
	}
}

// TestWhoSolvesAllEquations asks all there is to ask - nested areas, neighbouring squares of all sizes, classes and sums -
// and looks for a small count in what follows from the answers by adding and subtracting.
func TestWhoSolvesAllEquations(t *testing.T) {
	small := 0
	for seed := range uint64(40) {
		w := newTown(seed)
		all := tally.Of(w.plan, w.things)
		var known space
		w.questions(all, func(name string, in func(pot) bool, told tally.Count) {
			question, n := w.sum(in)
			switch {
			case told.Hidden:
			case told.N != n:
				t.Fatalf("seed %d: %s is told as %d and is %d", seed, name, told.N, n)
			case n > 0 && n < k:
				t.Fatalf("seed %d: %s is told: %d", seed, name, n)
			default:
				known.add(question)
			}
		})
		w.questions(all, func(name string, in func(pot) bool, told tally.Count) {
			question, n := w.sum(in)
			if n == 0 || n >= k {
				return
			}
			if small++; known.holds(question) {
				t.Errorf("seed %d: %s can be reckoned: %d", seed, name, n)
			}
		})
	}
	if small < 1000 {
		t.Errorf("only %d small counts were tried", small)
	}
}

// TestTheAttackFindsWhatIsNotProtected holds the attack of TestWhoSolvesAllEquations to what it must find.
func TestTheAttackFindsWhatIsNotProtected(t *testing.T) {
	var known space
	known.add([]uint64{1, 1, 1, 30}) // the whole
	known.add([]uint64{1, 0, 0, 20}) // and two of three parts
	known.add([]uint64{0, 1, 0, 8})
	if !known.holds([]uint64{0, 0, 1, 2}) {
		t.Error("30 without 20 and 8 is not found to be 2")
	}
	if known.holds([]uint64{0, 0, 1, 3}) {
		t.Error("or is it 3")
	}
}

// A space is equations and all that follows from them, modulo a prime: what does not follow there does not follow at all.
type space struct{ rows [][]uint64 }

const prime = 1<<31 - 1

// rest is what an equation says beyond those that are known.
func (s *space) rest(q []uint64) []uint64 {
	q = append([]uint64(nil), q...)
	for _, row := range s.rows {
		at := lead(row)
		if f := q[at]; f != 0 {
			for i := at; i < len(q); i++ {
				q[i] = (q[i] + (prime-f)*row[i]) % prime
			}
		}
	}
	return q
}

func (s *space) add(q []uint64) {
	q = s.rest(q)
	at := lead(q)
	if at < 0 {
		return
	}
	inverse := power(q[at], prime-2)
	for i := range q {
		q[i] = q[i] * inverse % prime
	}
	s.rows = append(s.rows, q)
}

func (s *space) holds(q []uint64) bool { return lead(s.rest(q)) < 0 }

func lead(q []uint64) int {
	for i, v := range q {
		if v != 0 {
			return i
		}
	}
	return -1
}

func power(b, e uint64) uint64 {
	r := uint64(1)
	for ; e > 0; e >>= 1 {
		if e&1 == 1 {
			r = r * b % prime
		}
		b = b * b % prime
	}
	return r
}
