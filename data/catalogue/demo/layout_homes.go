package demo

import "math"

// rows fills what is free with slabs that look south, the taller the farther apart.
func (b *builder) rows() {
	u := b.grain()
	x0, x1, y0, y1 := b.frame(u)
	levels := float64(b.dice.count(5, 7))
	if b.dice.chance(0.22) {
		levels = float64(b.dice.count(9, 18))
	}
	depth, height := b.dice.between(11.5, 14), levels*3
	pitch := depth + min(46, max(15, height*0.95))
	unit := b.dice.between(17, 23) // one staircase
	for y := y0 + b.dice.between(12, 20); y < y1-8; y += pitch {
		for x := x0 + 6; x < x1-14; {
			n := b.dice.count(2, 4)
			placed := false
			for ; n >= 1 && !placed; n-- {
				w := unit * float64(n)
				r := rect{at2(u, x+w/2, y+b.dice.spread(0.8)), u, w / 2, depth / 2}
				if placed = b.try(r, slabShape(b.dice, n), "residential", height+b.dice.spread(1), 5, 7); placed {
					x += w + b.dice.between(9, 14)
				}
			}
			if !placed {
				x += 7
			}
		}
	}
}

func slabShape(d dice, units int) shape {
	if units > 2 && d.chance(0.18) {
		return stepped
	}
	return plain
}

// lots divides the block into small plots with one house each; with yards the houses stand around a court.
func (b *builder) lots(wide, deep float64, yard bool) {
	u := b.grain()
	if !yard && b.dice.chance(0.4) {
		u = u.turn(b.dice.spread(0.2))
	}
	x0, x1, y0, y1 := b.frame(u)
	row := 0
	for y := y0 + 3 + deep/2; y < y1; row++ {
		for x := x0 + b.dice.between(2, 6) + wide/2; x < x1; {
			w := wide * b.dice.between(0.78, 1.25)
			if b.dice.chance(map[bool]float64{true: 0.93, false: 0.74}[yard]) {
				b.house(rect{at2(u, x, y+b.dice.spread(1)), u.turn(b.dice.spread(0.03)), w/2 - 0.8, deep*b.dice.between(0.36, 0.46) + 0.2}, yard)
			}
			x += w + 0.4
		}
		y += deep + 0.6
		if row%2 == 1 { // a path between every other row
			y += b.dice.between(2.5, 5)
		}
	}
}

func (b *builder) house(r rect, yard bool) {
	s, class, height := plain, "house", b.dice.between(3.4, 9.6)
	switch {
	case yard:
		s, class, height = pick(b.dice, []shape{court, court, horseshoe, ell, plain}), "courtyard", b.dice.between(3.6, 6.8)
	case b.dice.chance(0.45):
		s = pick(b.dice, []shape{ell, horseshoe})
	default:
		r.b *= b.dice.between(0.7, 1)
	}
	if b.dice.chance(0.5) && s != court {
		r.u = r.u.mul(-1)
	}
	b.try(r, s, class, height, 1.2, 0.6)
}

// points scatters towers with wide gaps, staggered from row to row.
func (b *builder) points() {
	u := b.grain()
	x0, x1, y0, y1 := b.frame(u)
	levels := float64(b.dice.count(18, 33))
	side := b.dice.between(11, 15)
	style := pick(b.dice, []shape{plus, tee, stepped, plus})
	gapX, gapY := b.dice.between(26, 36), b.dice.between(32, 46)
	row := 0
	for y := y0 + 24 + side; y < y1-side; row++ {
		x := x0 + 14 + side
		if row%2 == 1 {
			x += side + gapX/2
		}
		for x < x1-side {
			r := rect{at2(u, x, y), u, side * b.dice.between(1.05, 1.5), side}
			if b.try(r, style, "tower", levels*3+b.dice.spread(7), 7, 16) {
				x += 2*side + gapX
			} else {
				x += 9
			}
		}
		y += 2*side + gapY
	}
}

// halls fills an industrial block with long sheds and an office at the gate.
func (b *builder) halls() {
	u := b.grain()
	x0, x1, y0, y1 := b.frame(u)
	for try := 0; try < 6; try++ {
		r := rect{at2(u, b.dice.between(x0+20, x1-20), b.dice.between(y0+12, y1-12)), u, b.dice.between(12, 20), b.dice.between(6, 8)}
		if b.try(r, plain, "office", b.dice.between(12, 22), 4, 5) {
			break
		}
	}
	depth := b.dice.between(22, 44)
	for y := y0 + 14 + depth/2; y < y1-6; y += depth + b.dice.between(12, 20) {
		for x := x0 + 8; x < x1-20; {
			placed := false
			for w := b.dice.between(60, 140); w > 22 && !placed; w *= 0.68 {
				r := rect{at2(u, x+w/2, y), u, w / 2, depth / 2}
				if placed = b.try(r, plain, pick(b.dice, []string{"industrial", "industrial", "warehouse"}), b.dice.between(7, 14), 6, 7); placed {
					x += w + b.dice.between(10, 22)
				}
			}
			if !placed {
				x += 12
			}
		}
	}
}

// wobbled is a soft blob around a place, for ponds.
func wobbled(mid pt, u pt, a, b float64, d dice) []pt {
	p1, p2 := d.between(0, 6), d.between(0, 6)
	out := make([]pt, 28)
	for i := range out {
		t := float64(i) / float64(len(out)) * 2 * math.Pi
		f := 1 + 0.16*math.Sin(2*t+p1) + 0.1*math.Sin(3*t+p2)
		out[i] = mid.along(u, a*f*math.Cos(t)).along(u.left(), b*f*math.Sin(t))
	}
	return out
}
