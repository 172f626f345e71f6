package atlas

import (
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// Polygons that are smaller than the tolerance of a zoom both ways would vanish, and a dense city with them.
// Instead, some of them stand for all: a feature is drawn as a square of the tolerance with the probability
// that its area has in that square, so that the map keeps the share of ground that they cover. Which ones
// stand depends on their numbers alone: the choice is the same in every tile and after every restart, and
// who stands at one zoom stands at all deeper ones. A tile of 50,000 buildings becomes one of some thousand
// squares.

// dustSteps is the side of the square at a zoom, in world steps.
func dustSteps(zoom uint8) uint64 { return tolerance << (32 - 12 - uint(min(zoom, 20))) }

// stands tells whether a shape stands for the others of its size.
func (s shape) stands(num, dust uint64) bool {
	h := num + 0x9e3779b97f4a7c15 // splitmix64
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h ^= h >> 31
	return float64(h>>11)/(1<<53) < float64(s.area)/float64(dust*dust)
}

// cutSpeck draws the square of a feature that stands for others.
func (l *Layer) cutSpeck(s *scratch, n uint32) {
	b := l.box(n)
	x, y, ok := s.canvas.At(tiles.World{X: b.x0/2 + b.x1/2, Y: b.y0/2 + b.y1/2})
	if !ok {
		return
	}
	s.canvas.Start(all)
	s.canvas.Square(x-tolerance/2, y-tolerance/2, tolerance)
	if commands := s.canvas.Commands(mvt.Polygon); len(commands) > 0 {
		l.describe(s, &s.encoder, n, true)
		s.encoder.Geometry(mvt.Polygon, commands)
	}
}
