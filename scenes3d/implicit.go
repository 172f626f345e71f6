package scenes3d

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

// The implicit tileset has a quadtree of its own. A client of implicit tiling halves the region of the root in degrees of
// longitude and latitude; the rows of web mercator are no such halves, and a body is drawn on a mercator tile by where its
// middle is, so it sticks out. Metadata of a subtree may say the true volume of each tile, but CesiumJS alone reads them:
// every other client culls what sticks out. So the cells here are even halves of the whole world, 360 by 180 degrees, and
// a body stands on the deepest one that its size allows and that holds it wholly. Then the implied volume is right for
// all, and the metadata make it tight for who reads them. The price are small bodies on coarse cells, where they lie
// across a border.
//
// A cell is a tiles.ID whose rows count from the south, as implicit tiling has them. The root of the tileset is the deepest
// cell that holds everything: a region of half the earth is more than some clients can cull by. Clients count levels from
// the root, so its address is in all of theirs: {root}/{level}/{x}/{y}. One cell has one content and one subtree, whichever
// root it is addressed by: an address stays true when the set outgrows its root.

// deepestCell is the level of the smallest cells, 19 m high, and deepestRoot that of the smallest root, 20 km high: the
// root of a town does not move with every building at its edge.
const (
	deepestCell = 20
	deepestRoot = 10
)

// cellHeight is how many metres the cells of a level reach from south to north, everywhere the same but for the 0.7 % by
// which the ellipsoid differs from a sphere.
func cellHeight(level uint8) float64 { return math.Ldexp(math.Pi*semiMajor, -int(level)) }

// impliedError is the geometric error of a cell by halving that of the root: never less than what exaggeration and the size
// of the largest missing body say, because a body one level below is not larger than its cell's height / cellsPerBody.
func impliedError(level uint8) float64 { return exaggeration * cellHeight(level+1) / cellsPerBody }

// evenly is the place of a body on the tree of even cells.
func evenly(b *body) (tiles.ID, box) {
	level := uint8(min(max(math.Floor(math.Log2(cellHeight(0)/(cellsPerBody*b.size))), 0), deepestCell))
	for {
		space := b.space().union(b.box.padded(margin(2 * cellHeight(level)))) // cells are twice as wide at the equator
		id := holding(space)
		if id.Z >= level {
			up := id.Z - level
			return tiles.ID{Z: level, X: id.X >> up, Y: id.Y >> up}, space
		}
		level = id.Z
	}
}

// holding is the deepest cell that holds a box.
func holding(b box) tiles.ID {
	west, east, south, north := step(b.west, 360), step(b.east, 360), step(b.south, 180), step(b.north, 180)
	up := max(bits.Len32(west^east), bits.Len32(south^north))
	return tiles.ID{Z: uint8(deepestCell - up), X: west >> up, Y: south >> up}
}

// step is the column or row of the smallest cells on which a coordinate lies, of a range that is so wide around 0.
func step(v, wide float64) uint32 {
	const most = 1 << deepestCell
	return uint32(min(max(math.Floor((v/wide+0.5)*most), 0), most-1))
}

// extent is the region of a cell between two heights.
func extent(id tiles.ID, low, high float64) box {
	w, h := math.Ldexp(360, -int(id.Z)), math.Ldexp(180, -int(id.Z))
	x, y := float64(id.X), float64(id.Y)
	return box{x*w - 180, y*h - 90, (x+1)*w - 180, (y+1)*h - 90, low, high}
}

// Squares are the web mercator tiles that cover a cell of the implicit tileset, few of its own level: what changes in the
// cell changes in one of them. Columns of both are the same; what is nearer to a pole than mercator reaches is on its edge.
func Squares(id tiles.ID) iter.Seq[tiles.ID] {
	b := extent(id, 0, 0)
	north, south := tiles.Project(orb.Point{b.west, b.north}).At(id.Z).Y, tiles.Project(orb.Point{b.west, b.south}).At(id.Z).Y
	return func(yield func(tiles.ID) bool) {
		for y := north; y <= south; y++ {
			if !yield(tiles.ID{Z: id.Z, X: id.X, Y: y}) {
				return
			}
		}
	}
}

// ParseCell reads the address of a cell: its root as level-column-row, and its level, column and row below that.
func ParseCell(root, level, x, y string) (tiles.ID, error) {
	parts := strings.Split(root, "-")
	if len(parts) != 3 {
		return tiles.ID{}, fmt.Errorf("%w: the root %q is not level-column-row", tiles.ErrID, root)
	}
	top, err := tiles.ParseID(parts[0], parts[1], parts[2])
	if err != nil {
		return tiles.ID{}, fmt.Errorf("root %s: %w", root, err)
	}
	id, err := tiles.ParseID(level, x, y)
	if err != nil {
		return tiles.ID{}, err
	}
	if top.Z+id.Z > deepestCell {
		return tiles.ID{}, fmt.Errorf("%w: level %d below %s is deeper than %d", tiles.ErrID, id.Z, root, deepestCell)
	}
	return tiles.ID{Z: top.Z + id.Z, X: top.X<<id.Z + id.X, Y: top.Y<<id.Z + id.Y}, nil
}

// readEven locks the set for reading with the tree of even cells in it, which the first reader builds; it returns the tree
// and what unlocks.
func (s *Set) readEven() (*tree, func()) {
	s.mu.RLock()
	if s.even == nil {
		s.mu.RUnlock()
		s.mu.Lock()
		if s.even == nil {
			t := newTree(evenly)
			t.fill(&s.tree)
			s.even = &t
		}
		s.mu.Unlock()
		s.mu.RLock() // it stays, once it is there
	}
	return s.even, s.mu.RUnlock
}

// fill takes all bodies of another tree into an empty one: like put for each, but every cell is summed up once.
func (t *tree) fill(from *tree) {
	for _, c := range from.cells {
		for _, b := range c.bodies {
			id, space := t.place(b)
			at := t.cell(id)
			at.bodies = append(at.bodies, b)
			at.own = at.own.join(summary{1, space, b.size})
		}
	}
	var levels [deepestCell + 1][]tiles.ID
	for id, c := range t.cells {
		c.all = c.own
		levels[id.Z] = append(levels[id.Z], id)
	}
	for z := deepestCell; z > 0; z-- {
		for _, id := range levels[z] {
			up := id.Parent()
			if t.cells[up] == nil {
				levels[z-1] = append(levels[z-1], up)
			}
			at := t.cell(up)
			at.all = at.all.join(t.cells[id].all)
		}
	}
}

// implicitDocument is the document of an implicit tileset.
type implicitDocument struct {
	Asset          asset           `json:"asset"`
	Schema         json.RawMessage `json:"schema"`
	GeometricError float64         `json:"geometricError"`
	Root           implicitTile    `json:"root"`
}

type implicitTile struct {
	tile
	ImplicitTiling implicitTiling `json:"implicitTiling"`
}

type implicitTiling struct {
	SubdivisionScheme string  `json:"subdivisionScheme"`
	SubtreeLevels     int     `json:"subtreeLevels"`
	AvailableLevels   int     `json:"availableLevels"`
	Subtrees          content `json:"subtrees"`
}

// ImplicitTileset appends the document of the implicit tileset, at implicit/tileset.json. It addresses Subtree and
// ImplicitContent as {root}/{level}/{x}/{y}.subtree and .glb, see ParseCell.
func (s *Set) ImplicitTileset(dst []byte) ([]byte, error) {
	t, unlock := s.readEven()
	defer unlock()
	top, any := t.top()
	if !any {
		return append(dst, noTileset...), nil
	}
	if up := int(top.Z) - deepestRoot; up > 0 {
		top = tiles.ID{Z: deepestRoot, X: top.X >> up, Y: top.Y >> up}
	}
	all := t.cells[top].all
	at := fmt.Sprintf("%d-%d-%d/{level}/{x}/{y}", top.Z, top.X, top.Y)
	d := implicitDocument{
		Asset: asset{"1.1"}, Schema: json.RawMessage(cellSchema), GeometricError: max(exaggeration*all.largest, impliedError(top.Z)),
		Root: implicitTile{
			tile{
				BoundingVolume: extent(top, all.box.low, all.box.high).volume(), GeometricError: impliedError(top.Z), Refine: "ADD",
				Content: &content{at + ".glb"},
			},
			implicitTiling{"QUADTREE", subtreeLevels, deepestCell + 1 - int(top.Z), content{at + ".subtree"}},
		},
	}
	text, err := json.Marshal(d)
	if err != nil {
		return dst, fmt.Errorf("implicit tileset: %w", err)
	}
	return append(dst, text...), nil
}

// ImplicitContent appends the GLB of a cell of the implicit tileset, or nothing when no body stands on it.
func (s *Set) ImplicitContent(dst []byte, id tiles.ID, look Look) ([]byte, error) {
	t, unlock := s.readEven()
	defer unlock()
	c := t.cells[id]
	if c == nil {
		return dst, nil
	}
	return s.content(dst, c, c.own.box.bound().Center(), look) // not at the middle of the cell, which may be continents away
}
