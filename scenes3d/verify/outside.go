package verify

// astray is a vertex outside of a volume.
type astray struct {
	at    place
	index int
	point point
	local vec3 // in the glTF, y-up if it is right
	off   float64
	whose string
	bound volume
}

// mostAstray is how many vertices are kept to find out why.
const mostAstray = 64

// contain checks a vertex against the volumes of the content, its tile and all
// tiles above.
func (c *content) contain(at place, i int, p point, local vec3) {
	if c.own != nil {
		c.inside(c.own, "the content", at, i, p, local)
	}
	for t := c.tile; t != nil; t = t.parent {
		if t.volume != nil {
			c.inside(t.volume, t.name, at, i, p, local)
		}
	}
}

func (c *content) inside(v volume, whose string, at place, i int, p point, local vec3) {
	off := v.beyond(p)
	if off <= slack {
		return
	}
	if len(c.outside) < mostAstray {
		c.outside = append(c.outside, astray{at, i, p, local, off, whose, v})
		return
	}
	if last := &c.outside[mostAstray-1]; off > last.off {
		*last = astray{at, i, p, local, off, whose, v}
	}
}

// strayed says of the vertices outside what they look like: a content in the
// wrong place altogether, one lying on its side, or simply outside.
func (c *content) strayed() {
	if len(c.outside) == 0 {
		return
	}
	worst := c.outside[0]
	lost := true
	for _, a := range c.outside {
		if a.off > worst.off {
			worst = a
		}
		lost = lost && (a.point.h < -20e3 || a.point.h > 20e3)
	}
	say := func(code, what string) {
		worst.at.bad(code, "vertex %d at lon %.6f lat %.6f height %.2f is %.3g m outside of %s%s", worst.index,
			worst.point.lon*degree, worst.point.lat*degree, worst.point.h, worst.off, worst.whose, what)
	}
	switch {
	case c.fits(c.tile.transform) || c.fits(c.tile.transform.after(upright).after(upright)):
		say("wrong-up-axis", "; inside if turned upright")
	case lost:
		say("tile-misplaced", "; nowhere near the ground")
	default:
		say("vertex-outside", "")
	}
}

// fits says whether all would be inside if placed by another matrix.
func (c *content) fits(m matrix) bool {
	for _, a := range c.outside {
		if a.bound.beyond(earthPoint(m.apply(a.local))) > slack {
			return false
		}
	}
	return true
}
