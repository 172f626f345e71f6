package ingest

import (
	"bytes"
	"fmt"
	"io"
)

// Pieces cuts what a connection brings at a delimiter. Other than a bufio.Reader it tells what is whole without
// waiting, and loses nothing when a read ends with a deadline.
type Pieces struct {
	from       io.Reader
	delimiter  byte
	longest    int
	buffer     []byte
	begin, end int // of what is not cut yet
}

// NewPieces cuts pieces of at most longest bytes.
func NewPieces(from io.Reader, delimiter byte, longest int) *Pieces {
	return &Pieces{from: from, delimiter: delimiter, longest: longest, buffer: make([]byte, max(2*longest, 2048))}
}

// Next gives the next whole piece that is not empty, without its delimiter, when there is one. It is the caller's
// until Fill is called.
func (p *Pieces) Next() ([]byte, bool) {
	for {
		i := bytes.IndexByte(p.buffer[p.begin:p.end], p.delimiter)
		if i < 0 {
			return nil, false
		}
		piece := p.buffer[p.begin : p.begin+i]
		p.begin += i + 1
		if len(piece) > 0 {
			return piece, true
		}
	}
}

// Fill reads more. All whole pieces must have been taken before.
func (p *Pieces) Fill() error {
	if p.end-p.begin > p.longest {
		return fmt.Errorf("what comes in goes on for more than %d bytes", p.longest)
	}
	p.end = copy(p.buffer, p.buffer[p.begin:p.end])
	p.begin = 0
	n, err := p.from.Read(p.buffer[p.end:])
	p.end += n
	if n > 0 {
		return nil
	}
	return err
}
