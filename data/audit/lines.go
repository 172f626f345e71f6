package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line of the log: a record has some ten texts of at most maxText bytes, which JSON may write longer.
const maxLine = 128 << 10

// eachLine visits the lines of a file that are whole, with the byte where each begins. A last line without its end is
// left out: it was being written.
func eachLine(f io.ReaderAt, visit func(line []byte, offset int64) error) error {
	r := bufio.NewReaderSize(io.NewSectionReader(f, 0, 1<<62), maxLine)
	for offset := int64(0); ; {
		line, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("%w: the line at byte %d has no end", ErrDamaged, offset)
		case err != nil:
			return err
		}
		if err := visit(line[:len(line)-1], offset); err != nil {
			return err
		}
		offset += int64(len(line))
	}
}
