package mvt

import (
	"github.com/wardmap/wardmap/tiles"
)

// A Canvas turns the shapes of one tile into geometry commands: it drops vertices that do not show at the
// zoom, quantises, clips to the tile with its buffer, and cleans up. Lines come out without repeated points,
// in as many parts as the clipping makes. Polygons come out as simple rings that touch in single points at
// most, exteriors positive and each followed by its holes, whatever was put in.
//
// The order of calls is Begin for a tile, then for each shape Start, Add…, Commands. It keeps its buffers
// between tiles; the zero Canvas is ready. Not for use by several goroutines at once.
type Canvas struct {
	up, down uint  // shifts from world steps to tile units
	x, y     int64 // the tile's corner in tile units
	keep     uint8 // highest rank of a vertex that stays

	loose, spare []loose // a part before and while it is clipped
	pts          []point // all rings of the shape, or one line
	rings        []ring
	polygon      bool // the polygon that is being added has its exterior
	out          []byte
	pen          point
	check        checker
	fix          overlay
}

// loose is a vertex in tile units that may lie far outside of the tile.
type loose struct{ x, y int64 }

// point is a vertex in tile units inside the clip square. Cross products of such points fit an int32.
type point struct{ x, y int32 }

// ring is a run of pts: simple or not, at least three points, none repeated at once.
type ring struct {
	from, to int32
	hole     bool
}

// Begin moves the canvas to a tile.
func (c *Canvas) Begin(id tiles.ID) {
	c.up, c.down = 0, 0
	if shift := 32 - int(id.Z) - 12; shift >= 0 {
		c.down = uint(shift)
	} else {
		c.up = uint(-shift)
	}
	c.x, c.y = int64(id.X)*tiles.Extent, int64(id.Y)*tiles.Extent
}

// At is where a place lies on the tile, in tile units; ok tells whether a point there shows. What lies on the far
// border is the first row of the next tile: it comes out one unit further, inside the buffer, so that clients
// that clip with the border included (GDAL) count it once.
func (c *Canvas) At(w tiles.World) (x, y int32, ok bool) {
	l := c.quantise(w)
	if l.x == tiles.Extent {
		l.x++
	}
	if l.y == tiles.Extent {
		l.y++
	}
	if l.x < clipMin || l.x >= clipMax || l.y < clipMin || l.y >= clipMax {
		return 0, 0, false
	}
	return int32(l.x), int32(l.y), true
}

func (c *Canvas) quantise(w tiles.World) loose {
	return loose{int64(w.X)<<c.up>>c.down - c.x, int64(w.Y)<<c.up>>c.down - c.y}
}

// Start begins a shape. Vertices of a higher rank than keep are left out.
func (c *Canvas) Start(keep uint8) {
	c.keep = keep
	c.pts, c.rings, c.out = c.pts[:0], c.rings[:0], c.out[:0]
	c.pen = point{}
	c.polygon = false
}

// Add adds a part of the shape. All parts of one shape are of one Type. Rings are open: the last vertex is
// not the first. ranks may be nil when every vertex stays; else it is as long as pts. Neither is changed.
func (c *Canvas) Add(part Part, pts []tiles.World, ranks []uint8) {
	switch part {
	case PointPart:
		c.addPoints(pts)
	case LinePart:
		c.addLine(pts, ranks)
	case OuterPart:
		c.polygon = c.addRing(pts, ranks, false)
	case InnerPart:
		if c.polygon {
			c.addRing(pts, ranks, true)
		}
	}
}

// Square adds a polygon in tile units, as far as it lies on the tile and its buffer.
func (c *Canvas) Square(x, y, side int32) {
	x0, y0, x1, y1 := max(x, clipMin), max(y, clipMin), min(x+side, clipMax), min(y+side, clipMax)
	if x0 < x1 && y0 < y1 {
		from := int32(len(c.pts))
		c.pts = append(c.pts, point{x0, y0}, point{x1, y0}, point{x1, y1}, point{x0, y1})
		c.rings = append(c.rings, ring{from, from + 4, false})
	}
}

// Commands is the geometry of the shape that was added, empty when nothing of it shows. It is valid until the
// next Start.
func (c *Canvas) Commands(t Type) []byte {
	switch t {
	case Points:
		c.writePoints()
	case Polygon:
		if len(c.rings) > 0 && !c.check.sound(c.pts, c.rings) {
			c.pts, c.rings = c.fix.repair(c.pts, c.rings)
		}
		c.writeRings()
	}
	return c.out
}

// load quantises a part into c.loose, without vertices that repeat the one before, and tells its box.
func (c *Canvas) load(pts []tiles.World, ranks []uint8) (low, high loose) {
	low, high = loose{1 << 62, 1 << 62}, loose{-1 << 62, -1 << 62}
	out := c.loose[:0]
	last := loose{1 << 62, 0}
	for i, w := range pts {
		if ranks != nil && ranks[i] > c.keep {
			continue
		}
		l := c.quantise(w)
		if l == last {
			continue
		}
		last = l
		low.x, low.y = min(low.x, l.x), min(low.y, l.y)
		high.x, high.y = max(high.x, l.x), max(high.y, l.y)
		out = append(out, l)
	}
	c.loose = out
	return low, high
}

// outside tells whether a box misses the clip square, inside whether it lies wholly in it.
func outside(low, high loose) bool {
	return high.x < clipMin || low.x > clipMax || high.y < clipMin || low.y > clipMax
}

func inside(low, high loose) bool {
	return low.x >= clipMin && high.x <= clipMax && low.y >= clipMin && high.y <= clipMax
}

func (c *Canvas) addPoints(pts []tiles.World) {
	for _, w := range pts {
		if x, y, ok := c.At(w); ok {
			if n := len(c.pts); n == 0 || c.pts[n-1] != (point{x, y}) {
				c.pts = append(c.pts, point{x, y})
			}
		}
	}
}

func (c *Canvas) writePoints() {
	if len(c.pts) == 0 {
		return
	}
	c.out = appendVarint(c.out, command(moveTo, len(c.pts)))
	for _, p := range c.pts {
		c.draw(p)
	}
}

func (c *Canvas) addLine(pts []tiles.World, ranks []uint8) {
	low, high := c.load(pts, ranks)
	if len(c.loose) < 2 || outside(low, high) {
		return
	}
	c.pts = c.pts[:0]
	if inside(low, high) {
		for _, l := range c.loose {
			c.pts = append(c.pts, point{int32(l.x), int32(l.y)})
		}
		c.writeLine()
		return
	}
	c.clipLine()
}

// writeLine writes c.pts as one line, unless it is shorter than a step.
func (c *Canvas) writeLine() {
	if len(c.pts) < 2 {
		return
	}
	c.out = appendVarint(c.out, command(moveTo, 1))
	c.draw(c.pts[0])
	c.out = appendVarint(c.out, command(lineTo, len(c.pts)-1))
	for _, p := range c.pts[1:] {
		c.draw(p)
	}
}

func (c *Canvas) writeRings() {
	for _, r := range c.rings {
		pts := c.pts[r.from:r.to]
		c.out = appendVarint(c.out, command(moveTo, 1))
		c.draw(pts[0])
		c.out = appendVarint(c.out, command(lineTo, len(pts)-1))
		for _, p := range pts[1:] {
			c.draw(p)
		}
		c.out = append(c.out, byte(command(closePath, 1)))
	}
}

// draw moves the pen.
func (c *Canvas) draw(p point) {
	c.out = appendVarint(c.out, zigzag(p.x-c.pen.x))
	c.out = appendVarint(c.out, zigzag(p.y-c.pen.y))
	c.pen = p
}
