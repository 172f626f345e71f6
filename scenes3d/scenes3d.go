// Package scenes3d makes 3D Tiles of features: footprints with heights become bodies with walls and roofs, sorted
// into the quadtree of package tiles by their size, so that coarse tiles hold the largest and nothing is held twice.
// A Set is a layer in memory, a copy as the atlas is: a store is the truth. Tiles are GLB with feature ids and typed
// metadata; the pages of the tileset are explicit, with volumes around what tiles really hold. The package knows
// neither stores nor HTTP, and no clock. Heights are metres above the ellipsoid; those of features are above the ground.
package scenes3d

// A Spec says how a layer becomes a set.
type Spec struct {
	Fields []Field  // the properties in the metadata, in order, beside the id
	Marks  []string // text properties that decide who sees a feature, see Set.Seen
	Rise   Rise
	Stand  Stand
	Color  [3]float64 // of all bodies, linear RGB, 0 to 1
	Alpha  float64    // opacity of all bodies; 0 is 1
	// Ground is how high the ground lies above the ellipsoid at a lon, lat, m, where that is known; nil is 0 everywhere.
	Ground func(lon, lat float64) (float64, bool)
}

// A Field is one property of the metadata.
type Field struct {
	Name   string
	Kind   FieldKind
	Values []string // of an enumeration; nil for free text
}

// FieldKind is the type of a property.
type FieldKind uint8

const (
	Text FieldKind = iota
	Integer
	Number
	Boolean
)

// A Rise says how high a footprint rises: which properties tell it, and what holds where they do not.
type Rise struct {
	Top        string             // property: height of the highest point above the ground, m
	Base       string             // property: height of the underside above the ground, m
	Levels     string             // property: number of levels, where Top is missing
	Solid      string             // property: the faces of the body as well-known text, heights above the ground; Top and Base do not count then
	Roof       string             // property: shape of the roof: flat, gabled, hipped, pyramidal
	RoofHeight string             // property: height of the roof itself, m
	Radius     string             // property: of circles around points and corridors along lines, m; "" is polygons only
	Moves      string             // property: the unit that a circle moves with; what moves is no body
	Class      string             // property that Defaults goes by
	Defaults   map[string]float64 // height by value of Class, m
	Default    float64            // height of all others, m
	Level      float64            // height of one level, m
}

// A Stand says what points are in 3D: a model that stands there, the volume that it sees, or both.
type Stand struct {
	Model    string  // one of Models; "" is none
	Facing   string  // property: where it looks, degrees clockwise from north
	Mount    string  // property: height of its head above the ground, m
	Height   float64 // of heads where Mount is missing, m
	Angle    string  // property: what it sees from side to side, degrees; "" is nothing
	Distance string  // property: how far it sees, m
	// Clear is how far the ground is seen without a gap in the directions of a cone, see Set.Clear; nil where nothing
	// hides anything.
	Clear func(eye Place, c Cone, n int) ([]float64, error)
}

// MediaType of the content of tiles, and of tilesets.
const (
	MediaType     = "model/gltf-binary"
	TilesetType   = "application/json"
	deepestZoom   = 20   // of tiles with content
	cellsPerBody  = 24.0 // a body stands on the deepest tile whose side is at least that many times its size
	levelsPerPage = 4
)
