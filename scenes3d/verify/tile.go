package verify

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// deepest is how far down the tiles may go.
const deepest = 200

// A tile is one of the tree, whichever document it came from.
type tile struct {
	parent         *tile
	name           string // document and place
	depth          int
	volume         volume // nil: none that could be read
	replace        bool
	geometricError float64
	transform      matrix // to the earth
	children       bool
}

// tile checks a tile and all below it.
func (w *walker) tile(s scene, j *tileJSON, parent *tile, name string) {
	if w.ctx.Err() != nil {
		return
	}
	at := w.at(s.uri, "%s", name)
	t := &tile{parent: parent, name: s.uri + "#" + name, transform: identity}
	if parent != nil {
		parent.children = true
		t.depth, t.transform, t.replace = parent.depth+1, parent.transform, parent.replace
	}
	if t.depth > deepest {
		at.bad("tile-depth", "the tree is deeper than %d", deepest)
		return
	}
	w.report.Tiles++
	w.shape(at, t, j)
	s.schema.entity(at.in("metadata"), j.Metadata)
	if j.ImplicitTiling != nil {
		w.implicit(s, at, t, j)
		return
	}
	contents := j.Contents
	if j.Content != nil {
		if contents != nil {
			at.bad("content-both", "there are both content and contents")
		}
		contents = append([]contentJSON{*j.Content}, contents...)
	}
	for i := range contents {
		w.content(s, at.in("contents[%d]", i), t, &contents[i])
	}
	for i := range j.Children {
		w.tile(s, &j.Children[i], t, fmt.Sprintf("%s.children[%d]", name, i))
	}
}

// shape reads what a tile is by itself and against its parent.
func (w *walker) shape(at place, t *tile, j *tileJSON) {
	if j.Transform != nil {
		m, wrong := affine(j.Transform)
		if wrong != "" {
			at.in("transform").bad("transform", "%s", wrong)
		}
		t.transform = t.transform.after(m)
	}
	switch j.Refine {
	case "ADD":
		t.replace = false
	case "REPLACE":
		t.replace = true
	default:
		if j.Refine != "" || t.parent == nil {
			at.in("refine").bad("refine", "is %q, not ADD or REPLACE", j.Refine)
		}
	}
	v, err := j.BoundingVolume.read(t.transform)
	if err != nil {
		at.in("boundingVolume").bad("volume", "%v", err)
	}
	t.volume = v
	t.geometricError = w.geometricError(at.uri, at.name+".geometricError", j.GeometricError)
	t.against(at)
}

// against checks a tile against its parent.
func (t *tile) against(at place) {
	if t.parent == nil {
		return
	}
	if t.geometricError > t.parent.geometricError {
		at.in("geometricError").bad("child-error", "%v is above the parent's %v", t.geometricError, t.parent.geometricError)
	}
	if t.volume == nil || t.parent.volume == nil {
		return
	}
	if off := within(t.volume, t.parent.volume); off > slack {
		at.in("boundingVolume").bad("child-outside-parent", "leaves the volume of %s by about %.3g m", t.parent.name, off)
	}
}

// content reads one content of a tile, a GLB or another tileset.
func (w *walker) content(s scene, at place, t *tile, j *contentJSON) {
	s.schema.entity(at.in("metadata"), j.Metadata)
	if j.Group != nil && (*j.Group < 0 || *j.Group >= s.groups) {
		at.in("group").bad("group-range", "%d is not one of %d groups", *j.Group, s.groups)
	}
	var own volume
	if j.BoundingVolume != nil {
		v, err := j.BoundingVolume.read(t.transform)
		if err != nil {
			at.in("boundingVolume").bad("volume", "%v", err)
		} else if own = v; t.volume != nil && within(v, t.volume) > slack {
			at.in("boundingVolume").bad("content-outside-tile", "leaves the volume of its tile by about %.3g m", within(v, t.volume))
		}
	}
	w.load(s, at, t, j.URI, own)
}

// load fetches a content and reads it by what it is.
func (w *walker) load(s scene, at place, t *tile, ref string, own volume) {
	if w.ctx.Err() != nil {
		return
	}
	uri, data, ok := w.resource(s.uri, at.name, ref)
	if !ok {
		return
	}
	name, _, _ := strings.Cut(uri, "?")
	switch {
	case path.Ext(name) == ".json":
		w.document(uri, data, t)
	case bytes.HasPrefix(data, []byte("glTF")):
		w.report.Contents++
		w.report.Bytes += len(data)
		w.glb(uri, data, t, own)
	default:
		at.bad("content-type", "%s is neither GLB nor a tileset.json: it begins %q", uri, data[:min(4, len(data))])
	}
}

// above says whether t is o or an ancestor of it.
func (t *tile) above(o *tile) bool {
	for ; o != nil && o.depth >= t.depth; o = o.parent {
		if o == t {
			return true
		}
	}
	return false
}

// document is the URI of the document the tile came from.
func (t *tile) document() string {
	uri, _, _ := strings.Cut(t.name, "#")
	return uri
}
