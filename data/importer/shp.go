package importer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/paulmach/orb"
)

// A shp reads the geometries of a Shapefile one after the other. The index (.shx) is read alongside when it is
// there: it tells of gaps that edits left in the file.
type shp struct {
	r     io.Reader
	index io.Reader // after its header, nil when there is none
	at    int64     // bytes read
	kind  uint32
	n     int64
	head  [8]byte
	buf   []byte
}

const shpHeader = 100

func openSHP(r, index io.Reader) (*shp, error) {
	head := make([]byte, shpHeader)
	if _, err := io.ReadFull(r, head); err != nil || binary.BigEndian.Uint32(head) != 9994 {
		return nil, fmt.Errorf("the .shp file has no header of a Shapefile")
	}
	s := &shp{r: r, at: shpHeader, kind: binary.LittleEndian.Uint32(head[32:])}
	if index != nil {
		if _, err := io.ReadFull(index, head); err == nil && binary.BigEndian.Uint32(head) == 9994 {
			s.index = index
		}
	}
	return s, nil
}

// A shpError is what is wrong with one geometry.
type shpError struct{ error }

// next reads a geometry; io.EOF after the last. Only a shpError lets the reading go on.
func (s *shp) next() (g orb.Geometry, heights int, err error) {
	if err := s.seek(); err != nil {
		return nil, 0, err
	}
	s.n++
	if _, err := io.ReadFull(s.r, s.head[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, 0, fmt.Errorf("the .shp file ends within the header of record %d", s.n)
		}
		return nil, 0, err
	}
	size := 2 * int64(binary.BigEndian.Uint32(s.head[4:]))
	if size < 4 || size > 2*math.MaxInt32 {
		return nil, 0, fmt.Errorf("record %d of the .shp file has a broken header", s.n)
	}
	s.at += 8 + size
	if size > largest {
		if _, err := io.CopyN(io.Discard, s.r, size); err != nil {
			return nil, 0, fmt.Errorf("the .shp file ends within record %d", s.n)
		}
		return nil, 0, shpError{errTooLarge}
	}
	if err := s.read(int(size)); err != nil {
		return nil, 0, fmt.Errorf("the .shp file ends within record %d", s.n)
	}
	g, heights, err = parseShape(s.buf)
	if err != nil {
		err = shpError{err}
	}
	return g, heights, err
}

// read fills the buffer in steps, so that a lie about the size costs no memory.
func (s *shp) read(size int) error {
	s.buf = s.buf[:0]
	for len(s.buf) < size {
		step := min(size-len(s.buf), max(1<<16, len(s.buf)))
		from := len(s.buf)
		if cap(s.buf) < from+step {
			grown := make([]byte, from, max(2*cap(s.buf), from+step))
			copy(grown, s.buf)
			s.buf = grown
		}
		s.buf = s.buf[:from+step]
		if _, err := io.ReadFull(s.r, s.buf[from:]); err != nil {
			return err
		}
	}
	return nil
}

// seek goes to where the index says that the next record starts.
func (s *shp) seek() error {
	if s.index == nil {
		return nil
	}
	if _, err := io.ReadFull(s.index, s.head[:]); err != nil {
		return io.EOF
	}
	to := 2 * int64(binary.BigEndian.Uint32(s.head[:]))
	if to < s.at {
		return fmt.Errorf("record %d stands out of order in the .shp file: save the Shapefile anew with another program", s.n+1)
	}
	gap := to - s.at
	if _, err := io.CopyN(io.Discard, s.r, gap); err != nil {
		return fmt.Errorf("the .shp file ends before record %d", s.n+1)
	}
	s.at = to
	return nil
}

// Types of shapes: the plain ones; +10 has Z and M, +20 has M.
const (
	shapeNull       = 0
	shapePoint      = 1
	shapeLine       = 3
	shapePolygon    = 5
	shapeMultiPoint = 8
)

// parseShape reads the content of a record.
func parseShape(b []byte) (g orb.Geometry, heights int, err error) {
	kind := binary.LittleEndian.Uint32(b)
	b = b[4:]
	plain := kind
	if kind > 10 && kind < 30 {
		plain = kind % 10
	}
	switch {
	case kind == shapeNull:
		return nil, 0, fmt.Errorf("it has no place: its geometry is null")
	case plain == shapePoint:
		if len(b) < 16 {
			return nil, 0, errCut
		}
		g = shpPoints(b, 1)[0]
		heights = 1
	case plain == shapeMultiPoint:
		if len(b) < 36 {
			return nil, 0, errCut
		}
		n := binary.LittleEndian.Uint32(b[32:])
		if b = b[36:]; uint64(n)*16 > uint64(len(b)) {
			return nil, 0, fmt.Errorf("it tells of %d points, for which it has too few bytes", n)
		}
		g, heights = orb.MultiPoint(shpPoints(b, int(n))), int(n)
	case plain == shapeLine || plain == shapePolygon:
		parts, n, err := shpParts(b)
		if err != nil {
			return nil, 0, err
		}
		if heights = n; plain == shapeLine {
			g = shpLines(parts)
		} else {
			g, err = assembleRings(parts)
		}
		if err != nil {
			return nil, 0, err
		}
	default:
		return nil, 0, fmt.Errorf("shape type %d is not supported", kind)
	}
	if kind < 10 {
		heights = 0
	}
	return g, heights, nil
}

func shpPoints(b []byte, n int) []orb.Point {
	out := make([]orb.Point, n)
	for i := range out {
		out[i][0] = math.Float64frombits(binary.LittleEndian.Uint64(b[16*i:]))
		out[i][1] = math.Float64frombits(binary.LittleEndian.Uint64(b[16*i+8:]))
	}
	return out
}

// shpParts reads the parts of a line or polygon, after its type. The parts share one array of n points.
func shpParts(b []byte) (parts [][]orb.Point, n int, err error) {
	if len(b) < 40 {
		return nil, 0, errCut
	}
	count, points := uint64(binary.LittleEndian.Uint32(b[32:])), uint64(binary.LittleEndian.Uint32(b[36:]))
	b = b[40:]
	if count*4+points*16 > uint64(len(b)) {
		return nil, 0, fmt.Errorf("it tells of %d parts and %d points, for which it has too few bytes", count, points)
	}
	if count == 0 || points == 0 {
		return nil, 0, fmt.Errorf("the geometry is empty")
	}
	all := shpPoints(b[4*count:], int(points))
	for i, p := range all {
		if v := p[0] + p[1]; math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, 0, fmt.Errorf("point %d is not a finite coordinate", i+1)
		}
	}
	parts = make([][]orb.Point, count)
	for i := range parts {
		from, to := uint64(binary.LittleEndian.Uint32(b[4*i:])), points
		if i+1 < len(parts) {
			to = uint64(binary.LittleEndian.Uint32(b[4*i+4:]))
		}
		if from > to || to > points || i == 0 && from != 0 {
			return nil, 0, fmt.Errorf("part %d starts at point %d and ends at point %d of %d", i+1, from+1, to, points)
		}
		parts[i] = all[from:to:to]
	}
	return parts, int(points), nil
}

func shpLines(parts [][]orb.Point) orb.Geometry {
	if len(parts) == 1 {
		return orb.LineString(parts[0])
	}
	out := make(orb.MultiLineString, len(parts))
	for i, ps := range parts {
		out[i] = ps
	}
	return out
}
