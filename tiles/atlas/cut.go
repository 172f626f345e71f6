package atlas

import (
	"bytes"
	"cmp"
	"slices"
	"sync"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// scratch is what cutting a tile needs and does not keep.
type scratch struct {
	encoder mvt.Encoder
	labels  mvt.Encoder
	canvas  mvt.Canvas
	refs    []uint32
	found   []found
	view    view
}

type found struct {
	num   uint64
	n     uint32
	speck bool
}

// all as the highest rank to keep keeps every vertex.
const all = 255

var pool = sync.Pool{New: func() any { return new(scratch) }}

// dictionary is the layer as the encoder sees it.
type dictionary Layer

func (d *dictionary) Key(key uint32) string {
	if int(key) == len(d.spec.Fields) {
		return "id"
	}
	return d.spec.Fields[key].Name
}

func (d *dictionary) Value(value uint32) []byte { return d.values.get(value) }

// Cut appends what a window shows of the layer's piece of a tile, one MVT layer message with its tag (two with Spec.Labels), or nothing
// when the layer shows nothing there. The order of features is the same however they came in: shapes by their number on tiles,
// then points along a Z-order curve.
func (l *Layer) Cut(dst []byte, id tiles.ID, w *Window) []byte {
	if id.Z < l.spec.MinZoom {
		return dst
	}
	s := pool.Get().(*scratch)
	defer pool.Put(s)
	l.mu.RLock()
	defer l.mu.RUnlock()
	s.view.open(l, w)
	s.encoder.Begin((*dictionary)(l))
	s.canvas.Begin(id)
	grain := 32 - uint(id.Z) - 6 // the buffer is 1/64 of a tile
	box := square(id, grain)
	s.found = s.found[:0]
	l.cutShapes(s, box, id)
	s.refs = l.points.collect(s.refs[:0], box, grain)
	for _, n := range s.refs {
		f := &l.feats[n]
		if x, y, ok := s.canvas.At(tiles.World{X: f.a, Y: f.b}); ok && s.view.shows(l, n) {
			l.describe(s, &s.encoder, n, true)
			s.encoder.Point(x, y)
		}
	}
	dst = s.encoder.Append(dst, l.spec.Name)
	if l.spec.Labels {
		s.labels.Begin((*dictionary)(l))
		l.cutLabels(s, id)
		dst = s.labels.Append(dst, l.spec.Name+LabelSuffix)
	}
	return dst
}

// square is the tile with its buffer of one grain.
func square(id tiles.ID, grain uint) worldBox {
	side, buffer := int64(1)<<(32-id.Z), int64(1)<<grain
	x, y := int64(id.X)*side, int64(id.Y)*side
	low := func(v int64) uint32 { return uint32(max(v-buffer, 0)) }
	high := func(v int64) uint32 { return uint32(min(v+side+buffer, 1<<32) - 1) }
	return worldBox{low(x), low(y), high(x), high(y)}
}

// describe starts a feature with its properties. Only one feature of a tile may carry the number.
func (l *Layer) describe(s *scratch, e *mvt.Encoder, n uint32, numbered bool) {
	f := &l.feats[n]
	if numbered {
		e.Feature(f.num)
	} else {
		e.Anonymous()
	}
	if !numbered || f.state&hashed != 0 {
		e.TagText(uint32(len(l.spec.Fields)), l.ids.get(n))
	}
	e.Tags(s.view.row(l, n))
}

func (l *Layer) cutShapes(s *scratch, box worldBox, id tiles.ID) {
	if l.boxes.Len() == 0 {
		return
	}
	keep, dust := uint8(all), uint64(0)
	if l.spec.Simplify != None && id.Z < l.spec.MaxZoom {
		keep, dust = id.Z, dustSteps(id.Z)
	}
	l.boxes.Search(box.bound(), func(b orb.Bound, n uint32) bool {
		f := &l.feats[n]
		if f.state&shown == 0 || !s.view.shows(l, n) {
			return true
		}
		speck := b.Max[0]-b.Min[0] < float64(dust) && b.Max[1]-b.Min[1] < float64(dust) && l.shapes.all[f.a].types == 1<<mvt.Polygon
		if !speck || l.shapes.all[f.a].stands(f.num, dust) {
			s.found = append(s.found, found{f.num, n, speck})
		}
		return true
	})
	slices.SortFunc(s.found, func(a, b found) int {
		if a.num != b.num {
			return cmp.Compare(a.num, b.num)
		}
		return bytes.Compare(l.ids.get(a.n), l.ids.get(b.n))
	})
	for _, f := range s.found {
		if f.speck {
			l.cutSpeck(s, f.n)
		} else {
			l.cutShape(s, f.n, keep)
		}
	}
}

// cutShape writes one feature for each type of geometry that the shape shows on the tile.
func (l *Layer) cutShape(s *scratch, n uint32, keep uint8) {
	index := l.feats[n].a
	types := l.shapes.all[index].types
	numbered := true
	for _, t := range []mvt.Type{mvt.Polygon, mvt.LineString, mvt.Points} {
		if types&(1<<t) == 0 {
			continue
		}
		s.canvas.Start(keep)
		l.shapes.each(index, func(part mvt.Part, pts []tiles.World, ranks []uint8) {
			if part.Type() == t {
				s.canvas.Add(part, pts, ranks)
			}
		})
		if commands := s.canvas.Commands(t); len(commands) > 0 {
			l.describe(s, &s.encoder, n, numbered)
			s.encoder.Geometry(t, commands)
			numbered = false
		}
	}
}
