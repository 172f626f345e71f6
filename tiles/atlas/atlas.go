// Package atlas holds whole layers in memory, ready to be cut into tiles. Coordinates are projected and
// property values encoded once, when a feature comes in; a tile is one pass over what its square holds. The
// atlas is a copy: a store is the truth, and features come in any order, late or twice, told apart by their
// versions. The package knows neither stores nor HTTP, and no clock: now is always given.
package atlas

import (
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/index"
	"github.com/wardmap/wardmap/tiles"
)

// A Spec says how a layer is cut.
type Spec struct {
	Name     string // on tiles
	MinZoom  uint8  // tiles of lower zooms are empty
	MaxZoom  uint8  // from here on shapes keep every vertex
	Simplify Simplify
	Fields   []Field  // the properties on tiles, in order
	Marks    []string // text properties that decide who sees a feature, see Window; they are not on tiles for it
	Labels   bool     // polygons have a point each, on a layer of their own called Name + LabelSuffix
}

// LabelSuffix makes the name of the layer of label points.
const LabelSuffix = "_label"

// Simplify says how shapes lose vertices at zooms below MaxZoom.
type Simplify string

const (
	Shared Simplify = "shared" // borders that neighbours share stay shared, bit by bit
	Each   Simplify = "each"   // every shape for itself
	None   Simplify = "none"   // never; the zero value means it too
)

// A Field is one property on tiles.
type Field struct {
	Name string
	Kind FieldKind
}

// FieldKind is the type of a property on tiles.
type FieldKind uint8

const (
	Text    FieldKind = iota
	Integer           // numbers without fraction are written as integers
	Number            // every number is written as a double
	Boolean
)

// A Layer is one layer in memory. All methods are safe for concurrent use; tiles are cut in parallel.
type Layer struct {
	spec Spec

	mu      sync.RWMutex                // guards all below
	now     time.Time                   // latest that was told
	ids     texts                       // the handle of an id is the number of the feature
	values  texts                       // encoded Value messages
	feats   []feature                   // by number
	rows    []uint32                    // by number, a value handle for each field and each mark, 0 for none
	shapes  shapes                      // geometries of all but single points
	anchors []tiles.World               // by number, where a polygon's label goes; only with Spec.Labels
	points  curve                       // features shown that are single points
	boxes   index.Tree[uint32]          // all others, shown or not
	spans   map[uint32]spatial.Validity // of features that do not hold forever
	due     dates
	graves  map[string]grave
	bound   worldBox // around all that was ever shown, when !loose exactly
	loose   bool
	encoded []byte // scratch
}

// feature is 32 bytes, for there may be millions.
type feature struct {
	version int64
	num     uint64 // id on tiles; hashed is set when it is a hash
	a, b    uint32 // a point: its place; else a is the index of its shape
	state   state
}

type state uint8

const (
	used    state = 1 << iota // the number is taken
	shown                     // it appears on tiles
	placed                    // it is in the tree of boxes
	pending                   // it waits for the end of Load
	isPoint                   // a and b are its place
	hashed                    // num is a hash, so tiles carry the id as an attribute
)

// grave remembers a removed feature so that older news of it are not believed.
type grave struct {
	version int64
	at      time.Time
}

// graveTime is how long a removed feature is remembered: longer than any news may be late.
const graveTime = 15 * time.Minute

// New makes an empty layer as of now.
func New(spec Spec, now time.Time) *Layer {
	if spec.Simplify == "" {
		spec.Simplify = None
	}
	l := &Layer{spec: spec, now: now, spans: map[uint32]spatial.Validity{}, graves: map[string]grave{}, bound: nowhere}
	l.ids.init()
	l.values.init()
	l.feats = make([]feature, 1) // numbers start at 1
	l.rows = make([]uint32, len(spec.Fields)+len(spec.Marks))
	l.shapes.ranked = spec.Simplify != None
	if spec.Labels {
		l.anchors = make([]tiles.World, 1)
	}
	return l
}

// Count is the number of features held, effective now or not.
func (l *Layer) Count() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.ids.count()
}

// Bound is the box around all features that are effective now, in degrees; it is empty when there is none.
func (l *Layer) Bound() orb.Bound {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loose {
		l.bound = nowhere
		for n, f := range l.feats {
			if f.state&shown != 0 {
				l.bound = l.bound.union(l.box(uint32(n)))
			}
		}
		l.loose = false
	}
	return l.bound.degrees()
}

// Bytes estimates the memory that the layer holds.
func (l *Layer) Bytes() int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n := l.ids.bytes() + l.values.bytes() + l.shapes.bytes() + l.points.bytes()
	n += 32*cap(l.feats) + 4*cap(l.rows) + 56*l.boxes.Len() + 96*len(l.spans) + 80*len(l.graves)
	return int64(n)
}

// box is where a feature lies.
func (l *Layer) box(n uint32) worldBox {
	f := l.feats[n]
	if f.state&isPoint != 0 {
		return worldBox{f.a, f.b, f.a, f.b}
	}
	return l.shapes.all[f.a].box
}

// worldBox is a box of world steps with inclusive corners.
type worldBox struct{ x0, y0, x1, y1 uint32 }

var nowhere = worldBox{1<<32 - 1, 1<<32 - 1, 0, 0}

// empty is the box of a geometry without vertices.
func (b worldBox) empty() bool { return b.x0 > b.x1 }

func (b worldBox) union(c worldBox) worldBox {
	return worldBox{min(b.x0, c.x0), min(b.y0, c.y0), max(b.x1, c.x1), max(b.y1, c.y1)}
}

func (b worldBox) add(w tiles.World) worldBox { return b.union(worldBox{w.X, w.Y, w.X, w.Y}) }

func (b worldBox) bound() orb.Bound {
	return orb.Bound{Min: orb.Point{float64(b.x0), float64(b.y0)}, Max: orb.Point{float64(b.x1), float64(b.y1)}}
}

// degrees is a box in lon, lat that holds every place that projects into b.
func (b worldBox) degrees() orb.Bound {
	if b.empty() {
		return orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}}
	}
	low, high := tiles.World{X: b.x0, Y: b.y1}.Point(), tiles.World{X: b.x1, Y: b.y0}.Point()
	const step = 360.0 / (1 << 32)
	return orb.Bound{
		Min: orb.Point{max(low[0]-step, -180), max(low[1]-step, -90)},
		Max: orb.Point{min(high[0]+step, 180), min(high[1]+step, 90)},
	}
}
