package demo

import "math"

// campus builds a school: a pitch where there is room, teaching blocks in parallel, a gate house.
func (b *builder) campus() {
	u := b.grain()
	kind := b.block.unit.kind
	if kind != "kindergarten" {
		b.pitch(u)
	}
	x0, x1, y0, y1 := b.frame(u)
	levels := map[string]float64{"kindergarten": 3, "primary": 4, "university": 6}[kind]
	if levels == 0 {
		levels = 5
	}
	limit := map[string]int{"kindergarten": 3, "primary": 4, "university": 14}[kind]
	if limit == 0 {
		limit = 7
	}
	n := 0
	for y := y0 + 12; y < y1-8 && n < limit; y += 30 {
		for x := x0 + 8; x < x1-16 && n < limit; {
			placed := false
			for _, w := range []float64{62, 48, 34, 22} {
				s := pick(b.dice, []shape{plain, ell, horseshoe, plain})
				depth := 11.0
				if s == horseshoe || s == ell {
					depth = 22
				}
				if w < 34 {
					s, depth = plain, 11
				}
				if placed = b.try(rect{at2(u, x+w/2, y+depth/2-5), u, w / 2, depth / 2}, s, "school", levels*3.7+b.dice.spread(2), 5, 9); placed {
					n++
					x += w + 14
					break
				}
			}
			if !placed {
				x += 8
			}
		}
	}
}

// pitch lays a running track: two straights and two half circles, kept free of buildings.
func (b *builder) pitch(u pt) {
	for _, scale := range []float64{1, 0.8, 0.6, 0.45, 0.32} {
		for try := range 14 {
			v := u.left()
			if try%3 == 2 {
				v = u
			}
			w := rect{u: v, a: 88 * scale, b: 48 * scale}
			x0, x1, y0, y1 := b.frame(u)
			w.mid = at2(u, b.dice.between(x0, x1), b.dice.between(y0, y1))
			if b.block.fits(w, 6) {
				b.pitches = append(b.pitches, pitch{w, b.block.number})
				b.block.inner = append(b.block.inner, b.hold(w)...)
				return
			}
		}
	}
}

// A pitch is the green of a school.
type pitch struct {
	rect
	block int
}

func (p pitch) ring() []pt {
	var out []pt
	straight := p.a - p.b
	for i := range 9 {
		out = append(out, p.place(straight, 0).add(p.u.turn((float64(i)/8-0.5)*3.14159265).mul(p.b)))
	}
	for i := range 9 {
		out = append(out, p.place(-straight, 0).add(p.u.turn((float64(i)/8+0.5)*3.14159265).mul(p.b)))
	}
	return out
}

// hold turns a rectangle into lines that keep buildings off it.
func (b *builder) hold(r rect) [][2]pt {
	var out [][2]pt
	for y := -r.b; y <= r.b; y += 8 {
		out = append(out, [2]pt{r.place(-r.a, y), r.place(r.a, y)})
	}
	return append(out, [2]pt{r.place(-r.a, r.b), r.place(r.a, r.b)})
}

// wings builds a few large houses around the middle: hospitals and public buildings.
func (b *builder) wings() {
	u := b.grain()
	class, tall := "civic", b.dice.between(16, 34)
	if b.block.unit.en == "Tianshui Sports Centre" {
		b.pitch(u)
	}
	if b.block.use == hospital {
		class, tall = "hospital", b.dice.between(24, 62)
	}
	for _, size := range []float64{1.25, 1, 0.8, 0.6, 0.45, 0.3} {
		if b.try(rect{b.block.mid, u, 44 * size, 17 * size}, pick(b.dice, []shape{horseshoe, tee, stepped, plain}), class, tall*(0.5+size/2), 6, 8) {
			break
		}
	}
	x0, x1, y0, y1 := b.frame(u)
	for i := range 90 {
		if len(b.buildings)-b.start > 9 {
			return
		}
		size := 1 - float64(i)/150 // smaller ones when the large find no place
		r := rect{at2(u, b.dice.between(x0, x1), b.dice.between(y0, y1)), u, b.dice.between(10, 30) * size, b.dice.between(7, 10) * size}
		if b.dice.chance(0.3) {
			r.u = u.left()
		}
		b.try(r, pick(b.dice, []shape{plain, ell, plain}), class, tall*b.dice.between(0.3, 0.6), 5, 11)
	}
}

// plant builds a works: some halls and many small houses.
func (b *builder) plant() {
	u := b.grain()
	x0, x1, y0, y1 := b.frame(u)
	station := b.block.unit.kind == "2"
	if station {
		for _, size := range []float64{1.3, 1, 0.8, 0.6, 0.4} {
			if b.try(rect{b.block.mid, u, 60 * size, 18 * size}, tee, "station", 19, 5, 8) {
				break
			}
		}
	}
	for i := range 70 {
		if len(b.buildings)-b.start > 12 {
			return
		}
		w, d := b.dice.between(14, 34), b.dice.between(9, 15)
		if i > 25 {
			w, d = b.dice.between(6, 12), b.dice.between(5, 8)
		}
		r := rect{at2(u, b.dice.between(x0, x1), b.dice.between(y0, y1)), u, w, d}
		b.try(r, plain, "industrial", b.dice.between(6, 18), 5, 8)
	}
}

// pavilions puts a pond and a few small houses into a park, and two kiosks on a square.
func (b *builder) pavilions() {
	u := b.grain()
	x0, x1, y0, y1 := b.frame(u)
	if b.block.use == park && b.block.size > 15000 {
		b.pond(u)
	}
	most := map[use]int{park: 5, square: 2}[b.block.use]
	for range 14 {
		if len(b.buildings)-b.start >= most {
			return
		}
		r := rect{at2(u, b.dice.between(x0, x1), b.dice.between(y0, y1)), u.turn(b.dice.spread(0.5)), b.dice.between(4, 9), b.dice.between(4, 6)}
		b.try(r, plain, "temple", b.dice.between(4, 9), 8, 10)
	}
}

func (b *builder) pond(u pt) {
	for _, scale := range []float64{0.3, 0.24, 0.18, 0.13} {
		side := math.Sqrt(b.block.size) * scale
		mid := b.block.mid.along(u, b.dice.spread(20))
		r := rect{mid, u, side * 1.5, side * 0.95}
		if b.block.fits(r, 10) {
			b.ponds = append(b.ponds, wobbled(mid, u, side*1.15, side*0.7, b.dice))
			b.block.inner = append(b.block.inner, b.hold(r)...)
			return
		}
	}
}
