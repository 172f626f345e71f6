package verify

import "fmt"

// views finds the bytes of every buffer view; those that cannot be read are nil.
func (c *content) readViews() {
	buffers := c.readBuffers()
	c.views = make([][]byte, len(c.doc.BufferViews))
	for i, v := range c.doc.BufferViews {
		at := c.at.in("bufferViews[%d]", i)
		if v.Buffer < 0 || v.Buffer >= len(buffers) {
			at.bad("buffer-range", "buffer %d is not one of %d", v.Buffer, len(buffers))
			continue
		}
		if v.ByteOffset < 0 || v.ByteLength < 1 || v.ByteOffset > c.doc.Buffers[v.Buffer].ByteLength-v.ByteLength {
			at.bad("view-range", "bytes %d+%d are outside of the buffer's %d", v.ByteOffset, v.ByteLength, c.doc.Buffers[v.Buffer].ByteLength)
			continue
		}
		if v.ByteStride != 0 && (v.ByteStride < 4 || v.ByteStride > 252 || v.ByteStride%4 != 0) {
			at.bad("view-stride", "the stride %d is not a multiple of 4 from 4 to 252", v.ByteStride)
			continue
		}
		if p := v.Extensions.Meshopt; p != nil {
			c.uses(meshopt)
			if c.take(at, v.ByteLength) {
				c.views[i] = p.unpack(at.in(meshopt), v, buffers)
			}
			continue
		}
		if b := buffers[v.Buffer]; b == nil {
			at.bad("buffer-empty", "buffer %d has no bytes", v.Buffer)
		} else if v.ByteOffset+v.ByteLength <= len(b) {
			c.views[i] = b[v.ByteOffset : v.ByteOffset+v.ByteLength]
		}
	}
}

// readBuffers returns the bytes of every buffer, nil for one without.
func (c *content) readBuffers() [][]byte {
	out := make([][]byte, len(c.doc.Buffers))
	for i, b := range c.doc.Buffers {
		at := c.at.in("buffers[%d]", i)
		fallback := b.Extensions.Meshopt != nil && b.Extensions.Meshopt.Fallback
		switch {
		case b.ByteLength < 1:
			at.bad("buffer-length", "is %d", b.ByteLength)
		case b.URI != "":
			at.bad("buffer-uri", "%q: only the binary chunk is read", b.URI)
		case fallback:
			c.uses(meshopt)
		case i > 0:
			at.bad("buffer-empty", "only the first buffer may be the binary chunk")
		case len(c.bin) < b.ByteLength || len(c.bin) > b.ByteLength+3:
			at.bad("buffer-length", "the buffer says %d bytes, the chunk has %d", b.ByteLength, len(c.bin))
		default:
			out[i] = c.bin[:b.ByteLength]
			for _, x := range c.bin[b.ByteLength:] {
				if x != 0 {
					at.bad("glb-padding", "the binary chunk is not padded with zeros")
				}
			}
		}
	}
	return out
}

// unpack decodes a compressed view.
func (p *packed) unpack(at place, v bufferView, buffers [][]byte) []byte {
	if p.Buffer < 0 || p.Buffer >= len(buffers) || buffers[p.Buffer] == nil {
		at.bad("buffer-range", "buffer %d is none with bytes", p.Buffer)
		return nil
	}
	b := buffers[p.Buffer]
	if p.ByteOffset < 0 || p.ByteLength < 1 || p.ByteOffset > len(b)-p.ByteLength {
		at.bad("view-range", "bytes %d+%d are outside of the buffer's %d", p.ByteOffset, p.ByteLength, len(b))
		return nil
	}
	src := b[p.ByteOffset : p.ByteOffset+p.ByteLength]
	if err := p.sizes(v, len(src)); err != nil {
		at.bad("meshopt-size", "%v", err)
		return nil
	}
	if p.Filter != "" && p.Filter != "NONE" {
		at.bad("meshopt-filter", "the filter %s is not known here", p.Filter)
		return nil
	}
	heads := map[string]byte{"ATTRIBUTES": 0xa0, "TRIANGLES": 0xe1}
	head, ok := heads[p.Mode]
	if !ok {
		at.bad("meshopt-mode", "the mode %s is not known here", p.Mode)
		return nil
	}
	if src[0] != head && (p.Mode != "TRIANGLES" || src[0] != 0xe0) {
		at.bad("meshopt-header", "%s begin with %#02x, not %#02x", p.Mode, src[0], head)
		return nil
	}
	out, err := p.decode(src)
	if err != nil {
		at.bad("meshopt-data", "%v", err)
		return nil
	}
	return out
}

// sizes checks the numbers before anything is made by them: no stream holds
// more than 64 times its bytes, and a last block of 256 vertices.
func (p *packed) sizes(v bufferView, src int) error {
	switch {
	case p.Count < 1 || p.ByteStride < 1 || p.ByteStride > 256 || p.Count > 1<<40/p.ByteStride:
		return fmt.Errorf("%d items of %d bytes", p.Count, p.ByteStride)
	case p.Count*p.ByteStride != v.ByteLength:
		return fmt.Errorf("%d items of %d bytes are not the view's %d", p.Count, p.ByteStride, v.ByteLength)
	case v.ByteLength > 64*src+256*256:
		return fmt.Errorf("%d bytes cannot come out of %d", v.ByteLength, src)
	case p.Mode == "ATTRIBUTES" && p.ByteStride%4 != 0:
		return fmt.Errorf("attributes of %d bytes", p.ByteStride)
	case p.Mode == "TRIANGLES" && (p.ByteStride != 2 && p.ByteStride != 4 || p.Count%3 != 0):
		return fmt.Errorf("triangles of %d indices of %d bytes", p.Count, p.ByteStride)
	case p.Mode == "TRIANGLES" && p.Count > 3*src:
		return fmt.Errorf("%d indices cannot come out of %d bytes", p.Count, src)
	}
	return nil
}
