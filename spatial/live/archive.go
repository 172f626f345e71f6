package live

import (
	"encoding/binary"
	"math"

	"github.com/paulmach/orb"
)

// archive writes values or reads them back: one description of what is kept serves both ways, so that they cannot
// disagree. It writes when in is nil, and changes no value then: others may read them meanwhile.
type archive struct {
	out []byte
	in  *decoder
}

func keep8[T ~uint8](a *archive, v *T) {
	if a.in != nil {
		*v = T(a.in.u8())
		return
	}
	a.out = append(a.out, byte(*v))
}

func keep16[T ~uint16](a *archive, v *T) {
	if a.in != nil {
		*v = T(a.in.u16())
		return
	}
	a.out = binary.LittleEndian.AppendUint16(a.out, uint16(*v))
}

func keep32[T ~int32 | ~uint32](a *archive, v *T) {
	if a.in != nil {
		*v = T(a.in.u32())
		return
	}
	a.out = binary.LittleEndian.AppendUint32(a.out, uint32(*v))
}

func keep64[T ~int64 | ~uint64](a *archive, v *T) {
	if a.in != nil {
		*v = T(a.in.u64())
		return
	}
	a.out = binary.LittleEndian.AppendUint64(a.out, uint64(*v))
}

func (a *archive) float(v *float32) {
	if a.in != nil {
		*v = a.in.f32()
		return
	}
	a.out = binary.LittleEndian.AppendUint32(a.out, math.Float32bits(*v))
}

func (a *archive) point(p *orb.Point) {
	if a.in != nil {
		*p = a.in.point()
		return
	}
	a.out = appendPoint(a.out, *p)
}

func (a *archive) bool(v *bool) {
	if a.in != nil {
		*v = a.in.u8() != 0
		return
	}
	b := byte(0)
	if *v {
		b = 1
	}
	a.out = append(a.out, b)
}

func (a *archive) text(s *string) {
	if a.in != nil {
		*s = a.in.text()
		return
	}
	a.out = appendText(a.out, *s)
}

// list keeps the length of a list whose members take at least some bytes, and then each. A list that is read is
// made as long first.
func list[T any](a *archive, l *[]T, least int, each func(*T)) {
	n := uint32(len(*l))
	keep32(a, &n)
	if a.in != nil {
		if int(n)*least > len(a.in.data)-a.in.at {
			a.in.fail("is cut")
			n = 0
		}
		*l = nil
		if n > 0 {
			*l = make([]T, n)
		}
	}
	for i := range *l {
		if a.in != nil && a.in.err != nil {
			return
		}
		each(&(*l)[i])
	}
}

// optional keeps whether something is there, and it.
func optional[T any](a *archive, v **T, each func(*T)) {
	there := *v != nil
	a.bool(&there)
	if !there {
		return
	}
	if a.in != nil {
		*v = new(T)
	}
	each(*v)
}
