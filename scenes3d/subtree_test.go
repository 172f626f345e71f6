package scenes3d

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/wardmap/wardmap/tiles"
)

// A reading is what a subtree says.
type reading struct {
	tiles, contents, children map[int]bool // by index in the bitstream
	regions, own              map[int][6]float64
	errors                    map[int]float64
}

func readSubtree(t *testing.T, data []byte) reading {
	t.Helper()
	le := binary.LittleEndian
	text, bin := int(le.Uint64(data[8:])), int(le.Uint64(data[16:]))
	if string(data[:4]) != "subt" || le.Uint32(data[4:]) != 1 || text%8 != 0 || bin%8 != 0 || len(data) != 24+text+bin {
		t.Fatalf("the header %x of %d bytes", data[:24], len(data))
	}
	var d subtreeDocument
	if err := json.Unmarshal(data[24:24+text], &d); err != nil {
		t.Fatal(err)
	}
	view := func(i int) []byte {
		v := d.BufferViews[i]
		if v.ByteOffset%8 != 0 {
			t.Fatalf("view %d begins at %d", i, v.ByteOffset)
		}
		return data[24+text+v.ByteOffset:][:v.ByteLength]
	}
	available := func(a availableText, n int) map[int]bool {
		out := map[int]bool{}
		for i := range n {
			if a.Constant != nil && *a.Constant == 1 || a.Constant == nil && view(*a.Bitstream)[i/8]>>(i%8)&1 == 1 {
				out[i] = true
			}
		}
		if a.Constant == nil && (*a.AvailableCount != len(out) || len(out) == 0 || len(out) == n) {
			t.Fatalf("%d of %d are available, it says %d", len(out), n, *a.AvailableCount)
		}
		return out
	}
	numbers := func(i int) (out []float64) {
		for b := view(i); len(b) > 0; b = b[8:] {
			out = append(out, math.Float64frombits(le.Uint64(b)))
		}
		return out
	}
	r := reading{regions: map[int][6]float64{}, own: map[int][6]float64{}, errors: map[int]float64{}}
	r.tiles, r.contents = available(d.TileAvailability, 341), available(d.ContentAvailable[0], 341)
	r.children = available(d.ChildAvailability, 1024)
	rows := func(table int, class string, of map[int]bool, to func(index, row int)) subtreeTable {
		one := d.PropertyTables[table]
		if one.Class != class || one.Count != len(of) {
			t.Fatalf("table %d is of %d %s, want %d %s", table, one.Count, one.Class, len(of), class)
		}
		row := 0
		for i := range 341 {
			if of[i] {
				to(i, row)
				row++
			}
		}
		return one
	}
	one := d.PropertyTables[d.TileMetadata]
	regions, errors := numbers(one.Properties["region"].Values), numbers(one.Properties["error"].Values)
	rows(d.TileMetadata, "tile", r.tiles, func(i, row int) { r.regions[i], r.errors[i] = [6]float64(regions[6*row:]), errors[row] })
	if len(r.contents) > 0 {
		own := numbers(d.PropertyTables[d.ContentMetadata[0]].Properties["region"].Values)
		rows(d.ContentMetadata[0], "content", r.contents, func(i, row int) { r.own[i] = [6]float64(own[6*row:]) })
	} else if d.ContentMetadata != nil {
		t.Fatal("there are metadata of no content")
	}
	return r
}

// morton interleaves the bits of a column and a row.
func morton(x, y uint32) (index int) {
	for i := range 16 {
		index |= int(x>>i&1)<<(2*i) | int(y>>i&1)<<(2*i+1)
	}
	return index
}

// TestSubtreesAgreeWithAListOfBodies: every bit and every row of every subtree against a scan of all bodies.
func TestSubtreesAgreeWithAListOfBodies(t *testing.T) {
	s := New(city, noon)
	s.Put(noon, town(700, 11)...)
	s.Put(noon, building("tower", square(105.605, 34.505, 300, 300), map[string]any{"height": 500.0}))
	type standing struct {
		id    tiles.ID
		space box
		size  float64
	}
	var all []standing
	for _, h := range s.held {
		all = append(all, standing{bruteCell(h.body), nowhere, h.body.size})
		_, all[len(all)-1].space = evenly(h.body)
	}
	root, d := implicitRoot(t, s)
	seen := 0
	var open func(id tiles.ID)
	open = func(id tiles.ID) {
		seen++
		data, err := s.Subtree(nil, id)
		if err != nil {
			t.Fatal(err)
		}
		got := readSubtree(t, data)
		want := reading{map[int]bool{}, map[int]bool{}, map[int]bool{}, map[int][6]float64{}, map[int][6]float64{}, map[int]float64{}}
		boxes, owns := map[int]box{}, map[int]box{}
		around := func(m map[int]box, i int, b box) {
			if old, ok := m[i]; ok {
				b = b.union(old)
			}
			m[i] = b
		}
		for _, one := range all {
			for z := id.Z; z <= one.id.Z && z <= id.Z+subtreeLevels; z++ {
				up, depth := one.id.Z-z, z-id.Z
				x, y := one.id.X>>up, one.id.Y>>up
				if x>>depth != id.X || y>>depth != id.Y {
					break
				}
				i := morton(x-id.X<<depth, y-id.Y<<depth)
				if depth == subtreeLevels {
					want.children[i] = true
					continue
				}
				i += (1<<(2*depth) - 1) / 3
				want.tiles[i] = true
				around(boxes, i, one.space)
				if z == one.id.Z {
					want.contents[i] = true
					around(owns, i, one.space)
					want.errors[i] += 0
				} else {
					want.errors[i] = max(want.errors[i], exaggeration*one.size)
				}
			}
		}
		for i, b := range boxes {
			want.regions[i] = b.volume().Region
		}
		for i, b := range owns {
			want.own[i] = b.volume().Region
		}
		if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
			t.Errorf("subtree %v says\n%s\nwant\n%s", id, g, w)
		}
		for i := range want.children {
			x, y := id.X<<subtreeLevels, id.Y<<subtreeLevels
			for k := range subtreeLevels {
				x |= uint32(i>>(2*k)&1) << k
				y |= uint32(i>>(2*k+1)&1) << k
			}
			open(tiles.ID{Z: id.Z + subtreeLevels, X: x, Y: y})
		}
	}
	open(root)
	if seen < 4 || d.Root.ImplicitTiling.SubtreeLevels != subtreeLevels || d.Root.ImplicitTiling.AvailableLevels != 21-int(root.Z) {
		t.Errorf("%d subtrees; %+v", seen, d.Root.ImplicitTiling)
	}
}

// bruteCell tries all levels for the deepest cell that is high enough for a body and holds its box with some room.
func bruteCell(b *body) (found tiles.ID) {
	for z := uint8(0); z <= deepestCell; z++ {
		w, h := 360/float64(uint32(1)<<z), 180/float64(uint32(1)<<z)
		if z > 0 && h*math.Pi/180*semiMajor < cellsPerBody*b.size {
			break
		}
		_, space := evenly(b)
		x, y := math.Floor((space.west+180)/w), math.Floor((space.south+90)/h)
		if space.east < (x+1)*w-180 && space.north < (y+1)*h-90 {
			found = tiles.ID{Z: z, X: uint32(x), Y: uint32(y)}
		}
	}
	return found
}

func TestASubtreeThatIsFullOrEmpty(t *testing.T) {
	s := newSubtree()
	full := &cell{own: summary{count: 1}, all: summary{count: 1}}
	for i := range 341 {
		s.add(i, full, 0)
	}
	data, err := s.append(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := readSubtree(t, data)
	if len(r.tiles) != 341 || len(r.contents) != 341 || len(r.children) != 0 {
		t.Errorf("%d tiles, %d contents, %d children", len(r.tiles), len(r.contents), len(r.children))
	}
	for _, bits := range []string{`"tileAvailability":{"constant":1}`, `"contentAvailability":[{"constant":1}]`, `"childSubtreeAvailability":{"constant":0}`} {
		if !slices.Contains(splitJSON(data), bits) {
			t.Errorf("%s is not in %s", bits, data[24:600])
		}
	}
}

// splitJSON is the members of a subtree's JSON as text.
func splitJSON(data []byte) (out []string) {
	var all map[string]json.RawMessage
	n := binary.LittleEndian.Uint64(data[8:])
	_ = json.Unmarshal(data[24:24+n], &all)
	for name, value := range all {
		out = append(out, fmt.Sprintf("%q:%s", name, value))
	}
	return out
}
