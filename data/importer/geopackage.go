package importer

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// A geoPackage is a Source of one feature table of a GeoPackage, opened read-only.
type geoPackage struct {
	db      *sql.DB
	rows    *sql.Rows
	table   gpkgTable
	columns []*sql.ColumnType
	values  []any
	into    []any
	ours    bool // a table of Wardmap's own store: id and common columns are what they are there
	n       int64
	total   int64 // rows
	size    int64 // bytes
	locator locator
	notes   []string
	binary  map[string]int64
}

// A gpkgTable is what a GeoPackage says of a feature table.
type gpkgTable struct {
	name, geometry string
	srs            int64
	organisation   string
	code           int64
	definition     string
}

func openGeoPackage(path string, o Options) (Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	place, err := newLocator(o)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: full, RawQuery: "mode=ro"}).String())
	if err != nil {
		return nil, err
	}
	g := &geoPackage{db: db, size: info.Size(), locator: place, binary: map[string]int64{}}
	if err := g.open(o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return g, nil
}

func (g *geoPackage) open(o Options) (err error) {
	if g.table, err = g.choose(o.Layer); err != nil {
		return err
	}
	if err := g.learnSystem(); err != nil {
		return err
	}
	if err := g.db.QueryRow("SELECT count(*) FROM " + quoted(g.table.name)).Scan(&g.total); err != nil {
		return err
	}
	if g.rows, err = g.db.Query("SELECT * FROM " + quoted(g.table.name)); err != nil {
		return err
	}
	if g.columns, err = g.rows.ColumnTypes(); err != nil {
		return err
	}
	var names []string
	for _, c := range g.columns {
		names = append(names, c.Name())
	}
	if !slices.Contains(names, g.table.geometry) {
		return fmt.Errorf("table %s has no geometry column %q", g.table.name, g.table.geometry)
	}
	g.ours = true
	for _, name := range []string{"id", "owner", "version", "updated_at", "effective_from", "effective_to", "source", "accuracy_m"} {
		g.ours = g.ours && slices.Contains(names, name)
	}
	g.values, g.into = make([]any, len(names)), make([]any, len(names))
	for i := range g.values {
		g.into[i] = &g.values[i]
	}
	return nil
}

// Columns are those of the feature table.
func (g *geoPackage) Columns() []string {
	names := make([]string, len(g.columns))
	for i, c := range g.columns {
		names[i] = c.Name()
	}
	return names
}

// choose finds the feature table: the one named, or the only one.
func (g *geoPackage) choose(name string) (gpkgTable, error) {
	rows, err := g.db.Query(`SELECT c.table_name, c.column_name, c.srs_id, coalesce(s.organization, ''), coalesce(s.organization_coordsys_id, 0), coalesce(s.definition, '')
		FROM gpkg_geometry_columns c LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = c.srs_id ORDER BY c.table_name`)
	if err != nil {
		return gpkgTable{}, fmt.Errorf("this SQLite file is no GeoPackage: %w", err)
	}
	defer rows.Close()
	var all []gpkgTable
	var names []string
	for rows.Next() {
		var t gpkgTable
		if err := rows.Scan(&t.name, &t.geometry, &t.srs, &t.organisation, &t.code, &t.definition); err != nil {
			return gpkgTable{}, fmt.Errorf("read gpkg_geometry_columns: %w", err)
		}
		all, names = append(all, t), append(names, t.name)
	}
	if err := rows.Err(); err != nil {
		return gpkgTable{}, err
	}
	i := slices.IndexFunc(all, func(t gpkgTable) bool { return strings.EqualFold(t.name, name) })
	switch {
	case i >= 0:
		return all[i], nil
	case len(all) == 0:
		return gpkgTable{}, fmt.Errorf("the GeoPackage has no feature tables")
	case name != "":
		return gpkgTable{}, fmt.Errorf("the GeoPackage has no feature table %q; it has %s", name, strings.Join(names, ", "))
	case len(all) > 1:
		return gpkgTable{}, fmt.Errorf("the GeoPackage has several feature tables: choose one of %s with --inside", strings.Join(names, ", "))
	}
	return all[0], nil
}

// learnSystem finds the coordinate system that the GeoPackage declares.
func (g *geoPackage) learnSystem() error {
	t := g.table
	if t.srs <= 0 {
		if !g.locator.declared {
			return fmt.Errorf("table %s does not say what its coordinates are in: declare it with --crs", t.name)
		}
		return nil
	}
	text := t.organisation + ":" + strconv.FormatInt(t.code, 10)
	if !strings.EqualFold(t.organisation, "EPSG") && strings.ContainsAny(t.definition, "[(") {
		text = t.definition
	}
	note, err := g.locator.learn(text)
	if note != "" {
		g.notes = append(g.notes, note)
	}
	return err
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Next implements Source.
func (g *geoPackage) Next() (Record, error) {
	if !g.rows.Next() {
		if err := g.rows.Err(); err != nil {
			return Record{}, fmt.Errorf("row %d of table %s: %w", g.n+1, g.table.name, err)
		}
		return Record{}, io.EOF
	}
	g.n++
	rec := Record{Place: "row " + strconv.FormatInt(g.n, 10), Properties: make(map[string]any, len(g.columns))}
	if err := g.rows.Scan(g.into...); err != nil {
		return rec, fmt.Errorf("%s of table %s: %w", rec.Place, g.table.name, err)
	}
	bodied := false
	for i, c := range g.columns {
		if c.Name() == g.table.geometry {
			bodied, rec.Err = g.shape(&rec, g.values[i])
		} else {
			g.set(&rec, c, g.values[i])
		}
	}
	if rec.Err == nil && !bodied {
		rec.Geometry, rec.Err = g.locator.place(rec.Geometry)
	}
	return rec, nil
}

// shape reads the geometry; where it is faces with heights, the record gets a footprint and a body.
func (g *geoPackage) shape(rec *Record, v any) (bodied bool, err error) {
	b, err := gpkgGeometry(v)
	if err != nil {
		return false, err
	}
	faces, ok, err := parseWKBFaces(b)
	if err != nil {
		return false, err
	}
	if ok {
		return true, embody(rec, &g.locator, faces, false, true)
	}
	rec.Geometry, rec.Heights, err = parseWKB(b)
	return false, err
}

// set takes the value of a column over.
func (g *geoPackage) set(rec *Record, c *sql.ColumnType, v any) {
	name := c.Name()
	v = g.plain(c, v)
	switch {
	case v == nil:
	case g.ours && name == "id":
		rec.ID = textOf(v)
	case g.ours && slices.Contains(common, name):
		if rec.Common == nil {
			rec.Common = map[string]any{}
		}
		rec.Common[name] = v
	case g.ours && (name == "fid" || name == "version" || name == "updated_at"):
	default:
		rec.Properties[name] = v
	}
}

// plain brings a value of SQLite to one that a record may have.
func (g *geoPackage) plain(c *sql.ColumnType, v any) any {
	kind := strings.ToUpper(c.DatabaseTypeName())
	switch v := v.(type) {
	case []byte:
		g.binary[c.Name()]++
		return nil
	case int64:
		if kind == "BOOLEAN" && (v == 0 || v == 1) {
			return v == 1
		}
	case time.Time:
		if kind == "DATE" {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format(time.RFC3339Nano)
	}
	return v
}

// gpkgGeometry reads the blob of a geometry column.
func gpkgGeometry(v any) ([]byte, error) {
	b, ok := v.([]byte)
	switch {
	case v == nil:
		return nil, fmt.Errorf("it has no place: its geometry is null")
	case !ok || len(b) < 8 || b[0] != 'G' || b[1] != 'P':
		return nil, fmt.Errorf("its geometry is no GeoPackage geometry")
	case b[2] != 0:
		return nil, fmt.Errorf("its geometry is of version %d, known is 0", b[2])
	}
	flags := b[3]
	envelope := map[byte]int{0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
	size, ok := envelope[flags>>1&7]
	switch {
	case flags&0x20 != 0:
		return nil, fmt.Errorf("its geometry is of an extended type, which is not supported")
	case flags&0x10 != 0:
		return nil, fmt.Errorf("the geometry is empty")
	case !ok || len(b) < 8+size:
		return nil, fmt.Errorf("its geometry has a broken header")
	}
	return b[8+size:], nil
}

// Progress implements Source: rows, as a part of the bytes.
func (g *geoPackage) Progress() (done, total int64) {
	if g.total == 0 {
		return g.size, g.size
	}
	return int64(float64(g.size) * float64(min(g.n, g.total)) / float64(g.total)), g.size
}

// Close implements Source.
func (g *geoPackage) Close() error { return errors.Join(g.rows.Close(), g.db.Close()) }

// Notes implements Noter.
func (g *geoPackage) Notes() []string {
	out := append(g.notes, g.locator.notes()...)
	for name, n := range g.binary {
		out = append(out, fmt.Sprintf("column %s holds %d binary values, which were left out", name, n))
	}
	slices.Sort(out)
	return out
}
