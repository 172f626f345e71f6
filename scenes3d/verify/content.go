package verify

import (
	"encoding/json"
	"maps"
	"slices"
)

// A content is one GLB of a tile, being read.
type content struct {
	w    *walker
	at   place
	tile *tile
	own  volume // of the content itself, may be nil

	doc       *gltf
	bin       []byte
	views     [][]byte
	accessors []*numbers
	tables    []*table
	meshes    map[int][]*mesh
	solids    map[owner]*solid
	outside   []astray
	used      map[string]bool // extensions
	room      int             // bytes that may still be made of it
}

// glb reads a content of tile t.
func (w *walker) glb(uri string, data []byte, t *tile, own volume) {
	c := &content{
		w: w, at: w.at(uri, "glb"), tile: t, own: own,
		meshes: map[int][]*mesh{}, solids: map[owner]*solid{}, used: map[string]bool{},
		room: 64<<20 + 128*len(data),
	}
	text, bin := readGLB(c.at, data)
	if text == nil {
		return
	}
	c.bin, c.doc = bin, &gltf{}
	if err := json.Unmarshal(text, c.doc); err != nil {
		c.at.bad("gltf-json", "%v", err)
		return
	}
	if v := c.doc.Asset.Version; v != "2.0" {
		c.at.in("asset.version").bad("gltf-version", "is %q, not 2.0", v)
	}
	checkRequired(c.at.in("extensionsRequired"), c.doc.ExtensionsUsed, c.doc.ExtensionsRequired, gltfExtensions)
	c.readViews()
	c.readAccessors()
	c.readMetadata()
	c.readScene()
	c.strayed()
	c.weigh()
	c.checkTables()
	c.checkDeclared()
}

// take asks for room in memory.
func (c *content) take(at place, n int) bool {
	if n > c.room {
		at.bad("content-size", "the content unfolds to more than its %d bytes can mean", len(c.bin))
		return false
	}
	c.room -= n
	return true
}

// uses notes that an extension is used, so that it must be declared.
func (c *content) uses(extension string) { c.used[extension] = true }

// checkDeclared finds extensions that are used but not declared.
func (c *content) checkDeclared() {
	for _, e := range slices.Sorted(maps.Keys(c.used)) {
		code := "extension-undeclared"
		if e == quantization {
			code = "quantization-undeclared"
		}
		if !slices.Contains(c.doc.ExtensionsUsed, e) {
			c.at.in("extensionsUsed").bad(code, "%s is used but not listed", e)
		} else if (e == quantization || e == meshopt) && !slices.Contains(c.doc.ExtensionsRequired, e) {
			c.at.in("extensionsRequired").bad(code, "%s is used but not required", e)
		}
	}
}

// weigh finishes the solids of the content.
func (c *content) weigh() {
	keys := slices.SortedFunc(maps.Keys(c.solids), owner.compare)
	for _, k := range keys {
		s := c.solids[k]
		at := c.at.in("%s", k)
		s.check(at, k.id >= 0)
		if k.id < 0 {
			continue
		}
		c.w.report.Features++
		if k.table < 0 {
			continue
		}
		t := c.tables[k.table]
		sum := s.sum()
		sum.Properties = t.row(k.id)
		id, ok := t.name(k.id)
		if !ok {
			continue
		}
		if id == "" {
			at.bad("feature-id-null", "row %d of the property table has no id", k.id)
			continue
		}
		c.w.saw(at, id, c.tile, sum)
	}
}
