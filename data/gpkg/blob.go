package gpkg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// The geometry blob of GeoPackage: "GP", version 0, flags, srs id, envelope, then WKB. We write little-endian
// with an xy envelope (none for a point, as GDAL does) and srs 4326. We read what any program may have
// written: both byte orders, every envelope, Z and M (which are left out), ISO and EWKB type numbers.

const wgs84 = 4326

// maxDepth of collections in collections that is read.
const maxDepth = 32

var errShort = errors.New("the geometry is cut off")

// envelopeSize by the code in the flags: none, xy, xyz, xym, xyzm.
var envelopeSize = [5]int{0, 32, 48, 48, 64}

// A header is the beginning of a blob.
type header struct {
	order    binary.ByteOrder
	empty    bool
	envelope []byte // nil: there is none
	wkb      []byte
}

func parseHeader(b []byte) (header, error) {
	if len(b) < 8 {
		return header{}, errShort
	}
	if b[0] != 'G' || b[1] != 'P' {
		return header{}, errors.New("it is no GeoPackage geometry: it does not begin with GP")
	}
	flags := b[3]
	code := int(flags >> 1 & 7)
	if b[2] != 0 || flags&0x20 != 0 || code >= len(envelopeSize) {
		return header{}, fmt.Errorf("geometry of version %d with flags %#x cannot be read", b[2], flags)
	}
	h := header{order: binary.BigEndian, empty: flags&0x10 != 0}
	if flags&1 == 1 {
		h.order = binary.LittleEndian
	}
	end := 8 + envelopeSize[code]
	if len(b) < end {
		return header{}, errShort
	}
	if code > 0 {
		h.envelope = b[8:end]
	}
	h.wkb = b[end:]
	return h, nil
}

// blobBound is the box of a geometry without reading all of it where the blob has an envelope. It is
// layers.Nowhere for an empty geometry.
func blobBound(b []byte) (orb.Bound, error) {
	h, err := parseHeader(b)
	if err != nil {
		return nowhere, err
	}
	if h.empty {
		return nowhere, nil
	}
	if h.envelope != nil {
		at := func(i int) float64 { return math.Float64frombits(h.order.Uint64(h.envelope[8*i:])) }
		box := orb.Bound{Min: orb.Point{at(0), at(2)}, Max: orb.Point{at(1), at(3)}}
		if box.Min[0] <= box.Max[0] && box.Min[1] <= box.Max[1] {
			return box, nil
		}
		return nowhere, nil
	}
	g, err := parseBlob(b)
	if err != nil || g == nil {
		return nowhere, err
	}
	return g.Bound(), nil
}

// parseBlob reads a geometry. It is nil when it is empty. The blob is not kept.
func parseBlob(b []byte) (orb.Geometry, error) {
	h, err := parseHeader(b)
	if err != nil {
		return nil, err
	}
	r := reader{b: h.wkb}
	g := r.geometry(0, 0)
	if r.err != nil {
		return nil, r.err
	}
	if h.empty || isEmpty(g) {
		return nil, nil
	}
	return g, nil
}

// isEmpty tells whether a geometry has no point at all.
func isEmpty(g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.Point:
		return math.IsNaN(g[0]) || math.IsNaN(g[1])
	case orb.Collection:
		for _, m := range g {
			if !isEmpty(m) {
				return false
			}
		}
		return true
	}
	return g.Bound().IsEmpty()
}

// A reader reads WKB. After an error it returns nothing of use.
type reader struct {
	b     []byte
	order binary.ByteOrder
	size  int // of a point in bytes
	err   error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

// open reads byte order and type; the type must be want unless want is 0.
func (r *reader) open(want uint32) uint32 {
	if len(r.b) < 5 {
		r.fail(errShort)
		return 0
	}
	r.order = binary.BigEndian
	if r.b[0] == 1 {
		r.order = binary.LittleEndian
	} else if r.b[0] != 0 {
		r.fail(fmt.Errorf("byte order %d of a geometry is unknown", r.b[0]))
		return 0
	}
	t := r.order.Uint32(r.b[1:])
	r.b = r.b[5:]
	dims := 2 + t>>31 + t>>30&1 // EWKB
	if t&0x20000000 != 0 && len(r.b) >= 4 {
		r.b = r.b[4:] // its srs id
	}
	t &= 0x1fffffff
	switch t / 1000 { // ISO
	case 1, 2:
		dims++
	case 3:
		dims += 2
	}
	r.size, t = 8*int(min(dims, 4)), t%1000
	if want != 0 && t != want {
		r.fail(fmt.Errorf("geometry type %d stands where type %d belongs", t, want))
	}
	return t
}

// count reads a number of things that take at least so many bytes each.
func (r *reader) count(least int) int {
	if len(r.b) < 4 {
		r.fail(errShort)
		return 0
	}
	n := int(r.order.Uint32(r.b))
	if r.b = r.b[4:]; n > len(r.b)/least {
		r.fail(errShort)
		return 0
	}
	return n
}

func (r *reader) point() orb.Point {
	if len(r.b) < r.size {
		r.fail(errShort)
		return orb.Point{}
	}
	p := orb.Point{math.Float64frombits(r.order.Uint64(r.b)), math.Float64frombits(r.order.Uint64(r.b[8:]))}
	r.b = r.b[r.size:]
	return p
}

func (r *reader) points() []orb.Point {
	n := r.count(r.size)
	ps := make([]orb.Point, n)
	b := r.b
	if r.order == binary.LittleEndian {
		for i := range ps {
			ps[i] = orb.Point{math.Float64frombits(binary.LittleEndian.Uint64(b)), math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))}
			b = b[r.size:]
		}
		r.b = b
		return ps
	}
	for i := range ps {
		ps[i] = r.point()
	}
	return ps
}

func (r *reader) polygon() orb.Polygon {
	p := make(orb.Polygon, r.count(4))
	for i := range p {
		p[i] = r.points()
	}
	return p
}

// geometry reads any geometry, or one of the wanted type.
func (r *reader) geometry(want uint32, depth int) orb.Geometry {
	if depth > maxDepth {
		r.fail(fmt.Errorf("collections lie deeper than %d in each other", maxDepth))
	}
	switch t := r.open(want); t {
	case 1:
		return r.point()
	case 2:
		return orb.LineString(r.points())
	case 3:
		return r.polygon()
	case 4:
		return members(r, 1, depth, func(g orb.Geometry) orb.Point { return g.(orb.Point) }, func(m []orb.Point) orb.Geometry { return orb.MultiPoint(m) })
	case 5:
		return members(r, 2, depth, func(g orb.Geometry) orb.LineString { return g.(orb.LineString) }, func(m []orb.LineString) orb.Geometry { return orb.MultiLineString(m) })
	case 6:
		return members(r, 3, depth, func(g orb.Geometry) orb.Polygon { return g.(orb.Polygon) }, func(m []orb.Polygon) orb.Geometry { return orb.MultiPolygon(m) })
	case 7:
		return members(r, 0, depth, func(g orb.Geometry) orb.Geometry { return g }, func(m []orb.Geometry) orb.Geometry { return orb.Collection(m) })
	default:
		r.fail(fmt.Errorf("geometry type %d cannot be read: curves and surfaces must be made simple features first", t))
	}
	return nil
}

// members reads the parts of a multi-geometry or collection.
func members[T any](r *reader, want uint32, depth int, part func(orb.Geometry) T, whole func([]T) orb.Geometry) orb.Geometry {
	n := r.count(9)
	ms := make([]T, 0, n)
	for range n {
		g := r.geometry(want, depth+1)
		if r.err != nil {
			return nil
		}
		ms = append(ms, part(g))
	}
	return whole(ms)
}
