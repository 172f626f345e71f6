package verify_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The place of the tests, and WGS84.
const (
	lon0, lat0, ground = 105.72 * math.Pi / 180, 34.58 * math.Pi / 180, 1150.0
	radius, ecc2       = 6378137.0, 0.0066943799901413165
)

// A tree is JSON that a test can change.
type tree = map[string]any

// parse makes a tree of JSON text with its numbers.
func parse(format string, args ...any) tree {
	var t tree
	if err := json.Unmarshal(fmt.Appendf(nil, format, args...), &t); err != nil {
		panic(err)
	}
	return t
}

// set changes the value at a path like "root.children.0.refine"; nil deletes.
func set(t any, path string, value any) {
	steps := strings.Split(path, ".")
	for _, s := range steps[:len(steps)-1] {
		t = step(t, s)
	}
	last := steps[len(steps)-1]
	switch t := t.(type) {
	case tree:
		if t[last] = value; value == nil {
			delete(t, last)
		}
	case []any:
		i, _ := strconv.Atoi(last)
		t[i] = value
	}
}

func step(t any, s string) any {
	if m, ok := t.(tree); ok {
		return m[s]
	}
	i, _ := strconv.Atoi(s)
	return t.([]any)[i]
}

func get(t any, path string) any {
	for s := range strings.SplitSeq(path, ".") {
		t = step(t, s)
	}
	return t
}

// A glb is a content that a test can change.
type glb struct {
	doc tree
	bin []byte
}

// view is the bytes of a buffer view, compressed or not.
func (g *glb) view(i int) []byte {
	v := get(g.doc, fmt.Sprintf("bufferViews.%d", i)).(tree)
	if e, ok := v["extensions"]; ok {
		v = get(e, "EXT_meshopt_compression").(tree)
	}
	at := int(v["byteOffset"].(float64))
	return g.bin[at : at+int(v["byteLength"].(float64))]
}

// add appends the bytes of a new view, aligned to 8.
func (g *glb) add(data []byte) (offset int) {
	for len(g.bin)%8 != 0 {
		g.bin = append(g.bin, 0)
	}
	offset = len(g.bin)
	g.bin = append(g.bin, data...)
	return offset
}

func (g *glb) bytes() []byte {
	text, _ := json.Marshal(g.doc)
	for len(text)%4 != 0 {
		text = append(text, ' ')
	}
	bin := slices.Clone(g.bin)
	for len(bin)%4 != 0 {
		bin = append(bin, 0)
	}
	le := binary.LittleEndian
	out := le.AppendUint32([]byte("glTF"), 2)
	out = le.AppendUint32(out, uint32(28+len(text)+len(bin)))
	out = append(le.AppendUint32(out, uint32(len(text))), "JSON"...)
	out = append(out, text...)
	out = append(le.AppendUint32(out, uint32(len(bin))), "BIN\x00"...)
	return append(out, bin...)
}

// frame is the node matrix that puts east, north, up metres at the place, as a
// y-up glTF has it.
func frame(scale float64) []any {
	sl, cl := math.Sincos(lon0)
	sp, cp := math.Sincos(lat0)
	n := radius / math.Sqrt(1-ecc2*sp*sp)
	columns := [4][3]float64{
		{-sl * scale, cl * scale, 0},
		{-sp * cl * scale, -sp * sl * scale, cp * scale},
		{cp * cl * scale, cp * sl * scale, sp * scale},
		{(n + ground) * cp * cl, (n + ground) * cp * sl, (n*(1-ecc2) + ground) * sp},
	}
	var out []any
	for i, c := range columns {
		out = append(out, c[0], c[2], -c[1], float64(i/3))
	}
	return out
}

// A building is a box from x, y on, in metres, standing at 0.
type building struct {
	id            string
	x, y, w, d, h float64
	floor         bool
	kind          uint8 // 1 office, 2 school
	lit           bool
	listed        uint8 // 0 no, 1 yes, 9 unknown
}

// A soup is flat faces: each vertex with its normal and its building.
type soup struct {
	positions, normals [][3]float64
	ids                []int
	indices            []uint32
}

func (s *soup) quad(id int, normal [3]float64, corners ...[3]float64) {
	n := uint32(len(s.positions))
	for _, c := range corners {
		s.positions, s.normals, s.ids = append(s.positions, c), append(s.normals, normal), append(s.ids, id)
	}
	s.indices = append(s.indices, n, n+1, n+2, n, n+2, n+3)
}

func build(list []building) *soup {
	s := &soup{}
	for i, b := range list {
		p := func(x, y, z float64) [3]float64 { return [3]float64{b.x + x*b.w, b.y + y*b.d, z * b.h} }
		s.quad(i, [3]float64{0, -1, 0}, p(0, 0, 0), p(1, 0, 0), p(1, 0, 1), p(0, 0, 1))
		s.quad(i, [3]float64{1, 0, 0}, p(1, 0, 0), p(1, 1, 0), p(1, 1, 1), p(1, 0, 1))
		s.quad(i, [3]float64{0, 1, 0}, p(1, 1, 0), p(0, 1, 0), p(0, 1, 1), p(1, 1, 1))
		s.quad(i, [3]float64{-1, 0, 0}, p(0, 1, 0), p(0, 0, 0), p(0, 0, 1), p(0, 1, 1))
		s.quad(i, [3]float64{0, 0, 1}, p(0, 0, 1), p(1, 0, 1), p(1, 1, 1), p(0, 1, 1))
		if b.floor {
			s.quad(i, [3]float64{0, 0, -1}, p(0, 1, 0), p(1, 1, 0), p(1, 0, 0), p(0, 0, 0))
		}
	}
	return s
}

// bounds are min and max, as JSON.
func bounds(list [][3]float64) (low, high []any) {
	for k := range 3 {
		a, b := math.Inf(1), math.Inf(-1)
		for _, p := range list {
			a, b = min(a, p[k]), max(b, p[k])
		}
		low, high = append(low, a), append(high, b)
	}
	return low, high
}
