package importer

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A gtfsTable goes through one file of a feed, row by row. Rows that are wrong for themselves are rejected and gone
// over; err is what keeps the rest from being read.
type gtfsTable struct {
	feed    *gtfsFeed
	name    string
	file    *unpacking
	rows    rowReader
	columns []string
	fields  [][]byte // of the current row; they are valid up to the next one
	line    int64    // of the file, that the current row begins on
	again   bool     // it was read before, so what is wrong has been said
	bad     int64    // rows rejected
	err     error
}

// mostBadRows of a file are rejected by themselves; how many more there are is said once.
const mostBadRows = 20

// table opens a file of the feed and finds the columns that it must have.
func (f *gtfsFeed) table(name string, needs ...string) (*gtfsTable, error) {
	file, err := f.zip.open(name)
	if err != nil {
		return nil, err
	}
	t := &gtfsTable{feed: f, name: name, file: file, again: f.opened[name]}
	f.opened[name] = true
	if err := t.header(needs); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), file.Close())
	}
	return t, nil
}

func (t *gtfsTable) header(needs []string) error {
	head, r, err := peek(t.file)
	if err != nil {
		return err
	}
	in := &input{head: head, r: r}
	if err := in.unmark(); err != nil {
		return err
	}
	if in.r, err = decoded(in.r, t.feed.o.Encoding); err != nil {
		return err
	}
	t.rows = rowReader{window: newWindow(in.r), delimiter: ','}
	fields, err := t.rows.next()
	if eof(err) {
		return fmt.Errorf("it is empty: the first line must name the columns")
	}
	if err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	for _, raw := range fields {
		name := strings.ToLower(string(bytes.TrimSpace(raw)))
		if name != "" && slices.Contains(t.columns, name) {
			return fmt.Errorf("line 1: two columns are named %.40q", name)
		}
		t.columns = append(t.columns, name)
	}
	for _, name := range needs {
		if t.column(name) < 0 {
			return fmt.Errorf("line 1: there is no column %s, which GTFS demands; it has %.200s", name, shortList(t.columns))
		}
	}
	return nil
}

// column finds a column by its name; -1 when the file has none.
func (t *gtfsTable) column(name string) int { return slices.Index(t.columns, name) }

// next goes to the next row that has as many fields as the header.
func (t *gtfsTable) next() bool {
	for t.err == nil {
		t.line = t.rows.line
		fields, err := t.rows.next()
		switch {
		case eof(err):
			return false
		case errors.As(err, new(rowError)):
			t.reject(err)
		case err != nil:
			t.err = fmt.Errorf("line %d: %w", t.line, err)
		case len(fields) == 1 && len(bytes.TrimSpace(fields[0])) == 0: // an empty line is no row
		case len(fields) != len(t.columns):
			t.reject(fmt.Errorf("it has %d fields, the first line names %d", len(fields), len(t.columns)))
		default:
			t.fields = fields
			return true
		}
	}
	return false
}

// end closes the file and tells why it could not be read to its end.
func (t *gtfsTable) end() error {
	if more := t.bad - mostBadRows; more > 0 && !t.again {
		t.feed.rejects = append(t.feed.rejects, Record{Place: t.name, Err: fmt.Errorf("%d more of its rows are wrong; the first %d are named", more, mostBadRows)})
	}
	if t.err != nil {
		t.err = fmt.Errorf("%s: %w", t.name, t.err)
	}
	return errors.Join(t.err, t.file.Close())
}

// place is where the current row stands.
func (t *gtfsTable) place() string { return t.name + " line " + strconv.FormatInt(t.line, 10) }

// reject says why the current row is not taken.
func (t *gtfsTable) reject(why error) {
	if t.bad++; t.bad <= mostBadRows && !t.again {
		t.feed.rejects = append(t.feed.rejects, Record{Place: t.place(), Err: why})
	}
}

// raw is a field without space around it, empty when the file has no such column.
func (t *gtfsTable) raw(column int) []byte {
	if column < 0 {
		return nil
	}
	return bytes.TrimSpace(t.fields[column])
}

func (t *gtfsTable) wrong(column int, form string, args ...any) error {
	return fmt.Errorf("field "+t.columns[column]+": "+form, args...)
}

// longestText is how many bytes one text of a feed may have: names are shorter.
const longestText = 2000

// text is a field as text.
func (t *gtfsTable) text(column int) (string, error) {
	b := t.raw(column)
	if len(b) == 0 {
		return "", nil
	}
	if len(b) > longestText {
		return "", t.wrong(column, "it has %d bytes, at most %d are read", len(b), longestText)
	}
	s, err := t.feed.texts.text(b)
	if err != nil {
		return "", t.wrong(column, "%w", err)
	}
	if t.feed.kept += int64(len(s)); t.feed.kept > mostKept {
		t.err = fmt.Errorf("line %d: the feed has more than %d MiB of ids and names: import a part of it", t.line, mostKept>>20)
		return "", t.err
	}
	return s, nil
}

// id is a text that must be there. Ids are short and of one encoding, whatever their bytes.
func (t *gtfsTable) id(column int) (string, error) {
	s, err := t.text(column)
	switch {
	case err != nil:
		return "", err
	case s == "":
		return "", t.wrong(column, "it is empty")
	case len(s) > 255:
		return "", t.wrong(column, "an id of %d bytes: at most 255 are read", len(s))
	}
	return s, nil
}

// said shows bytes in a message.
func said(b []byte) string {
	if !utf8.Valid(b) {
		return fmt.Sprintf("%.40x", b)
	}
	return fmt.Sprintf("%.40q", b)
}

// whole is a field that must be a number from 0 to most.
func (t *gtfsTable) whole(column int, most uint32) (uint32, error) {
	b := t.raw(column)
	n := uint64(0)
	for _, c := range b {
		if n = n*10 + uint64(c-'0'); c < '0' || c > '9' || n > uint64(most) {
			n = math.MaxUint64
			break
		}
	}
	if len(b) == 0 || n > uint64(most) {
		return 0, t.wrong(column, "%s is no whole number from 0 to %d", said(b), most)
	}
	return uint32(n), nil
}

// degrees is a coordinate that must be there.
func (t *gtfsTable) degrees(column int, most float64) (float64, error) {
	b := t.raw(column)
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.Abs(v) > most || math.IsNaN(v) {
		return 0, t.wrong(column, "%s is no number of degrees from -%v to %v", said(b), most, most)
	}
	return v, nil
}

// noTime is a field without a time.
const noTime = -1

// mostHours of a service day: night trains of a day before yesterday have some sixty.
const mostHours = 240

// seconds is a time of a service day, H:MM:SS, which may go beyond 24 hours; noTime when it is empty.
func (t *gtfsTable) seconds(column int) (int32, error) {
	b := t.raw(column)
	if len(b) == 0 {
		return noTime, nil
	}
	s, ok := serviceTime(b)
	if !ok {
		return 0, t.wrong(column, "%s is no time: write it as 25:04:30, up to %d hours", said(b), mostHours)
	}
	return s, nil
}

func serviceTime(b []byte) (int32, bool) {
	n := len(b)
	if n < 7 || n > 9 || b[n-3] != ':' || b[n-6] != ':' {
		return 0, false
	}
	var parts [3]int32
	for i, digits := range [3][]byte{b[:n-6], b[n-5 : n-3], b[n-2:]} {
		for _, c := range digits {
			if c < '0' || c > '9' {
				return 0, false
			}
			parts[i] = parts[i]*10 + int32(c-'0')
		}
	}
	return parts[0]*3600 + parts[1]*60 + parts[2], parts[0] < mostHours && parts[1] < 60 && parts[2] < 60
}
