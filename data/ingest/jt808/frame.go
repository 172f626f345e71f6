package jt808

import (
	"bytes"
	"errors"
	"io"

	"github.com/wardmap/wardmap/data/ingest"
)

// A message stands between two marks. The mark and the escape itself are escaped inside; the last byte is the
// exclusive or of all before it.
const (
	mark   = 0x7e
	escape = 0x7d
)

// largest is how long a frame can be: every byte of the longest header, body and checksum escaped, without marks.
const largest = 2 * (21 + maxBody + 1)

// appendFrame writes header and body as a frame.
func appendFrame(dst, message []byte) []byte {
	dst = append(dst, mark)
	sum := byte(0)
	for _, c := range message {
		sum ^= c
		dst = appendEscaped(dst, c)
	}
	return append(appendEscaped(dst, sum), mark)
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case mark:
		return append(dst, escape, 2)
	case escape:
		return append(dst, escape, 1)
	}
	return append(dst, c)
}

var (
	errEscape   = errors.New("0x7d is followed by neither 0x01 nor 0x02")
	errChecksum = errors.New("the checksum does not match")
)

// unframe resolves the escapes of what stands between two marks, in its place, and gives header and body.
func unframe(frame []byte) ([]byte, error) {
	out := frame
	if i := bytes.IndexByte(frame, escape); i >= 0 {
		out = frame[:i]
		for ; i < len(frame); i++ {
			c := frame[i]
			if c == escape {
				i++
				if i == len(frame) || frame[i] != 1 && frame[i] != 2 {
					return nil, errEscape
				}
				c = escape - 1 + frame[i] // 1 is 0x7d, 2 is 0x7e
			}
			out = append(out, c)
		}
	}
	sum := byte(0)
	for _, c := range out {
		sum ^= c
	}
	if sum != 0 || len(out) < 2 {
		return nil, errChecksum
	}
	return out[:len(out)-1], nil
}

// newFrames cuts what a connection brings into frames, without their marks. Nothing stands between the end of one
// and the begin of the next, and they may share a mark.
func newFrames(from io.Reader) *ingest.Pieces { return ingest.NewPieces(from, mark, largest) }
