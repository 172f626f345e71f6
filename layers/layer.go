// Package layers says what a layer is and how its features change. A Layer is a definition (one entry of a
// catalogue file): titles, geometry kind, typed properties, zoom range, style. An Edit is what somebody wants,
// a Change is what became of it. The Editor checks edits against definitions and hands them to a Store; every
// Change, own or foreign, reaches the Observers. The package knows no tiles, no HTTP and no database.
package layers

import (
	"github.com/paulmach/orb"
)

// A Layer is the definition of one layer. It is not changed after it was read.
type Layer struct {
	ID           string      `yaml:"id" json:"id"`                                         // a-z, 0-9 and _, starts with a letter, at most 48
	Group        string      `yaml:"-" json:"group"`                                       // subsystem: the catalogue file's name
	Title        Text        `yaml:"title" json:"title"`                                   //
	Description  Text        `yaml:"description,omitempty" json:"description,omitzero"`    //
	Kind         Kind        `yaml:"geometry" json:"geometry"`                             // which geometries it holds
	Properties   []Property  `yaml:"properties,omitempty" json:"properties"`               // in order of display
	Label        string      `yaml:"label,omitempty" json:"label,omitempty"`               // property shown as name
	MinZoom      uint8       `yaml:"minzoom,omitempty" json:"minzoom"`                     // first tile zoom with features
	MaxZoom      uint8       `yaml:"maxzoom,omitempty" json:"maxzoom"`                     // last tile zoom made; the map overzooms beyond
	Simplify     Simplify    `yaml:"simplify,omitempty" json:"simplify,omitempty"`         // how shapes lose detail at low zooms
	Sensitivity  Sensitivity `yaml:"sensitivity,omitempty" json:"sensitivity,omitempty"`   // public when unset
	Labelled     string      `yaml:"labelled,omitempty" json:"labelled,omitempty"`         // property with the sensitivity of each feature
	Jurisdiction string      `yaml:"jurisdiction,omitempty" json:"jurisdiction,omitempty"` // property with the administrative code whose people see the feature; unset: everybody
	Edits        Permit      `yaml:"edits,omitempty" json:"edits,omitempty"`               // who may change features besides editors of all layers
	Source       Source      `yaml:"source,omitempty" json:"source,omitzero"`              // managed when unset
	Fence        *FenceRule  `yaml:"fence,omitempty" json:"fence,omitempty"`               // every feature is a fence
	Registry     *Registry   `yaml:"registry,omitempty" json:"registry,omitempty"`         // every feature is a unit or device that may report
	Scene        *Scene      `yaml:"scene,omitempty" json:"scene,omitempty"`               // every feature is a body in 3D
	Flow         *Flow       `yaml:"flow,omitempty" json:"flow,omitempty"`                 // through which states every feature goes
	Partition    *Partition  `yaml:"partition,omitempty" json:"partition,omitempty"`       // the features cover ground, each place once
	Duty         *Duty       `yaml:"duty,omitempty" json:"duty,omitempty"`                 // every feature is a shift
	Counts       *Counts     `yaml:"counts,omitempty" json:"counts,omitempty"`             // the features may be counted
	Hidden       bool        `yaml:"hidden,omitempty" json:"hidden,omitempty"`             // switched off when the map opens
	Order        int         `yaml:"order,omitempty" json:"order"`                         // drawing order, low first
	Style        []StyleItem `yaml:"style,omitempty" json:"style,omitempty"`               // MapLibre layers without id and source
	File         string      `yaml:"-" json:"-"`                                           // where it was read, for messages
	Line         int         `yaml:"-" json:"-"`                                           // 1-based
}

// A Permit is a permission that is enough to change the features of a layer.
type Permit string

// Who may change features besides editors: those who dispatch, whose incidents are, and those who maintain devices.
const (
	ByDispatch Permit = "dispatch"
	ByMaintain Permit = "maintain"
)

// A StyleItem is one MapLibre style layer: type, paint, layout, filter, minzoom, maxzoom, and the optional
// "name" that tells several items of a layer apart. The server fills in id, source and source-layer.
type StyleItem map[string]any

// Text is a text in the languages of the users.
type Text struct {
	Zh string `yaml:"zh-CN" json:"zh-CN"`
	En string `yaml:"en" json:"en"`
}

// Kind is a class of geometries. Multi-geometries belong to the kind of their parts.
type Kind string

const (
	PointKind   Kind = "point"
	LineKind    Kind = "line"
	PolygonKind Kind = "polygon"
	AnyKind     Kind = "any" // any geometry, collections too
)

// Holds tells whether the kind admits the geometry.
func (k Kind) Holds(g orb.Geometry) bool {
	switch g.(type) {
	case orb.Point, orb.MultiPoint:
		return k == PointKind || k == AnyKind
	case orb.LineString, orb.MultiLineString:
		return k == LineKind || k == AnyKind
	case orb.Polygon, orb.MultiPolygon:
		return k == PolygonKind || k == AnyKind
	case orb.Collection:
		return k == AnyKind
	}
	return false
}

// Type is the type of a property's values.
type Type string

const (
	TextType    Type = "text"    // string
	IntegerType Type = "integer" // int64
	NumberType  Type = "number"  // float64
	BooleanType Type = "boolean" // bool
	DateType    Type = "date"    // string "2026-11-24"
	TimeType    Type = "time"    // string, RFC 3339 in UTC, "2026-11-24T03:04:05Z"
)

// Format says what a text is. The zero value is any text.
type Format string

// SolidFormat is a body by its faces, as well-known text in longitude, latitude and metres above the ground, see
// package spatial/solid. It may be as long as a solid may be, and is kept in one spelling.
const SolidFormat Format = "solid"

// Formats of short texts: what a run card sends, see package spatial/runcard, and when something holds, see
// fence.ParseSchedule.
const (
	NeedsFormat    Format = "needs"
	ScheduleFormat Format = "schedule"
)

// A Property describes one attribute of a layer's features.
type Property struct {
	Name        string      `yaml:"name" json:"name"` // a-z, 0-9 and _; none of the common columns
	Title       Text        `yaml:"title" json:"title"`
	Type        Type        `yaml:"type" json:"type"`
	Unit        string      `yaml:"unit,omitempty" json:"unit,omitempty"` // UCUM, for example m, deg, km/h
	Min         *float64    `yaml:"min,omitempty" json:"min,omitempty"`   // inclusive, for integer and number
	Max         *float64    `yaml:"max,omitempty" json:"max,omitempty"`   // inclusive
	Values      []Value     `yaml:"values,omitempty" json:"values,omitempty"`
	Required    bool        `yaml:"required,omitempty" json:"required,omitempty"`
	Tile        bool        `yaml:"tile,omitempty" json:"tile"`                         // carried by tiles
	Search      bool        `yaml:"search,omitempty" json:"search,omitempty"`           // found by the search box, besides label and id
	Sensitivity Sensitivity `yaml:"sensitivity,omitempty" json:"sensitivity,omitempty"` // the layer's when unset
	MaxLength   int         `yaml:"max_length,omitempty" json:"max_length,omitempty"`   // characters, for text; 0 is 2,000
	Format      Format      `yaml:"format,omitempty" json:"format,omitempty"`           // of a text
	Description Text        `yaml:"description,omitempty" json:"description,omitzero"`
}

// A Value is one member of an enumeration.
type Value struct {
	Value string `yaml:"value" json:"value"`
	Title Text   `yaml:"title" json:"title"`
	Color string `yaml:"color,omitempty" json:"color,omitempty"` // for the legend
}

// Simplify says how the shapes of a layer lose detail at low zooms.
type Simplify string

const (
	SimplifyShared Simplify = "shared" // borders shared by neighbours stay shared; the default of polygons
	SimplifyEach   Simplify = "each"   // each shape for itself; the default of lines
	SimplifyNone   Simplify = "none"   // never; points
)

// Sensitivity is who may see something. Public is the zero value.
type Sensitivity string

const (
	Public     Sensitivity = "public"
	Internal   Sensitivity = "internal"
	Restricted Sensitivity = "restricted"
)

// Source says where the features of a layer live.
type Source struct {
	Type    SourceType        `yaml:"type,omitempty" json:"type,omitempty"`       // managed when unset
	Table   string            `yaml:"table,omitempty" json:"table,omitempty"`     // table: schema.table in PostGIS
	ID      string            `yaml:"id,omitempty" json:"id,omitempty"`           // table: column of the stable id
	Columns map[string]string `yaml:"columns,omitempty" json:"columns,omitempty"` // table: property -> column, when they differ
	Refresh int               `yaml:"refresh,omitempty" json:"refresh,omitempty"` // table: seconds that tiles may be old; 0 is 10
	Archive string            `yaml:"archive,omitempty" json:"archive,omitempty"` // archive: PMTiles file, from the data folder
	Layer   string            `yaml:"layer,omitempty" json:"layer,omitempty"`     // archive: name of the layer inside
}

// SourceType is the kind of a Source.
type SourceType string

const (
	Managed SourceType = "managed" // in Wardmap's own store
	Table   SourceType = "table"   // a table of another schema of the PostGIS store, read only
	Archive SourceType = "archive" // a PMTiles archive, read only
	Live    SourceType = "live"    // the live picture, read only
)

// IsManaged tells whether the layer lives in the store and can be edited.
func (l Layer) IsManaged() bool { return l.Source.Type == Managed || l.Source.Type == "" }

// Property finds a property by name.
func (l Layer) Property(name string) (Property, bool) {
	for i := range l.Properties { // a Property is large: compare before copying
		if l.Properties[i].Name == name {
			return l.Properties[i], true
		}
	}
	return Property{}, false
}

// ValueTitle is the title of a value of a property; of one that is not listed, the value itself.
func (l Layer) ValueTitle(property, value string) Text {
	if p, ok := l.Property(property); ok {
		for _, v := range p.Values {
			if v.Value == value {
				return v.Title
			}
		}
	}
	return Text{value, value}
}

// CommonColumns are the names that every feature has besides its properties. No property may use them.
var CommonColumns = []string{"id", "owner", "version", "updated_at", "effective_from", "effective_to", "source", "accuracy_m", "geom", "geometry", "fid"}
