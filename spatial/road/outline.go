package road

import (
	"math"
	"time"

	"github.com/paulmach/orb"
)

// A field is a grid over what is reached, from which outlines are drawn. Around each reached spot of a road lies a
// disc, as wide as width, and narrower where less than fade is left: there it shrinks to a point, so that on a road
// an outline never promises more than the limit. A grid point holds how far it is outside of the nearest disc, and
// the outline is where that is 0 (marching squares). With a larger limit no value grows, on the same grid, so
// outlines lie in each other.
type field struct {
	scale  scale
	origin orb.Point // of the grid
	cell   float64   // metres
	width  float64   // metres, of a disc
	nx, ny int
	value  []float64
}

const (
	smallCell = 20.0    // metres between grid points,
	mostCells = 250_000 // unless that made more of them than this
	fade      = 10.0    // seconds
)

// newField lays a grid around everything.
func newField(stretches []Stretch) *field {
	box := nothing
	for _, s := range stretches {
		for _, p := range s.Line {
			box = grown(box, point(p))
		}
	}
	f := &field{scale: scaleAt((box[1] + box[3]) / 2)}
	f.scale.lon = max(f.scale.lon, 1) // at the poles
	x, y := f.scale.between(orb.Point{box[0], box[1]}, orb.Point{box[2], box[3]})
	f.cell = max(smallCell, math.Sqrt(x*y/mostCells), (x+y)/mostCells)
	f.width = 3 * f.cell
	margin := f.width + 2*f.cell
	f.origin = orb.Point{box[0] - margin/f.scale.lon, box[1] - margin/f.scale.lat}
	f.nx, f.ny = int((x+2*margin)/f.cell)+2, int((y+2*margin)/f.cell)+2
	f.value = make([]float64, f.nx*f.ny)
	return f
}

// outline is the area around what is reached within a limit.
func (f *field) outline(stretches []Stretch, limit time.Duration) orb.MultiPolygon {
	for i := range f.value {
		f.value[i] = math.Inf(1)
	}
	for i := range stretches {
		if stretches[i].Start <= limit {
			f.draw(&stretches[i], limit.Seconds())
		}
	}
	return f.polygons(f.rings())
}

// draw draws the discs around a stretch. Sections shorter than a cell are taken together.
func (f *field) draw(s *Stretch, limit float64) {
	seconds := s.Start.Seconds()
	pace := (s.End.Seconds() - seconds) / length(s.Line) // seconds per metre
	ax, ay := f.scale.between(f.origin, s.Line[0])
	way := 0.0
	for i := 1; i < len(s.Line) && seconds <= limit; i++ {
		way += meters(s.Line[i-1], s.Line[i])
		if way < f.cell && i < len(s.Line)-1 {
			continue
		}
		bx, by := f.scale.between(f.origin, s.Line[i])
		f.drawSection([2]float64{ax, ay}, [2]float64{bx, by}, limit-seconds, way*pace)
		seconds += way * pace
		ax, ay, way = bx, by, 0
	}
}

// drawSection draws the discs around a straight line. left is the time that is left at its beginning, and takes how
// much of it the whole line needs.
func (f *field) drawSection(a, b [2]float64, left, takes float64) {
	dx, dy := b[0]-a[0], b[1]-a[1]
	end := 1.0 // the share of the line that is reached
	if takes > left {
		end = left / takes
	}
	square := dx*dx + dy*dy
	margin := f.width + f.cell*1.01
	firstX, lastX := f.cells(a[0], a[0]+end*dx, margin, f.nx)
	firstY, lastY := f.cells(a[1], a[1]+end*dy, margin, f.ny)
	for j := firstY; j <= lastY; j++ {
		row := f.value[j*f.nx : (j+1)*f.nx]
		py := float64(j)*f.cell - a[1]
		for i := firstX; i <= lastX; i++ {
			px := float64(i)*f.cell - a[0]
			t := 0.0
			if square > 0 {
				t = min(max((px*dx+py*dy)/square, 0), end)
			}
			x, y := px-t*dx, py-t*dy
			disc := f.width * min(1, (left-t*takes)/fade)
			if v := math.Sqrt(x*x+y*y) - disc; v < row[i] {
				row[i] = v
			}
		}
	}
}

// cells are the grid lines that lie within a margin of both ends.
func (f *field) cells(a, b, margin float64, n int) (first, last int) {
	first = int(math.Ceil((min(a, b) - margin) / f.cell))
	last = int(math.Floor((max(a, b) + margin) / f.cell))
	return max(first, 0), min(last, n-1)
}

// at is the value of a grid point, kept away from 0 so that an outline never runs through a grid point, where it
// could touch itself.
func (f *field) at(i, j int) float64 {
	const away = 0.05 // metres
	v := f.value[j*f.nx+i]
	if v < 0 {
		return min(v, -away)
	}
	return max(v, away)
}

// crossing is the point where the outline crosses a side of a cell: 2n is the side to the east of grid point n,
// 2n+1 the one to the north.
func (f *field) crossing(side int32) orb.Point {
	i, j := int(side/2)%f.nx, int(side/2)/f.nx
	x, y := float64(i), float64(j)
	if side&1 == 0 {
		a, b := f.at(i, j), f.at(i+1, j)
		x += a / (a - b)
	} else {
		a, b := f.at(i, j), f.at(i, j+1)
		y += a / (a - b)
	}
	return orb.Point{f.origin[0] + x*f.cell/f.scale.lon, f.origin[1] + y*f.cell/f.scale.lat}
}
