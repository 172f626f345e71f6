package importer

import (
	"fmt"
	"math"
)

const (
	wkbPolyhedral = 15 // PolyhedralSurface
	wkbTIN        = 16
	wkbTriangle   = 17
)

// parseWKBFaces reads the faces of a polyhedral surface, of a TIN, or of polygons with heights of which some are upright, as
// walls are. All else has no faces: ok is false. A surface without heights is an error.
func parseWKBFaces(b []byte) (faces []cityFace, ok bool, err error) {
	r := wkbReader{b: b}
	kind, err := r.header()
	if err != nil || kind != wkbPolyhedral && kind != wkbTIN && kind != wkbMultiPolygon {
		return nil, false, nil // parseWKB says what is wrong with it
	}
	if !r.high {
		if kind == wkbMultiPolygon {
			return nil, false, nil
		}
		return nil, false, fmt.Errorf("well-known binary: a surface of faces has no heights: write it with Z")
	}
	n, err := r.count(9)
	if err != nil {
		return nil, false, fmt.Errorf("well-known binary: %w", err)
	}
	walls := false
	for range n {
		f, err := r.face()
		if err != nil {
			return nil, false, fmt.Errorf("well-known binary: face %d: %w", len(faces)+1, err)
		}
		walls = walls || f.upright()
		faces = append(faces, f)
	}
	return faces, kind != wkbMultiPolygon || walls, nil
}

// face reads a polygon or a triangle with heights.
func (r *wkbReader) face() (cityFace, error) {
	kind, err := r.header()
	if err != nil {
		return nil, err
	}
	if kind != wkbPolygon && kind != wkbTriangle || !r.high {
		return nil, fmt.Errorf("it is of type %d, not a polygon with heights", kind)
	}
	rings, err := r.count(4)
	if err != nil {
		return nil, err
	}
	out := make(cityFace, 0, rings)
	for range rings {
		n, err := r.count(r.size)
		if err != nil {
			return nil, err
		}
		ring := make([][3]float64, n)
		for i := range ring {
			for k := range 3 {
				ring[i][k] = math.Float64frombits(r.order.Uint64(r.b[i*r.size+8*k:]))
			}
		}
		r.b = r.b[n*r.size:]
		out = append(out, ring)
	}
	return out, nil
}

// upright tells whether a face has heights and covers no ground.
func (f cityFace) upright() bool {
	if len(f) == 0 || len(f[0]) < 3 {
		return false
	}
	ring := f[0]
	area, around := 0.0, 0.0
	low, high := ring[0][2], ring[0][2]
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		area += (p[0]-ring[0][0])*(q[1]-ring[0][1]) - (q[0]-ring[0][0])*(p[1]-ring[0][1])
		around += math.Hypot(q[0]-p[0], q[1]-p[1])
		low, high = min(low, p[2]), max(high, p[2])
	}
	return high > low && math.Abs(area) <= 1e-6*around*around
}
