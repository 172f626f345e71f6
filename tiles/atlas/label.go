package atlas

import (
	"github.com/paulmach/orb"

	geometry "github.com/wardmap/wardmap/spatial/shape"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// anchor is where the label of a polygon goes; the zero place for what is none.
func anchor(g orb.Geometry) tiles.World {
	at, ok := geometry.Pole(g)
	if !ok {
		return tiles.World{}
	}
	return tiles.Project(at)
}

// cutLabels writes the label points that lie in the tile itself, its buffer not included: each stands on one
// tile of a zoom, so that no name is written twice. found are the shapes of the tile, in order.
func (l *Layer) cutLabels(s *scratch, id tiles.ID) {
	for _, f := range s.found {
		at := l.anchors[f.n]
		if f.speck || l.shapes.all[l.feats[f.n].a].types&(1<<mvt.Polygon) == 0 || at.At(id.Z) != id {
			continue
		}
		if x, y, ok := s.canvas.At(at); ok {
			l.describe(s, &s.labels, f.n, true)
			s.labels.Point(x, y)
		}
	}
}
