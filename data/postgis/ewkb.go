package postgis

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"
)

// wgs84 is the one coordinate system of stored geometries.
const wgs84 = 4326

// encodeGeometry writes a geometry as EWKB in EPSG:4326, every coordinate bit by bit.
func encodeGeometry(g orb.Geometry) ([]byte, error) {
	t, err := toGeom(g)
	if err != nil {
		return nil, err
	}
	if t, err = geom.SetSRID(t, wgs84); err != nil {
		return nil, err
	}
	return ewkb.Marshal(t, ewkb.NDR)
}

func toGeom(g orb.Geometry) (geom.T, error) {
	switch g := g.(type) {
	case orb.Point:
		return geom.NewPointFlat(geom.XY, g[:]), nil
	case orb.MultiPoint:
		return geom.NewMultiPointFlat(geom.XY, flat(nil, g)), nil
	case orb.LineString:
		return geom.NewLineStringFlat(geom.XY, flat(nil, g)), nil
	case orb.MultiLineString:
		coords, ends := flatAll(nil, nil, g)
		return geom.NewMultiLineStringFlat(geom.XY, coords, ends), nil
	case orb.Polygon:
		coords, ends := flatAll(nil, nil, g)
		return geom.NewPolygonFlat(geom.XY, coords, ends), nil
	case orb.MultiPolygon:
		var coords []float64
		endss := make([][]int, len(g))
		for i, p := range g {
			coords, endss[i] = flatAll(coords, nil, p)
		}
		return geom.NewMultiPolygonFlat(geom.XY, coords, endss), nil
	case orb.Collection:
		c := geom.NewGeometryCollection()
		for _, m := range g {
			t, err := toGeom(m)
			if err != nil {
				return nil, err
			}
			if err := c.Push(t); err != nil {
				return nil, err
			}
		}
		return c, nil
	}
	return nil, fmt.Errorf("geometry type %T cannot be stored", g)
}

func flat(coords []float64, ps []orb.Point) []float64 {
	for _, p := range ps {
		coords = append(coords, p[0], p[1])
	}
	return coords
}

func flatAll[P ~[]orb.Point](coords []float64, ends []int, parts []P) ([]float64, []int) {
	for _, p := range parts {
		coords = flat(coords, p)
		ends = append(ends, len(coords))
	}
	return coords, ends
}

// Geometry types and flags of EWKB.
const (
	wkbPoint = 1 + iota
	wkbLine
	wkbPolygon
	wkbMultiPoint
	wkbMultiLine
	wkbMultiPolygon
	wkbCollection

	wkbZ       = 0x80000000
	wkbM       = 0x40000000
	wkbSRID    = 0x20000000
	maxNesting = 32 // of collections
)

var errShort = errors.New("the EWKB ends too early")

// decodeGeometry reads EWKB in either byte order; Z and M are dropped. Empty parts are left out; what is empty
// as a whole gives nil. It does not go by go-geom because that trusts every count before it allocates, and takes two
// to four times as long: rows are read far more often than written.
func decodeGeometry(b []byte) (orb.Geometry, error) {
	r := wkbReader{b: b}
	g, err := r.geometry(0)
	if err != nil {
		return nil, err
	}
	if len(r.b) > 0 {
		return nil, fmt.Errorf("%d bytes follow the EWKB", len(r.b))
	}
	return g, nil
}

type wkbReader struct {
	b     []byte
	order binary.ByteOrder // of the geometry that was begun last
	size  int              // bytes per position of it: 16, with Z or M 24, with both 32
}

func (r *wkbReader) uint32() (uint32, error) {
	if len(r.b) < 4 {
		return 0, errShort
	}
	v := r.order.Uint32(r.b)
	r.b = r.b[4:]
	return v, nil
}

// count reads a number of things that take at least size bytes each, so that lies cannot make us allocate.
func (r *wkbReader) count(size int) (int, error) {
	n, err := r.uint32()
	if err == nil && uint64(n)*uint64(size) > uint64(len(r.b)) {
		err = errShort
	}
	return int(n), err
}

// head begins a geometry and gives its type.
func (r *wkbReader) head() (kind uint32, err error) {
	if len(r.b) == 0 {
		return 0, errShort
	}
	switch r.b[0] {
	case 0:
		r.order = binary.BigEndian
	case 1:
		r.order = binary.LittleEndian
	default:
		return 0, fmt.Errorf("%d is no byte order of EWKB", r.b[0])
	}
	r.b = r.b[1:]
	if kind, err = r.uint32(); err != nil {
		return 0, err
	}
	if kind&wkbSRID != 0 {
		_, err = r.uint32()
	}
	r.size = 16 + 8*bits.OnesCount32(kind&(wkbZ|wkbM))
	return kind &^ (wkbSRID | wkbZ | wkbM), err
}

func (r *wkbReader) geometry(depth int) (orb.Geometry, error) {
	kind, err := r.head()
	if err != nil {
		return nil, err
	}
	switch kind {
	case wkbPoint:
		p, ok, err := r.point()
		return some(p, ok), err
	case wkbLine:
		l, err := readPoints[orb.LineString](r)
		return some(l, len(l) > 0), err
	case wkbPolygon:
		p, err := r.polygon()
		return some(p, len(p) > 0), err
	case wkbMultiPoint:
		m, err := r.multiPoint()
		return some(m, len(m) > 0), err
	case wkbMultiLine:
		m, err := readParts(r, wkbLine, readPoints[orb.LineString])
		return some(orb.MultiLineString(m), len(m) > 0), err
	case wkbMultiPolygon:
		m, err := readParts(r, wkbPolygon, (*wkbReader).polygon)
		return some(orb.MultiPolygon(m), len(m) > 0), err
	case wkbCollection:
		return r.collection(depth + 1)
	}
	return nil, fmt.Errorf("EWKB geometry type %d cannot be shown; use ST_CurveToLine or ST_Dump", kind)
}

func some(g orb.Geometry, there bool) orb.Geometry {
	if !there {
		return nil
	}
	return g
}

// point reads a position; NaN NaN is PostGIS's way to write POINT EMPTY.
func (r *wkbReader) point() (p orb.Point, there bool, err error) {
	if len(r.b) < r.size {
		return p, false, errShort
	}
	p = orb.Point{math.Float64frombits(r.order.Uint64(r.b)), math.Float64frombits(r.order.Uint64(r.b[8:]))}
	r.b = r.b[r.size:]
	return p, !math.IsNaN(p[0]) || !math.IsNaN(p[1]), nil
}

func readPoints[P ~[]orb.Point](r *wkbReader) (P, error) {
	n, err := r.count(r.size)
	if err != nil || n == 0 {
		return nil, err
	}
	ps := make(P, n)
	if r.order == binary.LittleEndian && r.size == 16 { // all that PostGIS sends for our own tables
		for i := range ps {
			at := r.b[16*i : 16*i+16]
			ps[i] = orb.Point{math.Float64frombits(binary.LittleEndian.Uint64(at)), math.Float64frombits(binary.LittleEndian.Uint64(at[8:]))}
		}
		r.b = r.b[16*n:]
		return ps, nil
	}
	for i := range ps {
		if ps[i], _, err = r.point(); err != nil {
			return nil, err
		}
	}
	return ps, nil
}

func (r *wkbReader) polygon() (orb.Polygon, error) {
	n, err := r.count(4)
	if err != nil {
		return nil, err
	}
	p := make(orb.Polygon, 0, min(n, 64))
	for range n {
		ring, err := readPoints[orb.Ring](r)
		if err != nil {
			return nil, err
		}
		if len(ring) > 0 {
			p = append(p, ring)
		}
	}
	return p, nil
}

func (r *wkbReader) multiPoint() (orb.MultiPoint, error) {
	n, err := r.count(21)
	if err != nil {
		return nil, err
	}
	m := make(orb.MultiPoint, 0, n)
	for range n {
		if err := r.expect(wkbPoint); err != nil {
			return nil, err
		}
		p, there, err := r.point()
		if err != nil {
			return nil, err
		}
		if there {
			m = append(m, p)
		}
	}
	return m, nil
}

func readParts[P ~[]E, E any](r *wkbReader, kind uint32, read func(*wkbReader) (P, error)) ([]P, error) {
	n, err := r.count(9)
	if err != nil {
		return nil, err
	}
	var parts []P
	for range n {
		if err := r.expect(kind); err != nil {
			return nil, err
		}
		p, err := read(r)
		if err != nil {
			return nil, err
		}
		if len(p) > 0 {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

func (r *wkbReader) expect(kind uint32) error {
	got, err := r.head()
	if err == nil && got != kind {
		err = fmt.Errorf("EWKB has a part of type %d, want %d", got, kind)
	}
	return err
}

func (r *wkbReader) collection(depth int) (orb.Geometry, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("collections are nested more than %d deep", maxNesting)
	}
	n, err := r.count(9)
	if err != nil {
		return nil, err
	}
	var c orb.Collection
	for range n {
		g, err := r.geometry(depth)
		if err != nil {
			return nil, err
		}
		if g != nil {
			c = append(c, g)
		}
	}
	return some(c, len(c) > 0), nil
}
