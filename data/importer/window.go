package importer

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
)

// largest is how many bytes one feature may have. A feature of 64 MiB has some two million vertices.
const largest = 64 << 20

var errTooLarge = fmt.Errorf("it is larger than %d MiB", largest>>20)

// A window is the part of a stream that is in memory: the rest of one record, mostly.
type window struct {
	r    io.Reader
	buf  []byte
	at   int   // first byte not used yet
	line int64 // number of the line that buf[at] stands on, from 1
	end  error // why no more can be read; io.EOF from the start when all is in buf
	most int   // bytes of one record; 0 is largest
}

func newWindow(r io.Reader) *window { return &window{r: r, buf: make([]byte, 0, 256<<10), line: 1} }

// rest is what is in memory and not used yet. It is valid up to the next call of more.
func (w *window) rest() []byte { return w.buf[w.at:] }

// more reads on; what rest gave keeps its offsets. At the end of the stream it returns io.EOF.
func (w *window) more() error {
	if w.end != nil {
		return w.end
	}
	if w.at > 0 && len(w.buf) == cap(w.buf) {
		w.buf = w.buf[:copy(w.buf, w.buf[w.at:])]
		w.at = 0
	}
	if n := len(w.buf); n == cap(w.buf) {
		most := cmp.Or(w.most, largest)
		if n >= most {
			return errTooLarge
		}
		w.buf = append(make([]byte, 0, min(2*n, most)), w.buf...)
	}
	before := len(w.buf)
	for w.end == nil && len(w.buf) < cap(w.buf) { // full, so that what looks for an end from the start does it seldom
		var n int
		n, w.end = w.r.Read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+n]
	}
	if len(w.buf) > before {
		return nil
	}
	return w.end
}

// use gives the next n bytes away and counts their lines.
func (w *window) use(n int) []byte {
	b := w.buf[w.at : w.at+n]
	w.line += int64(bytes.Count(b, newline))
	w.at += n
	return b
}

var newline = []byte{'\n'}

// upTo gives the bytes before the next sep and uses up sep too. The last piece ends with the stream.
// io.EOF comes with no bytes only. A piece that is too large is skipped: errTooLarge.
func (w *window) upTo(sep byte) ([]byte, error) {
	for from := 0; ; {
		rest := w.rest()
		if i := bytes.IndexByte(rest[from:], sep); i >= 0 {
			return w.use(from + i + 1)[:from+i], nil
		}
		from = len(rest)
		err := w.more()
		switch {
		case err == nil:
		case errors.Is(err, errTooLarge):
			return nil, w.skip(sep)
		case errors.Is(err, io.EOF) && from > 0:
			return w.use(from), nil
		default:
			return nil, err
		}
	}
}

// skip uses up everything to the next sep.
func (w *window) skip(sep byte) error {
	for {
		rest := w.rest()
		if i := bytes.IndexByte(rest, sep); i >= 0 {
			w.use(i + 1)
			return errTooLarge
		}
		w.use(len(rest))
		if err := w.more(); err != nil {
			if errors.Is(err, io.EOF) {
				return errTooLarge
			}
			return err
		}
	}
}

// peekByte gives the next byte that is no space, without using it, and uses up the space before it.
func (w *window) peekByte() (byte, error) {
	for {
		rest := w.rest()
		for i, c := range rest {
			if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
				w.use(i)
				return c, nil
			}
		}
		w.use(len(rest))
		if err := w.more(); err != nil {
			return 0, err
		}
	}
}

// class of a byte for value: 0 has no meaning.
var class = [256]uint8{'"': 1, '{': 2, '[': 2, '}': 3, ']': 3}

// value gives the bytes of the next JSON value, found by its brackets and quotes only: what stands inside is
// for the parser to judge. It starts at a byte that is no space.
func (w *window) value() ([]byte, error) {
	depth, i := 0, 0
	for {
		rest := w.rest()
		for ; i < len(rest); i++ {
			switch class[rest[i]] {
			case 1:
				end := closing(rest, i+1)
				if end < 0 {
					goto more // come back to this quote with more bytes
				}
				i = end
				if depth == 0 {
					return w.use(i + 1), nil
				}
			case 2:
				depth++
			case 3:
				if depth--; depth == 0 {
					return w.use(i + 1), nil
				} else if depth < 0 {
					return w.use(i), nil
				}
			case 0:
				if depth == 0 && (rest[i] == ',' || rest[i] <= ' ') {
					return w.use(i), nil
				}
			}
		}
	more:
		if err := w.more(); err != nil {
			if errors.Is(err, io.EOF) && depth == 0 && i >= len(rest) && i > 0 {
				return w.use(i), nil
			}
			return nil, err
		}
	}
}

// closing finds the quote that ends a string whose text starts at i, or -1.
func closing(b []byte, i int) int {
	for start := i; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		slashes := 0
		for j := i - 1; j >= start && b[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
}
