package importer

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// A dbf reads the attribute table of a Shapefile row by row.
type dbf struct {
	r       *bufio.Reader
	columns []dbfColumn
	rows    int64 // that the header tells of
	row     []byte
	texts   *texter
	left    []string // columns that cannot be read
}

type dbfColumn struct {
	name     string
	kind     byte
	at, size int
	decimals int
}

// languages are the encodings that the language byte of a header really means. Bytes for "ANSI" or none are not
// among them: such tables may hold anything.
var languages = map[byte]string{0x4d: "gbk", 0x7a: "gbk", 0x4f: "big5", 0x78: "big5", 0x13: "shift_jis", 0x7b: "shift_jis", 0x4e: "euc-kr", 0x79: "euc-kr", 0xc9: "windows-1251", 0x26: "cp866", 0x65: "cp866"}

// openDBF reads the header. encoding is the declared one, or the .cpg file's, or "".
func openDBF(r io.Reader, encoding string) (*dbf, error) {
	d := &dbf{r: bufio.NewReaderSize(r, 1<<16)}
	head := make([]byte, 32)
	if _, err := io.ReadFull(d.r, head); err != nil {
		return nil, fmt.Errorf("the attribute table (.dbf) has no header: %w", err)
	}
	d.rows = int64(binary.LittleEndian.Uint32(head[4:]))
	headSize, rowSize := int(binary.LittleEndian.Uint16(head[8:])), int(binary.LittleEndian.Uint16(head[10:]))
	if headSize < 33 || rowSize < 1 {
		return nil, fmt.Errorf("the attribute table (.dbf) has a broken header")
	}
	if encoding == "" {
		encoding = languages[head[29]]
	}
	var err error
	if d.texts, err = newTexter(encoding); err != nil {
		return nil, err
	}
	d.row = make([]byte, rowSize)
	fields := make([]byte, headSize-32)
	if _, err := io.ReadFull(d.r, fields); err != nil {
		return nil, fmt.Errorf("the attribute table (.dbf) ends within its header")
	}
	return d, d.readColumns(fields)
}

func (d *dbf) readColumns(b []byte) error {
	at := 1
	for ; len(b) >= 32 && b[0] != 0x0d; b = b[32:] {
		name, _, _ := bytes.Cut(b[:11], []byte{0})
		text, err := d.texts.text(bytes.TrimSpace(name))
		if err != nil {
			return fmt.Errorf("a column of the attribute table: %w", err)
		}
		c := dbfColumn{name: text, kind: b[11], at: at, size: int(b[16]), decimals: int(b[17])}
		at += c.size
		switch {
		case at > len(d.row):
			return fmt.Errorf("the columns of the attribute table (.dbf) are wider than its rows")
		case !strings.ContainsRune("CNFLDIO+B", rune(c.kind)), (c.kind == 'I' || c.kind == '+') && c.size != 4, (c.kind == 'O' || c.kind == 'B') && c.size != 8:
			d.left = append(d.left, fmt.Sprintf("column %s is of a type (%q) that is not read", c.name, c.kind))
		case c.name == "":
			d.left = append(d.left, "a column without name is not read")
		default:
			d.columns = append(d.columns, c)
		}
	}
	return nil
}

// A dbfError is what is wrong with one row.
type dbfError struct{ error }

// next reads a row into properties; io.EOF after the last. Only a dbfError lets the reading go on.
func (d *dbf) next() (map[string]any, error) {
	if _, err := io.ReadFull(d.r, d.row); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, io.EOF // the mark of the end, or a cut row: the caller misses it
		}
		return nil, err
	}
	switch d.row[0] {
	case 0x1a:
		return nil, io.EOF
	case '*':
		return nil, dbfError{fmt.Errorf("its row of the attribute table is marked as deleted")}
	}
	out := make(map[string]any, len(d.columns))
	for _, c := range d.columns {
		v, err := d.value(c, d.row[c.at:c.at+c.size])
		if err != nil {
			return nil, dbfError{fmt.Errorf("column %s: %w", c.name, err)}
		}
		if v != nil {
			out[c.name] = v
		}
	}
	return out, nil
}

func (d *dbf) value(c dbfColumn, b []byte) (any, error) {
	switch c.kind {
	case 'C':
		b = bytes.TrimRight(b, " \x00")
		if len(b) == 0 {
			return nil, nil
		}
		return d.texts.text(b)
	case 'I', '+':
		return int64(int32(binary.LittleEndian.Uint32(b))), nil
	case 'O', 'B':
		v := math.Float64frombits(binary.LittleEndian.Uint64(b))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil
		}
		return v, nil
	}
	s := string(bytes.Trim(b, " \x00"))
	switch c.kind {
	case 'L':
		switch s {
		case "T", "t", "Y", "y":
			return true, nil
		case "F", "f", "N", "n":
			return false, nil
		}
		return nil, nil
	case 'D':
		if s == "" || s == "00000000" {
			return nil, nil
		}
		day, _, err := converter{}.date(s)
		return day, err
	}
	if s == "" || strings.Trim(s, "*") == "" { // stars: the number did not fit
		return nil, nil
	}
	if c.decimals == 0 {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n, nil
		}
	}
	return toNumber(s)
}
