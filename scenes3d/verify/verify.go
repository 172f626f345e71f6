// Package verify reads a 3D Tiles 1.1 tileset the way a strict client would and
// says everything that is wrong with it: the tree of tiles and its volumes, the
// GLB container, the glTF inside, meshopt streams, metadata, and the solids
// themselves. It shares no code with the writer of the tiles, so that a mistake
// made there is not made here again. It owns no network: a Fetch brings the
// bytes. A fault of the data is a Problem, never an error and never a panic.
package verify

import (
	"context"
	"errors"
	"fmt"
)

// A Fetch reads a resource of the tileset by its path relative to the root
// document, e.g. "tileset.json" or "0/1/2.glb?x=1". The bytes come decoded, not
// gzipped.
type Fetch func(uri string) ([]byte, error)

// A Problem is one fault of a tileset. Code is a short stable word; URI and
// Place say where it is, Text what it is.
type Problem struct {
	URI, Place, Text string
	Code             string
}

func (p Problem) String() string {
	return fmt.Sprintf("%s: %s: %s: %s", p.URI, p.Place, p.Code, p.Text)
}

// A Sum is what is measured on one feature. In an oracle a Volume or Area of 0
// means not asked, and so do a Lon and Lat, or two heights, that are both 0.
type Sum struct {
	Volume               float64 // m³, above the lowest height of the feature
	Area                 float64 // m², of the faces that look up, seen from above
	Lon, Lat             float64 // degrees, the centroid of that area
	MinHeight, MaxHeight float64 // metres above the ellipsoid
	Properties           map[string]any

	step, skin float64 // metres of the coarsest grid, m² of all faces
}

// Options say what more is known of a tileset. The zero value asks nothing.
type Options struct {
	Sums map[string]Sum // by feature id, all the features there should be
}

// A Report is what was read and what was wrong.
type Report struct {
	Tiles, Contents, Features, Triangles, Vertices, Bytes int

	Problems []Problem
	Seen     map[string]Sum // by feature id, of its deepest tile
}

// Tileset verifies the tileset whose root document is root. The error is about
// the reading alone: ctx ended, or there is no root document.
func Tileset(ctx context.Context, root string, fetch Fetch, o Options) (Report, error) {
	w := &walker{ctx: ctx, fetch: fetch, shown: map[string][]*tile{}, known: map[string]*schema{}}
	w.report.Seen = map[string]Sum{}
	data, err := fetch(root)
	if err != nil {
		return Report{}, fmt.Errorf("verify %s: %w", root, err)
	}
	w.document(root, data, nil)
	if err := ctx.Err(); err != nil {
		return Report{}, fmt.Errorf("verify %s: %w", root, err)
	}
	w.lost()
	w.compare(root, o.Sums)
	w.report.Problems = w.notes.problems()
	return w.report, nil
}

var errEscapes = errors.New("leaves the tileset")
