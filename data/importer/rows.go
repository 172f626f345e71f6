package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A rowReader splits delimited text by RFC 4180: fields in quotes may hold delimiters, line ends and doubled
// quotes. A broken row costs one line, not the file.
type rowReader struct {
	*window
	delimiter byte
	fields    [][]byte // of the current row; they are valid up to the next row
	text      []byte   // unquoted text of the current row
}

// A rowError is what is wrong with one row.
type rowError struct{ error }

// next gives the fields of the next row, io.EOF after the last.
func (r *rowReader) next() ([][]byte, error) {
	line := r.line
	n, quotes, err := r.length()
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, io.ErrUnexpectedEOF):
		if _, err := r.upTo('\n'); err != nil && !errors.Is(err, errTooLarge) && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, rowError{fmt.Errorf("a quote that opens on line %d is never closed", line)}
	case err != nil:
		return nil, err
	}
	row := r.use(n)
	row = bytes.TrimSuffix(bytes.TrimSuffix(row, newline), []byte{'\r'})
	if !quotes {
		return r.plain(row), nil
	}
	return r.quoted(row, line)
}

// length finds the end of the row: a newline outside of quotes.
func (r *rowReader) length() (n int, quotes bool, err error) {
	inside := false
	for i := 0; ; {
		rest := r.rest()
		for ; i < len(rest); i++ {
			switch rest[i] {
			case '"':
				inside, quotes = !inside, true
			case '\n':
				if !inside {
					return i + 1, quotes, nil
				}
			}
		}
		err := r.more()
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && i == 0:
			return 0, false, io.EOF
		case errors.Is(err, io.EOF) && inside:
			return 0, false, io.ErrUnexpectedEOF
		case errors.Is(err, io.EOF):
			return i, quotes, nil
		default:
			return 0, false, err
		}
	}
}

// plain splits a row without quotes.
func (r *rowReader) plain(row []byte) [][]byte {
	r.fields = r.fields[:0]
	for {
		i := bytes.IndexByte(row, r.delimiter)
		if i < 0 {
			r.fields = append(r.fields, row)
			return r.fields
		}
		r.fields = append(r.fields, row[:i])
		row = row[i+1:]
	}
}

// quoted splits a row with quotes.
func (r *rowReader) quoted(row []byte, line int64) ([][]byte, error) {
	if cap(r.text) < len(row) {
		r.text = make([]byte, 0, 2*len(row))
	}
	r.fields, r.text = r.fields[:0], r.text[:0]
	for i := 0; ; {
		start := len(r.text)
		if i < len(row) && row[i] == '"' {
			end, ok := r.unquote(row, i+1)
			if !ok {
				return nil, rowError{fmt.Errorf("on line %d a quote stands within or behind a field: fields with quotes are written \"so \"\"quoted\"\"\"", line)}
			}
			i = end
		} else {
			end := bytes.IndexByte(row[i:], r.delimiter)
			if end < 0 {
				end = len(row) - i
			}
			r.text = append(r.text, row[i:i+end]...)
			i += end
		}
		r.fields = append(r.fields, r.text[start:len(r.text):len(r.text)])
		if i >= len(row) {
			return r.fields, nil
		}
		i++ // the delimiter
	}
}

// unquote appends a quoted field that starts at i and gives the place of the delimiter behind it.
func (r *rowReader) unquote(row []byte, i int) (int, bool) {
	for {
		end := bytes.IndexByte(row[i:], '"')
		if end < 0 {
			return 0, false
		}
		r.text = append(r.text, row[i:i+end]...)
		i += end + 1
		switch {
		case i == len(row) || row[i] == r.delimiter:
			return i, true
		case row[i] != '"':
			return 0, false
		}
		r.text = append(r.text, '"')
		i++
	}
}
