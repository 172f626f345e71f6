package verify

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

type implicitJSON struct {
	SubdivisionScheme string
	SubtreeLevels     int
	AvailableLevels   int
	Subtrees          struct{ URI string }
}

// A cell is the address of a tile of a quadtree.
type cell struct{ level, x, y int }

func (c cell) String() string { return fmt.Sprintf("%d/%d/%d", c.level, c.x, c.y) }

// fill puts the address into a template URI.
func (c cell) fill(template string) string {
	return strings.NewReplacer("{level}", strconv.Itoa(c.level), "{x}", strconv.Itoa(c.x), "{y}", strconv.Itoa(c.y)).Replace(template)
}

// child is the i-th of four, in Morton order.
func (c cell) child(i int) cell { return cell{c.level + 1, 2*c.x + i&1, 2*c.y + i>>1&1} }

// A quadtree is an implicit tree being read.
type quadtree struct {
	*implicitJSON
	scene    scene
	root     *tile
	contents []contentJSON
	at       place
}

// mostLevels keeps a subtree's bits under 3 MB.
const mostLevels = 12

// implicit walks a quadtree below the tile that declares it.
func (w *walker) implicit(s scene, at place, t *tile, j *tileJSON) {
	q := &quadtree{implicitJSON: j.ImplicitTiling, scene: s, root: t, at: at.in("implicitTiling"), contents: j.Contents}
	if j.Content != nil {
		q.contents = append([]contentJSON{*j.Content}, q.contents...)
	}
	_, round := t.volume.(sphere)
	switch {
	case q.SubdivisionScheme != "QUADTREE":
		q.at.bad("implicit-unsupported", "the scheme %s is not read here", q.SubdivisionScheme)
	case q.SubtreeLevels < 1 || q.SubtreeLevels > mostLevels || q.AvailableLevels < 1 || q.AvailableLevels > 30:
		q.at.bad("implicit-levels", "%d levels in subtrees of %d", q.AvailableLevels, q.SubtreeLevels)
	case len(j.Children) > 0:
		q.at.bad("implicit-children", "the tile has children of its own, too")
	case round || t.volume == nil:
		q.at.bad("implicit-volume", "a quadtree takes a region or a box")
	default:
		w.subtree(q, cell{}, t.parent)
	}
}

// subtree reads the subtree at a cell and walks it.
func (w *walker) subtree(q *quadtree, c cell, parent *tile) {
	if w.ctx.Err() != nil {
		return
	}
	uri, data, ok := w.resource(q.scene.uri, q.at.in("subtrees.uri").name, c.fill(q.Subtrees.URI))
	if !ok {
		return
	}
	w.report.Bytes += len(data)
	open := func(ref string) []byte {
		_, data, _ := w.resource(uri, "buffers", ref)
		return data
	}
	s := readSubtree(w.at(uri, "subtree"), data, q.SubtreeLevels, open)
	if s == nil {
		return
	}
	if !s.tiles.has(0) {
		w.at(uri, "tileAvailability").bad("availability-orphan", "the root tile of the subtree is not available")
		return
	}
	if len(s.contents) != len(q.contents) {
		w.at(uri, "contentAvailability").bad("availability", "is of %d contents, the tile has %d", len(s.contents), len(q.contents))
		s.contents = s.contents[:min(len(s.contents), len(q.contents))]
	}
	w.cell(q, s, c, 0, 0, parent)
}

// cell walks the i-th tile at a depth of a subtree, whose address is c.
func (w *walker) cell(q *quadtree, s *subtree, c cell, depth, i int, parent *tile) {
	if w.ctx.Err() != nil {
		return
	}
	t := q.tile(c, parent)
	if c.level > 0 {
		w.report.Tiles++
	}
	if c.level >= q.AvailableLevels {
		q.at.bad("implicit-levels", "tile %s is available, below the %d levels", c, q.AvailableLevels)
		return
	}
	at := q.at
	at.name += " " + c.String()
	node := nodesAbove(depth) + i
	for k, a := range s.contents {
		if a.has(node) {
			w.load(q.scene, at, t, c.fill(q.contents[k].URI), nil)
		}
	}
	for k := range 4 {
		child := 4*i + k
		switch {
		case depth+1 < q.SubtreeLevels && s.tiles.has(nodesAbove(depth+1)+child):
			w.cell(q, s, c.child(k), depth+1, child, t)
		case depth+1 == q.SubtreeLevels && s.children.has(child):
			w.subtree(q, c.child(k), t)
		}
	}
}

// tile is the tile of a cell: the root itself, or a part of its volume.
func (q *quadtree) tile(c cell, parent *tile) *tile {
	if c.level == 0 {
		return q.root
	}
	parent.children = true
	t := *q.root
	t.parent, t.depth, t.children = parent, parent.depth+1, false
	t.name = q.root.name + " " + c.String()
	t.geometricError = math.Ldexp(q.root.geometricError, -c.level)
	t.volume = c.part(q.root.volume)
	return &t
}

// part is the cell's part of the root's volume.
func (c cell) part(v volume) volume {
	n := math.Ldexp(1, c.level)
	x, y := float64(c.x), float64(c.y)
	if r, ok := v.(region); ok {
		w, h := r[2]-r[0], r[3]-r[1]
		if w < 0 {
			w += 2 * math.Pi
		}
		return region{wrap(r[0] + w*x/n), r[1] + h*y/n, wrap(r[0] + w*(x+1)/n), r[1] + h*(y+1)/n, r[4], r[5]}
	}
	b := v.(box)
	b.centre = b.centre.plus(b.half[0].times((2*x+1)/n - 1)).plus(b.half[1].times((2*y+1)/n - 1))
	b.half[0], b.half[1] = b.half[0].times(1/n), b.half[1].times(1/n)
	return b
}
