// Package importer reads files of others into layers: GeoJSON in all its packings, GeoPackage, Shapefile, CSV,
// OpenStreetMap extracts, GTFS timetables, and the city models CityJSON and CityGML. It reads them as streams, so that memory does
// not grow with the file (but for CityJSON in one document), turns their coordinates into WGS84, fits their fields
// to the layer's definition, repairs polygons where one reading only is sensible, and hands whole batches to
// whoever applies them. Nothing is dropped silently: each feature, each field and each value that does not come in
// is counted or rejected with its place and the reason.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

// Options say how a file is to be read. The zero value suits files that say all of it themselves.
type Options struct {
	Key       []string           // fields of the file whose values, joined with "/", are the id
	Merge     bool               // features of one id are parts of one feature: union them
	CRS       string             // coordinate system of the file, in place of what it says itself; see crs.Parse
	Encoding  string             // of texts: utf-8, gbk, gb18030, …; found out when empty
	Layer     string             // layer or file inside of a GeoPackage or zip; needed when it holds several
	Lon, Lat  string             // CSV: columns of the coordinates (easting, northing when CRS is in metres)
	WKT       string             // CSV: column of geometries as well-known text
	Delimiter string             // CSV: one character; found out when empty
	Map       map[string]string  // field of the file -> property or common column; "" leaves the field out on purpose
	Dates     string             // how 03/04/2026 is to be read: dmy or mdy; numbers: epoch-s or epoch-ms. Else ambiguous dates are rejected
	Zone      string             // zone of times without one, as Asia/Shanghai or +08:00; else they are rejected
	Theme     string             // OSM, GTFS: what to take of it
	Source    string             // Feature.Source of features that do not say their own
	Owner     string             // Feature.Owner, likewise
	Batch     int                // features per transaction; 0 is 5,000
	Strict    bool               // end at the first reject; the batch that it is in does not come in
	Report    func(Reject) error // told of every reject and duplicate, may be nil
	Records   bool               // rejects carry their record
	// Each changes a record before it is fitted, after what it says was held against the limits; with Err set, the record
	// is rejected. It must not change the maps and the geometry that it is given. nil changes nothing.
	Each func(Record) Record
}

// A Source gives the records of a file one after the other. It is used by one goroutine.
type Source interface {
	// Next returns io.EOF after the last record. Any other error means that the rest of the file cannot be read;
	// a record that is wrong for itself has Record.Err and the reading goes on.
	Next() (Record, error)
	Close() error
	// Progress tells how far it is, in bytes of the file; total is 0 when unknown.
	Progress() (done, total int64)
}

// A Noter is a Source that has something to say about the file as a whole, once all of it is read.
type Noter interface{ Notes() []string }

// A Tabled is a Source whose columns are known before its records are.
type Tabled interface{ Columns() []string }

// A Record is one feature of a file as it stands there, its geometry in lon, lat of WGS84.
type Record struct {
	Place      string         // "line 12", "feature 7", "row 3"
	ID         string         // the file's own id, "" when it has none
	Geometry   orb.Geometry   //
	Properties map[string]any // field -> string, bool, int64 or float64; nil values are absent
	Common     map[string]any // values of common columns (owner, source, effective_from, …), mostly nil
	Heights    int            // coordinates beyond two (Z and M) that were left out
	Parts      int            // records of the file that it was merged from; 0 means 1
	Err        error          // why this record is rejected
	Notes      []string       // what was changed while reading; short and equal for equal things, they are counted
}

// Applier is what features go to: a layers.Editor or a store.
type Applier interface {
	Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error)
}

// ErrFormat is the error of a file that is none of the formats read here.
var ErrFormat = errors.New("unknown file format")

// Open starts reading a file. It recognises the format by the content first and by the name second.
func Open(path string, o Options) (Source, error) {
	src, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("import %s: %w", filepath.Base(path), err)
	}
	if !o.Merge {
		return src, nil
	}
	return mergeParts(src, func() (Source, error) { return open(path, o) }, o)
}

func open(path string, o Options) (Source, error) {
	in, err := openInput(path)
	if err != nil {
		return nil, err
	}
	format, err := in.format(path)
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	var src Source
	switch format {
	case formatGeoJSON:
		src, err = openGeoJSON(in, o)
	case formatCSV:
		src, err = openCSV(in, o)
	case formatCityJSON:
		src, err = openCityJSON(in, o)
	case formatCityGML:
		src, err = openCityGML(in, o)
	default: // they read at will and open the file for themselves
		if err := in.Close(); err != nil {
			return nil, err
		}
		return openRandom(format, path, o)
	}
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return src, nil
}

func openRandom(format fileFormat, path string, o Options) (Source, error) {
	switch format {
	case formatGeoPackage:
		return openGeoPackage(path, o)
	case formatShapefile:
		return openShapefile(path, o)
	case formatZip:
		return openZip(path, o)
	case formatOSM:
		return openOSM(path, o)
	}
	return nil, fmt.Errorf("%w: known are %s", ErrFormat, knownFormats)
}

const knownFormats = "GeoJSON and newline GeoJSON (also .gz), GeoPackage, Shapefile (also zipped), GTFS (zipped), CSV (also .gz), OSM PBF, CityJSON, CityJSONSeq and CityGML 1.0 and 2.0 (also .gz)"

// base is the name of a file without folder, packing and kind.
func base(path string) string {
	name := filepath.Base(path)
	for _, ext := range []string{".gz", ".zip", filepath.Ext(strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zip"))} {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}

// eof tells whether reading came to its proper end.
func eof(err error) bool { return errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) }
