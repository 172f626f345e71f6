package atlas

import (
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// Segment is two places in no order.
type Segment [2]tiles.World

func segment(a, b tiles.World) Segment {
	if less(b, a) {
		a, b = b, a
	}
	return Segment{a, b}
}

// Covers visits every segment of every shape with the simplified segment that stands for it at a zoom.
func (l *Layer) Covers(zoom uint8, visit func(feature string, full, simple Segment)) {
	for _, n := range l.allShapes() {
		id := string(l.ids.get(n))
		l.shapes.each(l.feats[n].a, func(part mvt.Part, pts []tiles.World, ranks []uint8) {
			if part != mvt.OuterPart && part != mvt.InnerPart {
				return
			}
			first := 0
			for first < len(pts) && ranks[first] > zoom {
				first++
			}
			for from := first; from < first+len(pts); {
				to := from + 1
				for ranks[to%len(pts)] > zoom {
					to++
				}
				for i := from; i < to; i++ {
					visit(id, segment(pts[i%len(pts)], pts[(i+1)%len(pts)]), segment(pts[from%len(pts)], pts[to%len(pts)]))
				}
				from = to
			}
		})
	}
}
