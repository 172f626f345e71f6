package mvt

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// errCut is a message that ends before its length says.
var errCut = errors.New("the tile ends in the middle of a field")

// Extract appends the layer called name of an encoded tile to dst, under another name, and leaves its content
// as it is. A tile without that layer gives dst as it was.
func Extract(dst, tile []byte, name, as string) ([]byte, error) {
	for at := 0; at < len(tile); {
		tag, body, next, err := nextField(tile, at)
		if err != nil {
			return dst, fmt.Errorf("byte %d of the tile: %w", at, err)
		}
		at = next
		if tag != tagTileLayer {
			continue
		}
		renamed, found, err := rename(body, name, as)
		if err != nil {
			return dst, fmt.Errorf("the layer before byte %d of the tile: %w", next, err)
		}
		if found {
			dst = appendVarint(append(dst, tagTileLayer), uint64(len(renamed)))
			dst = append(dst, renamed...)
		}
	}
	return dst, nil
}

// rename gives a layer message with another name, if it has the one asked for.
func rename(layer []byte, name, as string) (out []byte, found bool, err error) {
	for at := 0; at < len(layer); {
		tag, body, next, err := nextField(layer, at)
		if err != nil {
			return nil, false, err
		}
		if tag == tagLayerName {
			if string(body) != name {
				return nil, false, nil
			}
			found = true
			out = append(appendVarint(append(out, tagLayerName), uint64(len(as))), as...)
		} else {
			out = append(out, layer[at:next]...)
		}
		at = next
	}
	return out, found, nil
}

// nextField reads the field at a place: its tag, its body where it has a length, and where the next begins.
func nextField(b []byte, at int) (tag uint64, body []byte, next int, err error) {
	tag, n := binary.Uvarint(b[at:])
	if n <= 0 {
		return 0, nil, 0, errCut
	}
	at += n
	switch tag & 7 {
	case 0:
		_, n := binary.Uvarint(b[at:])
		if n <= 0 {
			return 0, nil, 0, errCut
		}
		return tag, nil, at + n, nil
	case 1, 5:
		size := map[uint64]int{1: 8, 5: 4}[tag&7]
		if len(b)-at < size {
			return 0, nil, 0, errCut
		}
		return tag, nil, at + size, nil
	case 2:
		size, n := binary.Uvarint(b[at:])
		if n <= 0 || size > uint64(len(b)-at-n) {
			return 0, nil, 0, errCut
		}
		return tag, b[at+n : at+n+int(size)], at + n + int(size), nil
	}
	return 0, nil, 0, fmt.Errorf("wire type %d is not of this format", tag&7)
}
