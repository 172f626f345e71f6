package jt808

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

// frames cuts what a connection brings into frames.
type frames struct {
	from       io.Reader
	buffer     []byte
	begin, end int // of what is not cut yet
}

func newFrames(from io.Reader) *frames {
	return &frames{from: from, buffer: make([]byte, 2*largest)}
}

// next gives the next whole frame that was read, without its marks. It is the caller's until fill is called.
func (f *frames) next() ([]byte, bool) {
	for {
		i := bytes.IndexByte(f.buffer[f.begin:f.end], mark)
		if i < 0 {
			return nil, false
		}
		frame := f.buffer[f.begin : f.begin+i]
		f.begin += i + 1
		if len(frame) > 0 { // nothing stands between the end of one frame and the begin of the next
			return frame, true
		}
	}
}

// fill reads more. All whole frames must have been taken.
func (f *frames) fill() error {
	if f.end-f.begin > largest {
		return fmt.Errorf("no frame is longer than %d bytes", largest)
	}
	f.end = copy(f.buffer, f.buffer[f.begin:f.end])
	f.begin = 0
	n, err := f.from.Read(f.buffer[f.end:])
	f.end += n
	if n > 0 {
		return nil
	}
	return err
}
