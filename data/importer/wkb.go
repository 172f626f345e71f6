package importer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// parseWKB reads a geometry as well-known binary: ISO and EWKB, any byte order, Z and M left out and counted.
// Nothing is allocated that the bytes do not really hold.
func parseWKB(b []byte) (g orb.Geometry, heights int, err error) {
	r := wkbReader{b: b}
	g, err = r.geometry(0, 0)
	if err == nil && len(r.b) > 0 {
		err = fmt.Errorf("%d bytes stand behind the geometry", len(r.b))
	}
	if err != nil {
		return nil, 0, fmt.Errorf("well-known binary: %w", err)
	}
	return g, r.heights, nil
}

// wkbReader walks through well-known binary.
type wkbReader struct {
	b       []byte
	order   binary.ByteOrder
	size    int  // bytes of a position
	high    bool // positions have heights
	heights int
}

var errCut = errors.New("it ends too early")

const (
	wkbPoint = iota + 1
	wkbLine
	wkbPolygon
	wkbMultiPoint
	wkbMultiLine
	wkbMultiPolygon
	wkbCollection
)

// geometry reads a geometry. want is the type that a member must have, 0 for any.
func (r *wkbReader) geometry(depth int, want uint32) (orb.Geometry, error) {
	if depth > 16 {
		return nil, fmt.Errorf("collections are nested too deep")
	}
	kind, err := r.header()
	if err != nil {
		return nil, err
	}
	if want != 0 && kind != want {
		return nil, fmt.Errorf("a member is of type %d, not %d", kind, want)
	}
	switch kind {
	case wkbPoint:
		ps, err := r.positions(1)
		if err != nil {
			return nil, err
		}
		if math.IsNaN(ps[0][0]) && math.IsNaN(ps[0][1]) {
			return nil, fmt.Errorf("the point is empty")
		}
		return ps[0], nil
	case wkbLine:
		ps, err := r.run()
		return orb.LineString(ps), err
	case wkbPolygon:
		return r.polygon()
	case wkbMultiPoint:
		return wkbMembers(r, depth, wkbPoint, orb.MultiPoint(nil))
	case wkbMultiLine:
		return wkbMembers(r, depth, wkbLine, orb.MultiLineString(nil))
	case wkbMultiPolygon:
		return wkbMembers(r, depth, wkbPolygon, orb.MultiPolygon(nil))
	case wkbCollection:
		return wkbMembers(r, depth, 0, orb.Collection(nil))
	}
	return nil, fmt.Errorf("geometry type %d (a curve or surface) is not supported", kind)
}

// wkbMembers reads the members of a multi-geometry.
func wkbMembers[S ~[]G, G orb.Geometry](r *wkbReader, depth int, want uint32, out S) (orb.Geometry, error) {
	n, err := r.count(9)
	if err != nil {
		return nil, err
	}
	for range n {
		g, err := r.geometry(depth+1, want)
		if err != nil {
			return nil, err
		}
		out = append(out, g.(G))
	}
	return any(out).(orb.Geometry), nil
}

// header reads byte order and type.
func (r *wkbReader) header() (kind uint32, err error) {
	if len(r.b) < 5 {
		return 0, errCut
	}
	switch r.b[0] {
	case 0:
		r.order = binary.BigEndian
	case 1:
		r.order = binary.LittleEndian
	default:
		return 0, fmt.Errorf("%d is no byte order", r.b[0])
	}
	code := r.order.Uint32(r.b[1:])
	r.b = r.b[5:]
	const z, m, srid = 0x80000000, 0x40000000, 0x20000000
	dims := 2
	for _, flag := range []uint32{z, m} {
		if code&flag != 0 {
			dims++
		}
	}
	if code&srid != 0 {
		if len(r.b) < 4 {
			return 0, errCut
		}
		r.b = r.b[4:]
	}
	flagged := code&z != 0
	code &^= z | m | srid
	switch code / 1000 {
	case 1, 2:
		dims++
	case 3:
		dims += 2
	}
	if code > 3999 || dims > 4 {
		return 0, fmt.Errorf("geometry type %d is unknown", code)
	}
	r.size = dims * 8
	r.high = flagged || code/1000 == 1 || code/1000 == 3
	return code % 1000, nil
}

// count reads how many things follow that each have at least so many bytes.
func (r *wkbReader) count(least int) (int, error) {
	if len(r.b) < 4 {
		return 0, errCut
	}
	n := r.order.Uint32(r.b)
	r.b = r.b[4:]
	if uint64(n)*uint64(least) > uint64(len(r.b)) {
		return 0, fmt.Errorf("it tells of %d parts, for which it has too few bytes", n)
	}
	return int(n), nil
}

func (r *wkbReader) run() ([]orb.Point, error) {
	n, err := r.count(r.size)
	if err != nil {
		return nil, err
	}
	return r.positions(n)
}

func (r *wkbReader) polygon() (orb.Polygon, error) {
	n, err := r.count(4)
	if err != nil {
		return nil, err
	}
	out := make(orb.Polygon, 0, n)
	for range n {
		ps, err := r.run()
		if err != nil {
			return nil, err
		}
		out = append(out, ps)
	}
	return out, nil
}

func (r *wkbReader) positions(n int) ([]orb.Point, error) {
	if len(r.b) < n*r.size {
		return nil, errCut
	}
	out := make([]orb.Point, n)
	for i := range out {
		at := r.b[i*r.size:]
		out[i] = orb.Point{math.Float64frombits(r.order.Uint64(at)), math.Float64frombits(r.order.Uint64(at[8:]))}
	}
	r.b = r.b[n*r.size:]
	if r.size > 16 {
		r.heights += n
	}
	return out, nil
}
