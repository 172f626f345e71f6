package earcut

import "math"

// Deviation is the relative difference between the area of a polygon and that of its triangles: 0 is perfect.
func Deviation(points []float64, holes []int, triangles []uint32) float64 {
	end := len(points) / 2
	if len(holes) > 0 {
		end = holes[0]
	}
	want := math.Abs(signedArea(points[:2*end]))
	for i, start := range holes {
		end := len(points) / 2
		if i+1 < len(holes) {
			end = holes[i+1]
		}
		want -= math.Abs(signedArea(points[2*start : 2*end]))
	}
	have := 0.0
	for i := 0; i+2 < len(triangles); i += 3 {
		a, b, c := triangles[i], triangles[i+1], triangles[i+2]
		have += math.Abs((points[2*a]-points[2*c])*(points[2*b+1]-points[2*a+1]) - (points[2*a]-points[2*b])*(points[2*c+1]-points[2*a+1]))
	}
	if want == 0 && have == 0 {
		return 0
	}
	return math.Abs((have - want) / want)
}
