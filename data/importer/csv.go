package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// A table is a Source of a CSV or TSV file whose first row names the columns.
type table struct {
	*input
	rows    rowReader
	row     int64 // number of the row read last, as a spreadsheet shows it: the header is row 1
	columns []string
	lon     int // column, -1 when the geometry is in wkt
	lat     int
	wkt     int
	texts   *texter
	locator locator
}

// Names of columns that can mean nothing but coordinates in degrees. x and y are not among them: they may be
// anything.
var (
	lonNames = []string{"lon", "lng", "long", "longitude", "经度"}
	latNames = []string{"lat", "latitude", "纬度"}
	wktNames = []string{"wkt", "geom_wkt", "wkt_geom", "geometry_wkt"}
)

func openCSV(in *input, o Options) (Source, error) {
	place, err := newLocator(o)
	if err != nil {
		return nil, err
	}
	r, err := decoded(in.r, o.Encoding)
	if err != nil {
		return nil, err
	}
	t := &table{input: in, rows: rowReader{window: newWindow(r)}, locator: place}
	if t.texts, err = newTexter(""); err != nil {
		return nil, err
	}
	if t.rows.delimiter, err = delimiter(in, o); err != nil {
		return nil, err
	}
	if err := t.header(); err != nil {
		return nil, err
	}
	if err := t.findCoordinates(o); err != nil {
		return nil, err
	}
	if !place.known {
		return nil, fmt.Errorf("a table does not say what its coordinates are in: declare it with --crs WGS84 (or GCJ-02, BD-09, EPSG:4490, …)")
	}
	return t, nil
}

// delimiter is the one declared, or the one that the first line has most of.
func delimiter(in *input, o Options) (byte, error) {
	switch {
	case o.Delimiter == `\t` || o.Delimiter == "tab":
		return '\t', nil
	case len(o.Delimiter) == 1 && !strings.ContainsAny(o.Delimiter, "\"\r\n"):
		return o.Delimiter[0], nil
	case o.Delimiter != "":
		return 0, fmt.Errorf("the delimiter %q is not one character", o.Delimiter)
	}
	counts := map[byte]int{}
	quoted := false
	for _, c := range in.head {
		if c == '"' {
			quoted = !quoted
		} else if !quoted && c == '\n' {
			break
		} else if !quoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte("\t;|") {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best, nil
}

func (t *table) header() error {
	fields, err := t.rows.next()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the table has no rows")
	}
	if err != nil {
		return fmt.Errorf("row 1: %w", err)
	}
	t.row = 1
	for i, raw := range fields {
		name, err := t.texts.text(raw)
		if err != nil {
			return fmt.Errorf("row 1, column %d: %w", i+1, err)
		}
		name = strings.TrimSpace(name)
		if name == "" {
			name = "column " + strconv.Itoa(i+1)
		}
		if slices.Contains(t.columns, name) {
			return fmt.Errorf("row 1: two columns are named %q", name)
		}
		t.columns = append(t.columns, name)
	}
	return nil
}

func (t *table) findCoordinates(o Options) error {
	t.lon, t.lat, t.wkt = -1, -1, -1
	for _, one := range []struct {
		flag, declared string
		column         *int
	}{{"--lon", o.Lon, &t.lon}, {"--lat", o.Lat, &t.lat}, {"--wkt", o.WKT, &t.wkt}} {
		if one.declared == "" {
			continue
		}
		if *one.column = t.column(one.declared); *one.column < 0 {
			return fmt.Errorf("%s: the table has no column %q; it has %s", one.flag, one.declared, t.columnNames())
		}
	}
	switch {
	case t.wkt >= 0 && t.lon < 0 && t.lat < 0, t.wkt < 0 && t.lon >= 0 && t.lat >= 0:
		return nil
	case o.Lon != "" || o.Lat != "" || o.WKT != "":
		return fmt.Errorf("say where the coordinates are by --lon and --lat together, or by --wkt alone")
	}
	t.lon, t.lat, t.wkt = t.column(lonNames...), t.column(latNames...), t.column(wktNames...)
	if t.lon >= 0 && t.lat >= 0 {
		t.wkt = -1
		return nil
	}
	if t.lon, t.lat = -1, -1; t.wkt >= 0 {
		return nil
	}
	return fmt.Errorf("the table has no columns with coordinates: none of %s is named lon and lat or wkt; name them with --lon and --lat, or --wkt", t.columnNames())
}

// Columns are the names in the first row.
func (t *table) Columns() []string { return t.columns }

// column finds the first column that has one of the names, in any case; -1 when there is none.
func (t *table) column(names ...string) int {
	for _, name := range names {
		for i, c := range t.columns {
			if strings.EqualFold(c, name) {
				return i
			}
		}
	}
	return -1
}

func (t *table) columnNames() string {
	if len(t.columns) > 30 {
		return strings.Join(t.columns[:30], ", ") + ", …"
	}
	return strings.Join(t.columns, ", ")
}

// Next implements Source.
func (t *table) Next() (Record, error) {
	for {
		fields, err := t.rows.next()
		if eof(err) {
			return Record{}, io.EOF
		}
		t.row++
		rec := Record{Place: "row " + strconv.FormatInt(t.row, 10)}
		var bad rowError
		switch {
		case errors.As(err, &bad):
			rec.Err = err
			return rec, nil
		case err != nil:
			return rec, err
		case len(fields) == 1 && len(strings.TrimSpace(string(fields[0]))) == 0:
			continue // an empty line is no row
		}
		t.read(&rec, fields)
		return rec, nil
	}
}

func (t *table) read(rec *Record, fields [][]byte) {
	if len(fields) != len(t.columns) {
		rec.Err = fmt.Errorf("it has %d fields, the header has %d", len(fields), len(t.columns))
		return
	}
	rec.Properties = make(map[string]any, len(fields))
	for i, raw := range fields {
		s, err := t.texts.text(raw)
		if err != nil {
			rec.Err = fmt.Errorf("column %s: %w", t.columns[i], err)
			return
		}
		if i == t.lon || i == t.lat || i == t.wkt || s == "" {
			continue
		}
		rec.Properties[t.columns[i]] = s
	}
	g, heights, err := t.geometry(fields)
	if err == nil {
		g, err = t.locator.place(g)
	}
	rec.Geometry, rec.Heights, rec.Err = g, heights, err
}

func (t *table) geometry(fields [][]byte) (orb.Geometry, int, error) {
	if t.wkt >= 0 {
		text := strings.TrimSpace(string(fields[t.wkt]))
		if text == "" {
			return nil, 0, fmt.Errorf("column %s: the geometry is missing", t.columns[t.wkt])
		}
		g, heights, err := parseShapeText(text)
		if err != nil {
			err = fmt.Errorf("column %s: %w", t.columns[t.wkt], err)
		}
		return g, heights, err
	}
	lon, err := t.coordinate(t.lon, fields)
	if err != nil {
		return nil, 0, err
	}
	lat, err := t.coordinate(t.lat, fields)
	return orb.Point{lon, lat}, 0, err
}

func (t *table) coordinate(column int, fields [][]byte) (float64, error) {
	s := strings.TrimSpace(string(fields[column]))
	if s == "" {
		return 0, fmt.Errorf("column %s: the coordinate is missing", t.columns[column])
	}
	v, err := toNumber(s)
	if err == nil {
		return v, nil
	}
	if strings.ContainsAny(s, "°'′\"") {
		err = fmt.Errorf("%.40q is in degrees and minutes: write decimal degrees", s)
	}
	return 0, fmt.Errorf("column %s: %w", t.columns[column], err)
}

// Notes implements Noter.
func (t *table) Notes() []string { return append(t.texts.notes(), t.locator.notes()...) }
