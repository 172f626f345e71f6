package scenes3d

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/wardmap/wardmap/tiles"
)

// exaggeration is how many times the size of the largest body that is left out the geometric error says. Clients refine
// by default where the error is larger than 16 pixels: that much of a missing building would be a hole in the skyline,
// 2 pixels are not.
const exaggeration = 8

// tile is a tile as a tileset has it.
type tile struct {
	BoundingVolume volume   `json:"boundingVolume"`
	GeometricError float64  `json:"geometricError"`
	Refine         string   `json:"refine,omitempty"`
	Content        *content `json:"content,omitempty"`
	Children       []tile   `json:"children,omitempty"`
}

type volume struct {
	Region [6]float64 `json:"region"` // west, south, east, north in radians, low, high in metres
}

type content struct {
	URI string `json:"uri"`
}

type document struct {
	Asset          asset   `json:"asset"`
	GeometricError float64 `json:"geometricError"`
	Root           tile    `json:"root"`
}

type asset struct {
	Version string `json:"version"`
}

// noTileset is the document of a set without bodies.
const noTileset = `{"asset":{"version":"1.1"},"geometricError":0,"root":{"boundingVolume":{"region":[0,0,0,0,0,0]},"geometricError":0,"refine":"ADD"}}`

// Tileset appends the document that a client opens first, at tileset.json, and Page that of the cells below one, at
// {z}/{x}/{y}.json. Both address what is below as {z}/{x}/{y}.glb and .json. Page is ErrNone where nothing stands.
func (s *Set) Tileset(dst []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	top, any := s.tree.top()
	if !any {
		return append(dst, noTileset...), nil
	}
	return s.document(dst, top, "")
}

// Page appends a page.
func (s *Set) Page(dst []byte, id tiles.ID) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.tree.cells[id] == nil {
		return dst, fmt.Errorf("page %v: %w", id, ErrNone)
	}
	return s.document(dst, id, "../../")
}

func (s *Set) document(dst []byte, root tiles.ID, prefix string) ([]byte, error) {
	d := document{Asset: asset{"1.1"}, GeometricError: exaggeration * s.tree.cells[root].all.largest}
	d.Root = s.tree.tile(root, levelsPerPage, prefix)
	d.Root.Refine = "ADD"
	text, err := json.Marshal(d)
	if err != nil {
		return dst, fmt.Errorf("page %v: %w", root, err)
	}
	return append(dst, text...), nil
}

// tile writes a cell and so many levels below it; the last ones point to pages of their own.
func (t *tree) tile(id tiles.ID, levels int, prefix string) tile {
	c := t.cells[id]
	out := tile{BoundingVolume: c.all.box.volume(), GeometricError: exaggeration * t.missing(id)}
	if c.own.count > 0 {
		out.Content = &content{fmt.Sprintf("%s%v.glb", prefix, id)}
	}
	for _, child := range children(id) {
		below := t.cells[child]
		switch {
		case below == nil:
		case levels > 1 || below.all.count == below.own.count:
			out.Children = append(out.Children, t.tile(child, levels-1, prefix))
		default:
			out.Children = append(out.Children, tile{
				BoundingVolume: below.all.box.volume(), GeometricError: exaggeration * below.all.largest,
				Content: &content{fmt.Sprintf("%s%v.json", prefix, child)},
			})
		}
	}
	return out
}

// padded is the box with a margin in metres around it.
func (b box) padded(m float64) box {
	north := m / 6.33e6 * 180 / math.Pi // a little more than a degree has anywhere
	east := north / max(math.Cos(max(math.Abs(b.south), math.Abs(b.north))*math.Pi/180), 1e-6)
	return box{
		max(b.west-east, -180), max(b.south-north, -90), min(b.east+east, 180), min(b.north+north, 90), b.low - m, b.high + m,
	}
}

func (b box) volume() volume {
	r := math.Pi / 180
	return volume{[6]float64{b.west * r, b.south * r, b.east * r, b.north * r, b.low, b.high}}
}
