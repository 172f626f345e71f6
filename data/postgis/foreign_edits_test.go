package postgis

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

func TestEditsOfForeignClientsReachTheFeed(t *testing.T) {
	tests := []struct {
		name, sql string
		want      []string
	}{
		{name: "insert of several", sql: "INSERT INTO wardmap.beats (id, geom) VALUES ('b', 'POINT(1 2)'), ('c', 'POINT(1 2)')", want: []string{"create b", "create c"}},
		{name: "update", sql: "UPDATE wardmap.beats SET name = 'n' WHERE id = 'a'", want: []string{"replace a"}},
		{name: "update of nothing", sql: "UPDATE wardmap.beats SET name = 'n' WHERE id = 'nobody'"},
		{name: "delete", sql: "DELETE FROM wardmap.beats", want: []string{"delete a"}},
		{name: "truncate", sql: "TRUNCATE wardmap.beats", want: []string{"delete a"}},
		{name: "upsert", sql: "INSERT INTO wardmap.beats (id, geom) VALUES ('a', 'POINT(1 2)') ON CONFLICT (id) DO UPDATE SET geom = excluded.geom", want: []string{"replace a"}},
		{name: "insert or nothing", sql: "INSERT INTO wardmap.beats (id, geom) VALUES ('a', 'POINT(1 2)') ON CONFLICT DO NOTHING"},
		{name: "rolled back", sql: "BEGIN; DELETE FROM wardmap.beats; ROLLBACK"},
		{name: "delete and create in one transaction", sql: "BEGIN; DELETE FROM wardmap.beats; INSERT INTO wardmap.beats (id, geom) VALUES ('a', 'POINT(1 2)'); COMMIT", want: []string{"delete a", "create a"}},
		{name: "asynchronous commit", sql: "SET synchronous_commit = off; UPDATE wardmap.beats SET name = 'm'", want: []string{"replace a"}},
		{name: "version and time of the client's own", sql: "UPDATE wardmap.beats SET version = 1, updated_at = '1970-01-01'", want: []string{"replace a"}},
		{name: "copy", sql: "COPY wardmap.beats (id, geom) FROM PROGRAM 'printf \"k\\tPOINT(1 2)\\nl\\tPOINT(1 2)\\n\"'", want: []string{"create k", "create l"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c := r.client()
			c.insert("a")
			before, err := r.store.Feature(r.ctx, "beats", "a")
			r.must(err)
			from := r.head()
			c.do(tt.sql)
			if len(tt.want) > 0 {
				began := time.Now()
				r.must(r.store.Wait(r.ctx, from))
				if took := time.Since(began); took > promptly {
					t.Errorf("wait took %v", took)
				}
			}
			r.wantFeed(from, tt.want...)
			changes, _, err := r.store.Changes(r.ctx, from, 100)
			r.must(err)
			for _, ch := range changes {
				if ch.Version <= before.Version || time.Since(ch.At) > time.Minute || ch.Op != layers.Delete && (ch.Feature == nil || ch.Feature.Version < ch.Version) {
					t.Errorf("change %+v of feature %+v", ch, ch.Feature)
				}
			}
		})
	}
}

func TestForeignChangesSayWhereTheFeatureWasAndIs(t *testing.T) {
	r := newRig(t)
	c := r.client()
	c.do("INSERT INTO wardmap.beats (id, geom) VALUES ('a', 'LINESTRING(1 2,3 4)')")
	from := r.head()
	c.do("UPDATE wardmap.beats SET geom = 'POLYGON((10 10,11 10,11 12,10 10))'")
	c.do("DELETE FROM wardmap.beats")
	changes, _, err := r.store.Changes(r.ctx, from, 10)
	r.must(err)
	line, area := orb.Bound{Min: orb.Point{1, 2}, Max: orb.Point{3, 4}}, orb.Bound{Min: orb.Point{10, 10}, Max: orb.Point{11, 12}}
	if len(changes) != 2 || changes[0].Before != line || changes[0].After != area || changes[1].Before != area || !changes[1].After.IsEmpty() {
		t.Errorf("changes %+v", changes)
	}
}

func TestTriggersFillInWhatIsMissing(t *testing.T) {
	r := newRig(t)
	r.client().do(`INSERT INTO wardmap.beats (id, geom, effective_from, effective_to)
		VALUES (NULL, ST_SetSRID('POINT(1 2)'::geometry, 4326), '-infinity', 'infinity'), ('', 'POINT(1 2)', NULL, NULL)`)
	page, err := r.store.Features(r.ctx, "beats", layers.Query{})
	r.must(err)
	if len(page.Features) != 2 {
		t.Fatalf("%d features, want 2", len(page.Features))
	}
	for _, f := range page.Features {
		if len(f.ID) != 36 || f.Version == 0 || f.Updated.IsZero() || !f.Effective.From.IsZero() || !f.Effective.To.IsZero() {
			t.Errorf("feature %+v", f)
		}
	}
}

func TestTriggersRefuseWhatNoMapCanShow(t *testing.T) {
	r := newRig(t)
	c := r.client()
	c.insert("a")
	from := r.head()
	tests := []struct{ name, sql, want string }{
		{"no geometry", "INSERT INTO wardmap.beats (id) VALUES ('b')", "no geometry"},
		{"empty", "INSERT INTO wardmap.beats (id, geom) VALUES ('b', 'POLYGON EMPTY')", "empty"},
		{"metres", "UPDATE wardmap.beats SET geom = 'POINT(11770000 4100000)'", "another coordinate system"},
		{"other SRID", "UPDATE wardmap.beats SET geom = ST_SetSRID('POINT(1 2)'::geometry, 3857)", "SRID"},
		{"with height", "UPDATE wardmap.beats SET geom = 'POINT Z (1 2 3)'", "Z"},
		{"NaN point", "UPDATE wardmap.beats SET geom = ST_MakePoint('NaN', 1)", "outside of"},
		{"NaN inside a line", "UPDATE wardmap.beats SET geom = ST_MakeLine(ARRAY[ST_MakePoint(1,1), ST_MakePoint('NaN', 1), ST_MakePoint(2,2)])", "not finite"},
		{"curve", "UPDATE wardmap.beats SET geom = 'CIRCULARSTRING(0 0,1 1,2 0)'", "ST_CurveToLine"},
		{"triangle", "UPDATE wardmap.beats SET geom = 'TRIANGLE((0 0,1 1,2 0,0 0))'", "ST_Dump"},
		{"another id", "UPDATE wardmap.beats SET id = 'z'", "cannot change"},
		{"id with a line break", "INSERT INTO wardmap.beats (id, geom) VALUES (E'a\\nb', 'POINT(1 2)')", "is no id"},
		{"endless id", "INSERT INTO wardmap.beats (id, geom) VALUES (repeat('x', 201), 'POINT(1 2)')", "is no id"},
		{"number that is none", "UPDATE wardmap.beats SET height = 'NaN'", "check"},
		{"infinite number", "UPDATE wardmap.beats SET height = '-Infinity'", "check"},
		{"infinite date", "UPDATE wardmap.beats SET since = 'infinity'", "check"},
		{"date before Christ", "UPDATE wardmap.beats SET since = '0044-03-15 BC'", "check"},
		{"time beyond RFC 3339", "UPDATE wardmap.beats SET seen = '12026-01-01T00:00:00Z'", "check"},
		{"accuracy", "UPDATE wardmap.beats SET accuracy_m = -1", "check"},
	}
	for _, tt := range tests {
		if _, err := c.conn.Exec(r.ctx, tt.sql); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
	r.wantFeed(from)
}

func TestRolesNeedRightsOnTheLayerTableOnly(t *testing.T) {
	r := newRig(t)
	c := r.client()
	role := fmt.Sprintf("editor_%d_%d", os.Getpid(), time.Now().UnixNano())
	c.do("CREATE ROLE " + role)
	defer c.do("RESET ROLE; DROP OWNED BY " + role + "; DROP ROLE " + role)
	c.do("GRANT USAGE ON SCHEMA wardmap TO " + role + "; GRANT SELECT, INSERT, UPDATE, DELETE ON wardmap.beats TO " + role)
	from := r.head()
	c.do("SET ROLE " + role)
	c.insert("a")
	c.do("UPDATE wardmap.beats SET name = 'n'")
	c.do("DELETE FROM wardmap.beats")
	r.wantFeed(from, "create a", "replace a", "delete a")
	if _, err := c.conn.Exec(r.ctx, "DELETE FROM wardmap._changes"); code(err) != "42501" {
		t.Errorf("the role may change the log: %v", err)
	}
}

func TestOGR2OGRWritesToALayer(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("ogr2ogr is not installed (Debian: apt-get install gdal-bin)")
	}
	r := newRig(t)
	r.client().insert("old")
	from := r.head()
	file := filepath.Join(t.TempDir(), "beats.geojson")
	var fs []string
	for i := range 250 {
		fs = append(fs, fmt.Sprintf(`{"type":"Feature","properties":{"id":"g%03d","name":"巡区 %d","number":%d,"active":true,"since":"2026-11-24"},"geometry":{"type":"Point","coordinates":[105.%d,34.5]}}`, i, i, i, i))
	}
	r.must(os.WriteFile(file, []byte(`{"type":"FeatureCollection","features":[`+strings.Join(fs, ",")+`]}`), 0o600))
	for _, copying := range []string{"NO", "YES"} {
		cmd := exec.CommandContext(r.ctx, "ogr2ogr", "-append", "-f", "PostgreSQL", "PG:"+keywords(r), file, "-nln", "wardmap.beats", "--config", "PG_USE_COPY", copying)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("ogr2ogr with PG_USE_COPY=%s: %v: %s", copying, err, out)
		}
		r.must(r.store.Wait(r.ctx, from))
		got, next := r.since(from)
		if len(got) != 250 || got[17] != "create g017" {
			t.Fatalf("PG_USE_COPY=%s: the feed has %d changes: %.5q", copying, len(got), got)
		}
		f, err := r.store.Feature(r.ctx, "beats", "g249")
		r.must(err)
		if f.Geometry != (orb.Point{105.249, 34.5}) || f.Properties["name"] != "巡区 249" || f.Properties["number"] != int64(249) || f.Properties["since"] != "2026-11-24" {
			t.Errorf("feature %+v", f)
		}
		r.client().do("DELETE FROM wardmap.beats WHERE id <> 'old'")
		_, from = r.since(next)
	}
}

// keywords writes the address as older clients want it.
func keywords(r *rig) string {
	c := r.store.pool.Config().ConnConfig
	return fmt.Sprintf("host=%s port=%d user=%s dbname=%s", c.Host, c.Port, c.User, c.Database)
}

func TestApplyNoticesThatTriggersAreMissing(t *testing.T) {
	r := newRig(t)
	r.client().do("ALTER TABLE wardmap.beats DISABLE TRIGGER _inserted")
	_, err := r.store.Apply(r.ctx, []layers.Edit{{Op: layers.Create, Layer: "beats", Feature: feature("a")}})
	if err == nil || !strings.Contains(err.Error(), "triggers") {
		t.Errorf("error %v, want one about triggers", err)
	}
	if _, err := r.store.Feature(r.ctx, "beats", "a"); !errors.Is(err, layers.ErrNotFound) {
		t.Errorf("the feature is there all the same: %v", err)
	}
}
