package verify

import (
	"encoding/binary"
	"errors"
)

// decode makes the plain bytes of a compressed view.
func (p *packed) decode(src []byte) ([]byte, error) {
	if p.Mode == "ATTRIBUTES" {
		out := make([]byte, p.Count*p.ByteStride)
		return out, decodeVertices(out, p.ByteStride, src)
	}
	indices := make([]uint32, p.Count)
	if err := decodeTriangles(indices, src); err != nil {
		return nil, err
	}
	out := make([]byte, 0, p.Count*p.ByteStride)
	for _, v := range indices {
		if p.ByteStride == 4 {
			out = binary.LittleEndian.AppendUint32(out, v)
			continue
		}
		if v > 0xffff {
			return nil, errors.New("an index is above 65535 in a view of 2 bytes each")
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(v))
	}
	return out, nil
}
