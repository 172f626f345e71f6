package verify

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// A document is a tileset.json.
type document struct {
	Asset              struct{ Version string }
	GeometricError     *float64
	Root               *tileJSON
	Schema             *schemaJSON
	SchemaURI          string
	Metadata           *entity
	Groups             []entity
	ExtensionsUsed     []string
	ExtensionsRequired []string
}

type tileJSON struct {
	BoundingVolume *volumeJSON
	GeometricError *float64
	Refine         string
	Transform      []float64
	Content        *contentJSON
	Contents       []contentJSON
	Children       []tileJSON
	ImplicitTiling *implicitJSON
	Metadata       *entity
}

type contentJSON struct {
	URI            string
	BoundingVolume *volumeJSON
	Group          *int
	Metadata       *entity
}

// A walker goes through the documents and tiles, from the root down.
type walker struct {
	ctx    context.Context
	fetch  Fetch
	notes  notes
	report Report
	open   []string // the documents being read, the root first
	shown  map[string][]*tile
	known  map[string]*schema // by URI
}

// A scene is the document that tiles are being read of.
type scene struct {
	uri    string
	schema *schema
	groups int
}

// document reads a tileset.json whose root is a child of parent, or of none.
func (w *walker) document(uri string, data []byte, parent *tile) {
	if slices.Contains(w.open, uri) {
		w.notes.add(uri, "content.uri", "tileset-cycle", "the tileset contains itself, by %s", strings.Join(w.open, ", "))
		return
	}
	w.open = append(w.open, uri)
	defer func() { w.open = w.open[:len(w.open)-1] }()
	w.report.Bytes += len(data)
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		w.notes.add(uri, "document", "tileset-json", "%v", err)
		return
	}
	w.head(uri, &d)
	s := scene{uri: uri, schema: w.schema(uri, d.Schema, d.SchemaURI), groups: len(d.Groups)}
	s.schema.entity(w.at(uri, "metadata"), d.Metadata)
	for i := range d.Groups {
		s.schema.entity(w.at(uri, "groups[%d]", i), &d.Groups[i])
	}
	if d.Root == nil {
		w.notes.add(uri, "root", "root-missing", "there is no root tile")
		return
	}
	w.tile(s, d.Root, parent, "root")
}

func (w *walker) head(uri string, d *document) {
	if d.Asset.Version != "1.1" {
		w.notes.add(uri, "asset.version", "asset-version", "is %q, not 1.1", d.Asset.Version)
	}
	w.geometricError(uri, "geometricError", d.GeometricError)
	checkRequired(w.at(uri, "extensionsRequired"), d.ExtensionsUsed, d.ExtensionsRequired, tilesetExtensions)
}

// geometricError checks a geometric error and returns it, 0 if it is not one.
func (w *walker) geometricError(uri, place string, e *float64) float64 {
	switch {
	case e == nil:
		w.notes.add(uri, place, "error-missing", "there is no geometric error")
	case *e < 0:
		w.notes.add(uri, place, "error-negative", "the geometric error is %v", *e)
	default:
		return *e
	}
	return 0
}

// join finds the path of a resource that a document names, relative to the
// root document's place.
func join(document, ref string) (string, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return "", err
	}
	if u.IsAbs() || u.Host != "" || strings.HasPrefix(ref, "/") {
		return "", errEscapes
	}
	// The walk up is counted from far below, so that it shows.
	const below = "/x/x/x/x/x/x/x/x/"
	base, err := url.Parse("http://v" + below + document)
	if err != nil {
		return "", err
	}
	full := base.ResolveReference(u).RequestURI()
	rest, ok := strings.CutPrefix(full, below)
	if !ok {
		return "", errEscapes
	}
	return rest, nil
}

// resource fetches what a document names; not ok is noted.
func (w *walker) resource(uri, place, ref string) (path string, data []byte, ok bool) {
	path, err := join(uri, ref)
	if err != nil {
		w.notes.add(uri, place, "uri", "%q: %v", ref, err)
		return "", nil, false
	}
	data, err = w.fetch(path)
	if err != nil {
		w.notes.add(uri, place, "content-missing", "%s: %v", path, err)
		return "", nil, false
	}
	return path, data, true
}
