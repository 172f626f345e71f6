package verify

import (
	"encoding/binary"
	"strings"
)

const (
	chunkJSON = 0x4E4F534A
	chunkBIN  = 0x004E4942
)

// readGLB takes a GLB apart into its JSON and its binary chunk. What can be
// read is returned even if something is wrong.
func readGLB(at place, data []byte) (text, bin []byte) {
	if len(data) < 12 {
		at.bad("glb-length", "%d bytes are no header", len(data))
		return nil, nil
	}
	le := binary.LittleEndian
	if string(data[:4]) != "glTF" {
		at.bad("glb-magic", "begins with %q", data[:4])
		return nil, nil
	}
	if v := le.Uint32(data[4:]); v != 2 {
		at.bad("glb-version", "is %d, not 2", v)
	}
	if n := le.Uint32(data[8:]); int64(n) != int64(len(data)) {
		at.bad("glb-length", "the header says %d bytes, there are %d", n, len(data))
	}
	rest := data[12:]
	for i := 0; len(rest) > 0; i++ {
		chunk := at.in("chunk[%d]", i)
		if len(rest) < 8 {
			chunk.bad("glb-chunk", "%d bytes are left, no chunk header", len(rest))
			break
		}
		n, kind := le.Uint32(rest), le.Uint32(rest[4:])
		rest = rest[8:]
		if int64(n) > int64(len(rest)) {
			chunk.bad("glb-chunk", "the chunk says %d bytes, %d are left", n, len(rest))
			n = uint32(len(rest))
		}
		if n%4 != 0 {
			chunk.bad("glb-padding", "the length %d is not a multiple of 4", n)
		}
		body := rest[:n]
		rest = rest[n:]
		switch {
		case i == 0 && kind == chunkJSON:
			text = body
		case i == 1 && kind == chunkBIN:
			bin = body
		default:
			chunk.bad("glb-chunk", "a chunk of type %#08x cannot be here", kind)
		}
	}
	if text == nil {
		at.bad("glb-chunk", "there is no JSON chunk")
	}
	if tail := text[len(strings.TrimRight(string(text), "\x00\t\r\n ")):]; strings.Trim(string(tail), " ") != "" {
		at.in("chunk[0]").bad("glb-padding", "the JSON is padded with something else than spaces")
	}
	return text, bin
}
