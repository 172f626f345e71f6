package scenes3d

import (
	"encoding/binary"
	"math"
	"slices"
)

// The steps of quantised places: as fine as fits, from finest on. Where even coarsest does not reach over the content,
// places are floats.
const (
	finestStep   = 1.0 / 128 // m
	coarsestStep = 1.0 / 32
	steps        = math.MaxUint16
)

// grid is the step that reaches over an extent; ok is false when the places shall be floats.
func grid(extent float64) (step float64, ok bool) {
	for step = finestStep; step <= coarsestStep; step *= 2 {
		if extent/step <= steps-1 {
			return step, true
		}
	}
	return 1, false
}

// margin is how far built vertices may lie outside of their bodies, in metres, on a tile of that side: half a step each
// way and the roundings of the volume; for floats their own.
func margin(side float64) float64 {
	return max(coarsestStep, side*0x1p-20) + 0.001
}

// A packed is a mesh as the buffers of a GLB.
type packed struct {
	places  []byte // stride apart
	normals []byte // 4 bytes each
	owners  []byte // 4 bytes each
	stride  int
	floats  bool // places are float32, else uint16
	wide    bool // owners are float32, else uint16
	step    float64
	shift   vec
	low     [3]float64 // of the places as they are stored
	high    [3]float64
}

// pack quantises a mesh.
func (p *packed) pack(m *mesh) {
	low, high := vec{math.Inf(1), math.Inf(1), math.Inf(1)}, vec{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	for k := range m.vertices {
		for i, v := range &m.vertices[k].at {
			if v < low[i] {
				low[i] = v
			}
			if v > high[i] {
				high[i] = v
			}
		}
	}
	reach := 0.0
	for i := range low {
		reach = max(reach, high[i]-low[i])
	}
	step, ok := grid(reach)
	*p = packed{places: p.places[:0], normals: p.normals[:0], owners: p.owners[:0], step: step, floats: !ok, wide: m.owner > steps}
	for i := range low {
		if ok {
			p.shift[i] = math.Floor(low[i]/step) * step
		} else {
			p.shift[i] = math.Round((low[i] + high[i]) / 2)
		}
	}
	p.stride = 8
	if p.floats {
		p.stride = 12
	}
	n := len(m.vertices)
	p.places, p.owners, p.normals = slices.Grow(p.places, p.stride*n)[:p.stride*n], slices.Grow(p.owners, 4*n)[:4*n], slices.Grow(p.normals, 4*n)[:4*n]
	if p.floats {
		p.asFloats(m.vertices)
	} else {
		p.asSteps(m.vertices)
	}
	for i := range m.vertices {
		v := &m.vertices[i]
		owner := v.owner // with two bytes of padding when it is a uint16
		if p.wide {
			owner = math.Float32bits(float32(owner))
		}
		binary.LittleEndian.PutUint32(p.owners[4*i:], owner)
		binary.LittleEndian.PutUint32(p.normals[4*i:], uint32(uint8(v.normal[0]))|uint32(uint8(v.normal[1]))<<8|uint32(uint8(v.normal[2]))<<16)
	}
}

func (p *packed) asFloats(vertices []vertex) {
	p.low, p.high = [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}, [3]float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	for k := range vertices {
		for i, v := range &vertices[k].at {
			f := float32((v - p.shift[i]) / p.step)
			binary.LittleEndian.PutUint32(p.places[12*k+4*i:], math.Float32bits(f))
			p.low[i], p.high[i] = min(p.low[i], float64(f)), max(p.high[i], float64(f))
		}
	}
}

func (p *packed) asSteps(vertices []vertex) {
	scale := 1 / p.step // a power of two: exact
	low, high := [3]uint32{steps, steps, steps}, [3]uint32{}
	for i := range vertices {
		at := &vertices[i].at
		x := uint32((at[0]-p.shift[0])*scale + 0.5)
		y := uint32((at[1]-p.shift[1])*scale + 0.5)
		z := uint32((at[2]-p.shift[2])*scale + 0.5)
		binary.LittleEndian.PutUint64(p.places[8*i:], uint64(x)|uint64(y)<<16|uint64(z)<<32) // and padding: each vertex begins at a multiple of 4
		low[0], low[1], low[2] = min(low[0], x), min(low[1], y), min(low[2], z)
		high[0], high[1], high[2] = max(high[0], x), max(high[1], y), max(high[2], z)
	}
	for i := range low {
		p.low[i], p.high[i] = float64(low[i]), float64(high[i])
	}
}
