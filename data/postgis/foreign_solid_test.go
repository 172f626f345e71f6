package postgis

import (
	"math"
	"testing"

	"github.com/paulmach/orb/geo"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/solid"
)

// Geometries with heights are bodies: a cube of 10 m in the zone of Tianshui, written in three ways.
func TestGeometriesWithHeightsAreBodies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.client().do(`CREATE FUNCTION x(p geometry, n int) RETURNS text IMMUTABLE LANGUAGE sql AS
			$$ SELECT ST_X(v) || ' ' || ST_Y(v) || ' ' || ST_Z(v) FROM ST_PointN(ST_ExteriorRing(p), n) AS v $$;
		CREATE TABLE blocks (id text PRIMARY KEY, geom geometry(GeometryZ, 32648));
		INSERT INTO blocks SELECT 'extruded', ST_SetSRID(ST_Translate(g, 0, 0, 100), 32648) FROM (SELECT 'POLYHEDRALSURFACE Z (
			((566000 3827000 0, 566000 3827010 0, 566010 3827010 0, 566010 3827000 0, 566000 3827000 0)),
			((566000 3827000 10, 566010 3827000 10, 566010 3827010 10, 566000 3827010 10, 566000 3827000 10)),
			((566000 3827000 0, 566010 3827000 0, 566010 3827000 10, 566000 3827000 10, 566000 3827000 0)),
			((566010 3827000 0, 566010 3827010 0, 566010 3827010 10, 566010 3827000 10, 566010 3827000 0)),
			((566010 3827010 0, 566000 3827010 0, 566000 3827010 10, 566010 3827010 10, 566010 3827010 0)),
			((566000 3827010 0, 566000 3827000 0, 566000 3827000 10, 566000 3827010 10, 566000 3827010 0)))'::geometry AS g) AS s;
		INSERT INTO blocks SELECT 'polygons', ST_SetSRID(ST_Collect(d.geom), 32648) FROM (SELECT (ST_Dump(geom)).geom FROM blocks WHERE id = 'extruded') AS d;
		INSERT INTO blocks SELECT 'triangles', ST_SetSRID(('TIN Z (' || string_agg(
			'((' || x(p,1) || ',' || x(p,2) || ',' || x(p,3) || ',' || x(p,1) || ')),((' || x(p,1) || ',' || x(p,3) || ',' || x(p,4) || ',' || x(p,1) || '))', ',') || ')')::geometry, 32648)
			FROM (SELECT (ST_Dump(geom)).geom AS p FROM blocks WHERE id = 'extruded') AS d;
		INSERT INTO blocks VALUES ('flat', ST_SetSRID('POLYGON Z ((566000 3827000 5, 566010 3827000 5, 566010 3827010 5, 566000 3827010 5, 566000 3827000 5))'::geometry, 32648))`)
	l := layers.Layer{ID: "blocks", Kind: layers.AnyKind, Properties: []layers.Property{{Name: "body", Type: layers.TextType, Format: layers.SolidFormat}},
		Source: layers.Source{Type: layers.Table, Table: "public.blocks", ID: "id", Columns: map[string]string{"body": "geom"}}}
	table, err := r.store.OpenTable(r.ctx, l)
	r.must(err)
	n := 0
	r.must(table.Scan(r.ctx, "blocks", func(f spatial.Feature) error {
		n++
		if a := geo.Area(f.Geometry); math.Abs(a-100) > 1 {
			t.Errorf("%s covers %g m²", f.ID, a)
		}
		text, _ := f.Properties["body"].(string)
		if f.ID == "flat" {
			if text != "" {
				t.Errorf("what is flat has a body: %s", text)
			}
			return nil
		}
		s, err := solid.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", f.ID, err)
			return nil
		}
		s, found := s.Outward()
		low, high := s.Box()
		if v := s.Volume(); math.Abs(v-1000) > 10 || found.Open > 0 || low[2] != 0 || math.Abs(high[2]-10) > 1e-9 {
			t.Errorf("%s: %g m³, %+v, from %g to %g m", f.ID, v, found, low[2], high[2])
		}
		return nil
	}))
	if n != 4 {
		t.Errorf("%d features", n)
	}
}
