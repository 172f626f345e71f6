package scenes3d

import (
	"fmt"
	"math"
)

// faces builds a body of its faces, each in its own plane.
func (m *mesh) faces(b *body) error {
	near := vicinityOf(b.coords[0], b.coords[1])
	for i, f := range b.faces {
		m.lows, m.holes = m.lows[:0], m.holes[:0]
		for k, ring := range f {
			if k > 0 {
				m.holes = append(m.holes, len(m.lows))
			}
			for _, p := range ring {
				foot, up := near.upright(p[0], p[1])
				m.lows = append(m.lows, m.frame.place(foot).add(m.frame.turn(up).times(p[2])))
			}
		}
		if len(m.lows) == 3 {
			m.polygon(m.lows...)
			continue
		}
		if err := m.face(); err != nil {
			return fmt.Errorf("face %d: %w", i+1, err)
		}
	}
	return nil
}

// face builds the points at hand, seen along the axis that it faces most.
func (m *mesh) face() error {
	ends := append(m.holes, len(m.lows))
	var sum vec
	from := 0
	for _, end := range ends {
		for i := from + 1; i+1 < end; i++ {
			sum = sum.add(m.lows[i].sub(m.lows[from]).cross(m.lows[i+1].sub(m.lows[from])))
		}
		from = end
	}
	normal, ok := packNormal(sum)
	if !ok {
		return nil // no area: nothing to see
	}
	axis := 0
	for k := range sum {
		if math.Abs(sum[k]) > math.Abs(sum[axis]) {
			axis = k
		}
	}
	x, y := (axis+1)%3, (axis+2)%3
	if sum[axis] < 0 {
		x, y = y, x
	}
	m.flat = m.flat[:0]
	for _, p := range m.lows {
		m.flat = append(m.flat, p[x], p[y])
	}
	var err error
	if m.cut, err = m.cutter.Append(m.cut[:0], m.flat, m.holes); err != nil {
		return err
	}
	m.emit(m.lows, normal, false)
	return nil
}
