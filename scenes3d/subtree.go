package scenes3d

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"github.com/wardmap/wardmap/tiles"
)

// SubtreeType is the media type of subtrees.
const SubtreeType = "application/octet-stream"

// subtreeLevels is how many levels a subtree has: an edit changes a subtree or two on each way up, of at most 341 tiles.
const subtreeLevels = 5

// cellSchema says what the metadata of cells mean: where their bodies and those below really are, and how large the largest
// is that is missing.
const cellSchema = `{"id":"wardmap_cells","classes":{` +
	`"tile":{"properties":{` +
	`"region":{"type":"SCALAR","componentType":"FLOAT64","array":true,"count":6,"required":true,"semantic":"TILE_BOUNDING_REGION"},` +
	`"error":{"type":"SCALAR","componentType":"FLOAT64","required":true,"semantic":"TILE_GEOMETRIC_ERROR"}}},` +
	`"content":{"properties":{` +
	`"region":{"type":"SCALAR","componentType":"FLOAT64","array":true,"count":6,"required":true,"semantic":"CONTENT_BOUNDING_REGION"}}}}}`

// Subtree appends the subtree of the implicit tileset at a cell, or is ErrNone where nothing stands.
func (s *Set) Subtree(dst []byte, id tiles.ID) ([]byte, error) {
	t, unlock := s.readEven()
	defer unlock()
	if t.cells[id] == nil {
		return dst, fmt.Errorf("subtree %v: %w", id, ErrNone)
	}
	return t.subtree(id).append(dst)
}

// subtree collects what is at and below a cell.
func (t *tree) subtree(root tiles.ID) *subtree {
	type place struct {
		index int // in Morton order on its level
		id    tiles.ID
	}
	s := newSubtree()
	first, level := 0, []place{{0, root}}
	for depth := range subtreeLevels {
		var below []place
		for _, at := range level {
			s.add(first+at.index, t.cells[at.id], exaggeration*t.missing(at.id))
			for k, child := range children(at.id) { // which are in Morton order
				if t.cells[child] != nil {
					below = append(below, place{4*at.index + k, child})
				}
			}
		}
		first += 1 << (2 * depth)
		level = below
	}
	for _, at := range level {
		s.children.set(at.index)
	}
	return s
}

// A subtree is being written: bits of what there is, and a row of metadata for each tile and content, in the same order.
type subtree struct {
	tiles, contents, children availability
	regions, errors, own      []float64
}

func newSubtree() *subtree {
	below := 1 << (2 * subtreeLevels)
	nodes := (below - 1) / 3
	return &subtree{tiles: newAvailability(nodes), contents: newAvailability(nodes), children: newAvailability(below)}
}

func (s *subtree) add(index int, c *cell, missing float64) {
	s.tiles.set(index)
	region := c.all.box.volume().Region
	s.regions, s.errors = append(s.regions, region[:]...), append(s.errors, missing)
	if c.own.count > 0 {
		s.contents.set(index)
		region := c.own.box.volume().Region
		s.own = append(s.own, region[:]...)
	}
}

// An availability is one bit for each of n places.
type availability struct {
	n, count int
	bits     []byte
}

func newAvailability(n int) availability { return availability{n: n, bits: make([]byte, (n+7)/8)} }

func (a *availability) set(i int) {
	a.bits[i/8] |= 1 << (i % 8)
	a.count++
}

type subtreeDocument struct {
	Buffers           []subtreeBuffer `json:"buffers"`
	BufferViews       []subtreeView   `json:"bufferViews"`
	PropertyTables    []subtreeTable  `json:"propertyTables"`
	TileAvailability  availableText   `json:"tileAvailability"`
	ContentAvailable  []availableText `json:"contentAvailability"`
	ChildAvailability availableText   `json:"childSubtreeAvailability"`
	TileMetadata      int             `json:"tileMetadata"`
	ContentMetadata   []int           `json:"contentMetadata,omitempty"`
}

type subtreeBuffer struct {
	ByteLength int `json:"byteLength"`
}

type subtreeView struct {
	Buffer     int `json:"buffer"`
	ByteOffset int `json:"byteOffset"`
	ByteLength int `json:"byteLength"`
}

type subtreeTable struct {
	Class      string                   `json:"class"`
	Count      int                      `json:"count"`
	Properties map[string]subtreeColumn `json:"properties"`
}

type subtreeColumn struct {
	Values int `json:"values"`
}

type availableText struct {
	Constant       *int `json:"constant,omitempty"`
	Bitstream      *int `json:"bitstream,omitempty"`
	AvailableCount *int `json:"availableCount,omitempty"`
}

// append writes the subtree: a header, JSON and the binary chunk, each at a multiple of 8.
func (s *subtree) append(dst []byte) ([]byte, error) {
	var w subtreeWriter
	d := subtreeDocument{
		TileAvailability: w.available(&s.tiles), ContentAvailable: []availableText{w.available(&s.contents)},
		ChildAvailability: w.available(&s.children),
		PropertyTables: []subtreeTable{{"tile", s.tiles.count, map[string]subtreeColumn{
			"region": {w.numbers(s.regions)}, "error": {w.numbers(s.errors)},
		}}},
	}
	if s.contents.count > 0 { // a table without rows would be none
		d.ContentMetadata = []int{1}
		d.PropertyTables = append(d.PropertyTables, subtreeTable{"content", s.contents.count, map[string]subtreeColumn{"region": {w.numbers(s.own)}}})
	}
	d.Buffers, d.BufferViews = []subtreeBuffer{{len(w.bin)}}, w.views
	text, err := json.Marshal(d)
	if err != nil {
		return dst, fmt.Errorf("subtree: %w", err)
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	dst = binary.LittleEndian.AppendUint32(append(dst, "subt"...), 1)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(text)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(w.bin)))
	return append(append(dst, text...), w.bin...), nil
}

// A subtreeWriter collects the binary chunk.
type subtreeWriter struct {
	bin   []byte
	views []subtreeView
}

// view adds a view of the bytes since start, and pads them.
func (w *subtreeWriter) view(start int) int {
	w.views = append(w.views, subtreeView{0, start, len(w.bin) - start})
	for len(w.bin)%8 != 0 {
		w.bin = append(w.bin, 0)
	}
	return len(w.views) - 1
}

// available writes bits, or a constant where all are alike.
func (w *subtreeWriter) available(a *availability) availableText {
	if a.count == 0 || a.count == a.n {
		return availableText{Constant: new(a.count / a.n)}
	}
	start := len(w.bin)
	w.bin = append(w.bin, a.bits...)
	return availableText{Bitstream: new(w.view(start)), AvailableCount: &a.count}
}

func (w *subtreeWriter) numbers(all []float64) int {
	start := len(w.bin)
	for _, v := range all {
		w.bin = binary.LittleEndian.AppendUint64(w.bin, math.Float64bits(v))
	}
	return w.view(start)
}
