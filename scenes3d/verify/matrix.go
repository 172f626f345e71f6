package verify

import "math"

type vec3 [3]float64

func (a vec3) plus(b vec3) vec3     { return vec3{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func (a vec3) minus(b vec3) vec3    { return vec3{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func (a vec3) times(f float64) vec3 { return vec3{a[0] * f, a[1] * f, a[2] * f} }
func (a vec3) dot(b vec3) float64   { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func (a vec3) length() float64      { return math.Sqrt(a.dot(a)) }
func (a vec3) cross(b vec3) vec3 {
	return vec3{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// A matrix maps points, in columns, the last row being 0 0 0 1.
type matrix struct{ x, y, z, at vec3 }

var (
	identity = matrix{x: vec3{1, 0, 0}, y: vec3{0, 1, 0}, z: vec3{0, 0, 1}}
	// upright turns the y-up of glTF into the z-up of 3D Tiles.
	upright = matrix{x: vec3{1, 0, 0}, y: vec3{0, 0, 1}, z: vec3{0, -1, 0}}
)

func (m matrix) turn(v vec3) vec3 {
	return m.x.times(v[0]).plus(m.y.times(v[1])).plus(m.z.times(v[2]))
}

func (m matrix) apply(p vec3) vec3 { return m.turn(p).plus(m.at) }

// after is the matrix that applies n first and m after it.
func (m matrix) after(n matrix) matrix {
	return matrix{x: m.turn(n.x), y: m.turn(n.y), z: m.turn(n.z), at: m.apply(n.at)}
}

func (m matrix) det() float64 { return m.x.dot(m.y.cross(m.z)) }

// normal turns a normal vector, by the cofactors of m, not to unit length.
func (m matrix) normal(n vec3) vec3 {
	return m.y.cross(m.z).times(n[0]).plus(m.z.cross(m.x).times(n[1])).plus(m.x.cross(m.y).times(n[2]))
}

// stretch is the greatest factor by which an axis grows.
func (m matrix) stretch() float64 { return max(m.x.length(), m.y.length(), m.z.length()) }

// affine reads 16 numbers in columns, or says what is wrong with them.
func affine(v []float64) (matrix, string) {
	switch {
	case len(v) != 16:
		return identity, "a matrix has 16 numbers"
	case v[3] != 0 || v[7] != 0 || v[11] != 0 || v[15] != 1:
		return identity, "the last row of the matrix is not 0 0 0 1"
	}
	m := matrix{x: vec3(v[0:3]), y: vec3(v[4:7]), z: vec3(v[8:11]), at: vec3(v[12:15])}
	if !(m.det() > 0) {
		return identity, "the determinant of the matrix is not above 0"
	}
	return m, ""
}

// placed is the matrix of a translation, a rotation (x y z w) and a scale.
func placed(t vec3, q [4]float64, s vec3) matrix {
	x, y, z, w := q[0], q[1], q[2], q[3]
	return matrix{
		x:  vec3{1 - 2*(y*y+z*z), 2 * (x*y + z*w), 2 * (x*z - y*w)}.times(s[0]),
		y:  vec3{2 * (x*y - z*w), 1 - 2*(x*x+z*z), 2 * (y*z + x*w)}.times(s[1]),
		z:  vec3{2 * (x*z + y*w), 2 * (y*z - x*w), 1 - 2*(x*x+y*y)}.times(s[2]),
		at: t,
	}
}
