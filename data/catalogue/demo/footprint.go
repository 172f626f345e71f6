package demo

// A shape is a form of footprint within its rectangle.
type shape int8

const (
	plain shape = iota
	ell
	horseshoe
	court // around a yard
	tee
	plus
	stepped
)

// A building stands in its rectangle; no two rectangles meet.
type building struct {
	rect
	shape  shape
	class  string
	height float64
	levels int64
	name   string
	block  int // index of blocks, -1 outside of them
}

// rings of the footprint: the outer one counter-clockwise, the yard clockwise.
func (b building) rings() [][]pt {
	arm := min(b.a, b.b) * 0.72
	x, y := b.a, b.b
	var outline [][2]float64
	switch b.shape {
	case ell:
		outline = [][2]float64{{-x, -y}, {x, -y}, {x, -y + arm}, {-x + arm, -y + arm}, {-x + arm, y}, {-x, y}}
	case horseshoe:
		outline = [][2]float64{{-x, -y}, {x, -y}, {x, y}, {x - arm, y}, {x - arm, -y + arm}, {-x + arm, -y + arm}, {-x + arm, y}, {-x, y}}
	case tee:
		outline = [][2]float64{{-x, y - arm}, {-arm, y - arm}, {-arm, -y}, {arm, -y}, {arm, y - arm}, {x, y - arm}, {x, y}, {-x, y}}
	case plus:
		s, t := x*0.45, y*0.45
		outline = [][2]float64{{-s, -y}, {s, -y}, {s, -t}, {x, -t}, {x, t}, {s, t}, {s, y}, {-s, y}, {-s, t}, {-x, t}, {-x, -t}, {-s, -t}}
	case stepped:
		outline = [][2]float64{{-x, -y}, {x * 0.2, -y}, {x * 0.2, -y * 0.45}, {x, -y * 0.45}, {x, y}, {-x * 0.3, y}, {-x * 0.3, y * 0.55}, {-x, y * 0.55}}
	default:
		outline = [][2]float64{{-x, -y}, {x, -y}, {x, y}, {-x, y}}
	}
	out := [][]pt{b.corner(outline)}
	if b.shape == court {
		wall := min(x, y) * 0.55
		x, y = x-wall, y-wall
		out = append(out, b.corner([][2]float64{{-x, -y}, {-x, y}, {x, y}, {x, -y}}))
	}
	return out
}

func (b building) corner(outline [][2]float64) []pt {
	out := make([]pt, len(outline))
	for i, p := range outline {
		out[i] = b.place(p[0], p[1])
	}
	return out
}
