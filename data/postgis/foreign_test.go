package postgis

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// shops is a foreign table with whatever a table can have.
const shops = `
	CREATE SCHEMA city;
	CREATE TABLE city.shops (
		gid serial PRIMARY KEY, "Name" varchar(80), floors smallint, area numeric(10,2), open boolean, since timestamp, seen timestamptz,
		owner text, tags text[], "的" text, geom geometry(PointZ, 4490)
	);
	INSERT INTO city.shops ("Name", floors, area, open, since, seen, owner, tags, "的", geom) VALUES
		('面馆', 2, 80.5, true, '2020-01-02 03:04:05', '2026-11-24T08:00:00+08', '商务局', '{a,b}', 'x', 'SRID=4490;POINT Z (105.7 34.5 1100)'),
		('Bank', NULL, 'NaN', NULL, 'infinity', NULL, NULL, NULL, NULL, 'SRID=4490;POINT Z (105.8 34.6 0)'),
		('nowhere', 1, 1, true, now(), now(), NULL, NULL, NULL, NULL),
		('empty', 1, 1, true, now(), now(), NULL, NULL, NULL, 'SRID=4490;POINT Z EMPTY');`

func property(name string, t layers.Type) layers.Property {
	return layers.Property{Name: name, Type: t}
}

func shopLayer() layers.Layer {
	return layers.Layer{ID: "shops", Kind: layers.PointKind, Properties: []layers.Property{
		property("name", layers.TextType), property("floors", layers.IntegerType), property("area", layers.NumberType), property("open", layers.BooleanType),
		property("since", layers.DateType), property("seen", layers.TimeType), property("tags", layers.TextType),
	}, Source: layers.Source{Type: layers.Table, Table: "city.shops", ID: "gid", Columns: map[string]string{"name": "Name"}}}
}

func TestAForeignTableIsReadAsALayer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.client().do(shops)
	table, err := r.store.OpenTable(r.ctx, shopLayer())
	r.must(err)
	noodles := spatial.Feature{ID: "1", Owner: "商务局", Geometry: orb.Point{105.7, 34.5}, Properties: map[string]any{
		"name": "面馆", "floors": int64(2), "area": 80.5, "open": true, "since": "2020-01-02", "seen": "2026-11-24T00:00:00Z", "tags": "{a,b}"}}
	bank := spatial.Feature{ID: "2", Geometry: orb.Point{105.8, 34.6}, Properties: map[string]any{"name": "Bank"}}
	var got []spatial.Feature
	r.must(table.Scan(r.ctx, "shops", func(f spatial.Feature) error { got = append(got, f); return nil }))
	if len(got) != 2 || !spatial.SameContent(got[0], noodles) || !spatial.SameContent(got[1], bank) {
		t.Fatalf("scan gave %+v", got)
	}
	one, err := table.Feature(r.ctx, "shops", "1")
	if err != nil || !spatial.SameContent(one, noodles) {
		t.Errorf("feature %+v, error %v", one, err)
	}
	for _, id := range []string{"3", "x", "", "01", "\x00"} {
		if _, err := table.Feature(r.ctx, "shops", id); !errors.Is(err, layers.ErrNotFound) {
			t.Errorf("feature %q: error %v, want ErrNotFound", id, err)
		}
	}
	q := layers.Query{Bounds: []orb.Bound{{Min: orb.Point{105.75, 34}, Max: orb.Point{106, 35}}}, Where: map[string]any{"name": "Bank"}}
	page, err := table.Features(r.ctx, "shops", q)
	if err != nil || len(page.Features) != 1 || page.Matched != 1 || page.Features[0].ID != "2" {
		t.Errorf("page %+v, error %v", page, err)
	}
	page, err = table.Features(r.ctx, "shops", layers.Query{Limit: 1})
	if err != nil || page.Next != "1" || page.Matched != 2 {
		t.Errorf("page %+v, error %v", page, err)
	}
	stat, err := table.Stat(r.ctx, "shops")
	if err != nil || stat.Count != 2 || stat.Bound != (orb.Bound{Min: orb.Point{105.7, 34.5}, Max: orb.Point{105.8, 34.6}}) {
		t.Errorf("stat %+v, error %v", stat, err)
	}
	if _, err := table.Stat(r.ctx, "others"); !errors.Is(err, layers.ErrNotFound) {
		t.Errorf("another layer: error %v, want ErrNotFound", err)
	}
}

func TestForeignTablesInOtherCoordinateSystems(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.client().do(`CREATE TABLE mercator (id text PRIMARY KEY, shape geometry(Polygon, 3857));
		INSERT INTO mercator VALUES ('a', ST_Transform(ST_MakeEnvelope(105.7, 34.5, 105.8, 34.6, 4326), 3857));
		CREATE TABLE zone (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, shape geometry);
		INSERT INTO zone (shape) VALUES (ST_Transform('SRID=4326;POINT(105.7 34.5)'::geometry, 4543)), ('SRID=4326;POINT(1 2)');
		CREATE TABLE earth (id bigint PRIMARY KEY, shape geography(LineString));
		INSERT INTO earth VALUES (5, 'LINESTRING(1 2,3 4)')`)
	tests := []struct {
		table string
		want  orb.Bound
	}{
		{"public.mercator", orb.Bound{Min: orb.Point{105.7, 34.5}, Max: orb.Point{105.8, 34.6}}},
		{"public.zone", orb.Bound{Min: orb.Point{1, 2}, Max: orb.Point{105.7, 34.5}}},
		{"public.earth", orb.Bound{Min: orb.Point{1, 2}, Max: orb.Point{3, 4}}},
	}
	for _, tt := range tests {
		table, err := r.store.OpenTable(r.ctx, layers.Layer{ID: "x", Source: layers.Source{Table: tt.table, ID: "id"}})
		r.must(err)
		stat, err := table.Stat(r.ctx, "x")
		r.must(err)
		for i := range 2 {
			if math.Abs(stat.Bound.Min[i]-tt.want.Min[i]) > 1e-8 || math.Abs(stat.Bound.Max[i]-tt.want.Max[i]) > 1e-8 {
				t.Errorf("%s lies at %v, want %v", tt.table, stat.Bound, tt.want)
			}
		}
	}
}

func TestOpenTableSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.client().do(shops + `
		CREATE TABLE unknown (id int PRIMARY KEY, geom geometry); INSERT INTO unknown VALUES (1, 'POINT(11770000 4100000)');
		CREATE TABLE plain (id int PRIMARY KEY);
		CREATE TABLE two (id int PRIMARY KEY, a geometry(Point,4326), b geometry(Point,4326));
		CREATE TABLE twice (id int, geom geometry(Point,4326)); INSERT INTO twice VALUES (1, 'POINT(1 1)'), (1, 'POINT(1 1)');
		CREATE VIEW nulls AS SELECT NULL::int AS id, 'SRID=4326;POINT(1 1)'::geometry(Point,4326) AS geom;`)
	shop := func(change func(*layers.Layer)) layers.Layer {
		l := shopLayer()
		change(&l)
		return l
	}
	tests := []struct {
		name  string
		layer layers.Layer
		want  string
	}{
		{"no table", shop(func(l *layers.Layer) { l.Source.Table = "city.nothing" }), "no such table"},
		{"no id column", shop(func(l *layers.Layer) { l.Source.ID = "fid" }), `no column "fid" for the id; it has gid, Name`},
		{"no property column", shop(func(l *layers.Layer) { l.Source.Columns = nil }), `no column "name" for property name`},
		{"column of nobody", shop(func(l *layers.Layer) { l.Source.Columns["colour"] = "floors" }), "no property"},
		{"wrong type", shop(func(l *layers.Layer) { l.Properties[1].Type = layers.BooleanType }), "could be of type integer"},
		{"undeclared SRID", layers.Layer{ID: "x", Source: layers.Source{Table: "public.unknown", ID: "id"}}, "USING ST_SetSRID"},
		{"no geometry", layers.Layer{ID: "x", Source: layers.Source{Table: "public.plain", ID: "id"}}, "no column of type geometry"},
		{"several geometries", layers.Layer{ID: "x", Source: layers.Source{Table: "public.two", ID: "id"}}, "several geometries (a, b)"},
		{"geometry as id", layers.Layer{ID: "x", Source: layers.Source{Table: "public.twice", ID: "geom"}}, "cannot be the id"},
		{"id twice", layers.Layer{ID: "x", Source: layers.Source{Table: "public.twice", ID: "id"}}, "ADD UNIQUE"},
		{"id null", layers.Layer{ID: "x", Source: layers.Source{Table: "public.nulls", ID: "id"}}, "some rows have none"},
	}
	for _, tt := range tests {
		if _, err := r.store.OpenTable(r.ctx, tt.layer); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestFingerprintsChangeWithTheTable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.client()
	c.do(`CREATE TABLE base (id int PRIMARY KEY, geom geometry(Point,4326)); INSERT INTO base SELECT i, ST_MakePoint(i, 1) FROM generate_series(1, 50) i;
		CREATE VIEW half AS SELECT * FROM base WHERE id > 25; CREATE VIEW quarter AS SELECT * FROM half WHERE id > 37;
		CREATE TABLE parts (id int, geom geometry(Point,4326)) PARTITION BY RANGE (id);
		CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
		CREATE MATERIALIZED VIEW kept AS SELECT * FROM base; CREATE UNIQUE INDEX ON kept (id)`)
	changes := map[string][]string{
		"base":    {"INSERT INTO base VALUES (99, 'POINT(1 1)')", "UPDATE base SET id = id WHERE id = 7", "DELETE FROM base WHERE id = 7", "TRUNCATE base"},
		"quarter": {"UPDATE base SET geom = 'POINT(2 2)' WHERE id = 45"},
		"parts":   {"INSERT INTO parts VALUES (1, 'POINT(1 1)')", "DELETE FROM parts"},
		"kept":    {"REFRESH MATERIALIZED VIEW kept"},
	}
	for _, name := range []string{"quarter", "kept", "parts", "base"} {
		table, err := r.store.OpenTable(r.ctx, layers.Layer{ID: "x", Source: layers.Source{Table: "public." + name, ID: "id"}})
		r.must(err)
		last, err := table.Fingerprint(r.ctx)
		r.must(err)
		for _, sql := range changes[name] {
			if same, err := table.Fingerprint(r.ctx); err != nil || same != last {
				// counters of earlier statements may arrive late, for materialised views only
				t.Logf("%s: %q became %q without a change, error %v", name, last, same, err)
				last = same
			}
			c.do(sql)
			next := last
			for deadline := time.Now().Add(15 * time.Second); next == last && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
				next, err = table.Fingerprint(r.ctx)
				r.must(err)
			}
			if next == last {
				t.Errorf("%s: the fingerprint %q stays after %s", name, last, sql)
			}
			last = next
		}
	}
	table, err := r.store.OpenTable(r.ctx, layers.Layer{ID: "x", Source: layers.Source{Table: "public.base", ID: "id"}})
	r.must(err)
	c.do("DROP TABLE base CASCADE")
	if _, err := table.Fingerprint(r.ctx); !errors.Is(err, layers.ErrNotFound) {
		t.Errorf("a dropped table: error %v, want ErrNotFound", err)
	}
}

func TestDiscoverProposesWhatCanBeOpened(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.client().do(shops + `
		CREATE TABLE "Straßen Netz" (id int PRIMARY KEY, "Name" text, name text, version int, geom geometry(MultiLineString, 4326));
		CREATE TABLE city."路灯" (code text PRIMARY KEY, "名称" text, geom geometry(Polygon, 4326));
		CREATE SCHEMA rural; CREATE VIEW rural.shops AS SELECT gid AS id, geom FROM city.shops;
		COMMENT ON TABLE city.shops IS 'where one can buy';
		CREATE TABLE plain (id int)`)
	found, err := r.store.Discover(r.ctx)
	r.must(err)
	var got []string
	for _, l := range found {
		var props []string
		for _, p := range l.Properties {
			props = append(props, p.Name+":"+string(p.Type))
		}
		got = append(got, fmt.Sprintf("%s %s %s id=%s label=%s %s", l.ID, l.Kind, l.Source.Table, l.Source.ID, l.Label, strings.Join(props, " ")))
		if _, err := r.store.OpenTable(r.ctx, l); err != nil {
			t.Errorf("%s: %v", l.ID, err)
		}
	}
	want := []string{
		"shops point city.shops id=gid label=name name:text floors:integer area:number open:boolean since:time seen:time tags:text column:text",
		"table polygon city.路灯 id=code label=column column:text",
		"stra_en_netz line public.Straßen Netz id=id label=name name:text name_2:text version_2:integer",
		"shops_2 point rural.shops id=id label= ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(found) > 0 && found[0].Description.En != "where one can buy" {
		t.Errorf("description %+v", found[0].Description)
	}
}
