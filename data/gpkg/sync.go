package gpkg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/layers"
)

// Sync implements layers.Store: all layers or, at the first error, none.
func (s *Store) Sync(ctx context.Context, ls []layers.Layer) error {
	err := s.write(ctx, func(ctx context.Context, c *conn) error {
		have, err := featureTables(ctx, c)
		if err != nil {
			return err
		}
		for _, l := range ls {
			if _, ok := have[l.ID]; ok {
				err = addColumns(ctx, c, l)
			} else {
				err = createLayer(ctx, c, l)
			}
			if err != nil {
				return fmt.Errorf("layer %s: %w", l.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sync: %w", explain(err))
	}
	return s.learn(ctx, ls)
}

// geometryTypes are the declared types of new tables. When a multi-geometry comes, it becomes GEOMETRY.
var geometryTypes = map[layers.Kind]string{layers.PointKind: "POINT", layers.LineKind: "LINESTRING", layers.PolygonKind: "POLYGON"}

// createLayer makes the table of a layer with its index and triggers.
func createLayer(ctx context.Context, c *conn, l layers.Layer) error {
	for _, prefix := range []string{"gpkg_", "sqlite_", "rtree_", "wardmap_"} {
		if strings.HasPrefix(l.ID, prefix) {
			return fmt.Errorf("names of GeoPackage tables begin with %s: choose another id", prefix)
		}
	}
	taken, err := c.number(ctx, "SELECT count(*) FROM sqlite_schema WHERE lower(name)=lower(?)", l.ID)
	if err == nil && taken > 0 {
		err = errors.New("the file has a table of that name that is no layer of Wardmap: rename it, or choose another id")
	}
	if err != nil {
		return err
	}
	geometry := geometryTypes[l.Kind]
	if geometry == "" {
		geometry = "GEOMETRY"
	}
	if err := c.script(ctx, tableSQL(l, geometry)+indexSQL(l.ID)+triggerSQL(l.ID)); err != nil {
		return err
	}
	// The identifier must be unique in the file; titles need not be.
	if err := c.exec(ctx, "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?,'features',?,?,4326)",
		l.ID, l.ID, strings.Trim(l.Title.Zh+" / "+l.Title.En, " /")); err != nil {
		return err
	}
	if err := c.exec(ctx, "INSERT INTO gpkg_geometry_columns VALUES (?,'geom',?,4326,0,0)", l.ID, geometry); err != nil {
		return err
	}
	return c.exec(ctx, "INSERT INTO gpkg_extensions VALUES (?,'geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only')", l.ID)
}

// addColumns makes room for new properties, and refuses another type for an old one.
func addColumns(ctx context.Context, c *conn, l layers.Layer) error {
	have, err := propertyColumns(ctx, c, l.ID)
	if err != nil {
		return err
	}
	for _, p := range l.Properties {
		i := slices.IndexFunc(have, func(c column) bool { return c.name == p.Name })
		if i >= 0 && have[i].kind == p.Type {
			continue
		}
		if i >= 0 {
			return fmt.Errorf("property %s is of type %s in the store and %s in the definition: give it back its type, or give the new property another name",
				p.Name, have[i].kind, p.Type)
		}
		if err := c.script(ctx, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", quote(l.ID), quote(p.Name), sqlTypes[p.Type])); err != nil {
			return fmt.Errorf("property %s: %w", p.Name, err)
		}
	}
	return nil
}

// tableSQL makes the feature table. A row that comes without id has the empty one for a moment, until the trigger gives it
// one. (GDAL and QGIS would take an expression as default for a text.)
func tableSQL(l layers.Layer, geometry string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `CREATE TABLE %s (
	fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom %s,
	id TEXT NOT NULL ON CONFLICT REPLACE DEFAULT '' UNIQUE,
	owner TEXT, version INTEGER, updated_at DATETIME, effective_from DATETIME, effective_to DATETIME, source TEXT, accuracy_m REAL`,
		quote(l.ID), geometry)
	for _, p := range l.Properties {
		fmt.Fprintf(&b, ",\n\t%s %s", quote(p.Name), sqlTypes[p.Type])
	}
	b.WriteString(");\n")
	return b.String()
}

// indexSQL makes the spatial index with the triggers of the extension gpkg_rtree_index, as GDAL writes them.
func indexSQL(layer string) string {
	const sql = `
CREATE VIRTUAL TABLE "rtree_T_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_T_geom_insert" AFTER INSERT ON "T" WHEN (NEW."geom" NOT NULL AND NOT ST_IsEmpty(NEW."geom")) BEGIN
	INSERT OR REPLACE INTO "rtree_T_geom" VALUES (NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom")); END;
CREATE TRIGGER "rtree_T_geom_update1" AFTER UPDATE OF "geom" ON "T" WHEN OLD."fid" = NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom")) BEGIN
	INSERT OR REPLACE INTO "rtree_T_geom" VALUES (NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom")); END;
CREATE TRIGGER "rtree_T_geom_update2" AFTER UPDATE OF "geom" ON "T" WHEN OLD."fid" = NEW."fid" AND (NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom")) BEGIN
	DELETE FROM "rtree_T_geom" WHERE id = OLD."fid"; END;
CREATE TRIGGER "rtree_T_geom_update3" AFTER UPDATE ON "T" WHEN OLD."fid" != NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom")) BEGIN
	DELETE FROM "rtree_T_geom" WHERE id = OLD."fid";
	INSERT OR REPLACE INTO "rtree_T_geom" VALUES (NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom")); END;
CREATE TRIGGER "rtree_T_geom_update4" AFTER UPDATE ON "T" WHEN OLD."fid" != NEW."fid" AND (NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom")) BEGIN
	DELETE FROM "rtree_T_geom" WHERE id IN (OLD."fid", NEW."fid"); END;
CREATE TRIGGER "rtree_T_geom_delete" AFTER DELETE ON "T" WHEN OLD."geom" NOT NULL BEGIN
	DELETE FROM "rtree_T_geom" WHERE id = OLD."fid"; END;
`
	return named(sql, layer)
}

// triggerSQL makes the triggers that log what other programs change. They use only functions that every
// program has that can write a GeoPackage with an index. A row whose id changes is a delete and a create.
func triggerSQL(layer string) string {
	const sql = `
CREATE TRIGGER "wardmap_T_insert" AFTER INSERT ON "T" WHEN (SELECT writing FROM wardmap_store) = 0 BEGIN
	UPDATE wardmap_store SET writing = 1;
	UPDATE "T" SET id = lower(hex(randomblob(16))) WHERE fid = NEW.fid AND id = '';
	INSERT INTO wardmap_changes (layer, id, op, at, after_w, after_s, after_e, after_n)
		SELECT 'T', id, 1, {now}, ST_MinX(geom), ST_MinY(geom), ST_MaxX(geom), ST_MaxY(geom) FROM "T" WHERE fid = NEW.fid;
	UPDATE "T" SET version = {last}, updated_at = {now} WHERE fid = NEW.fid;
	UPDATE wardmap_store SET writing = 0; END;
CREATE TRIGGER "wardmap_T_update" AFTER UPDATE ON "T" WHEN (SELECT writing FROM wardmap_store) = 0 BEGIN
	UPDATE wardmap_store SET writing = 1;
	UPDATE "T" SET id = OLD.id WHERE fid = NEW.fid AND id = '';
	INSERT INTO wardmap_changes (layer, id, op, at, before_w, before_s, before_e, before_n)
		SELECT 'T', OLD.id, 4, {now}, ST_MinX(OLD.geom), ST_MinY(OLD.geom), ST_MaxX(OLD.geom), ST_MaxY(OLD.geom) FROM "T" WHERE fid = NEW.fid AND id <> OLD.id;
	INSERT INTO wardmap_changes (layer, id, op, at, before_w, before_s, before_e, before_n, after_w, after_s, after_e, after_n)
		SELECT 'T', id, iif(id = OLD.id, 2, 1), {now}, ST_MinX(OLD.geom), ST_MinY(OLD.geom), ST_MaxX(OLD.geom), ST_MaxY(OLD.geom),
			ST_MinX(geom), ST_MinY(geom), ST_MaxX(geom), ST_MaxY(geom) FROM "T" WHERE fid = NEW.fid;
	UPDATE "T" SET version = {last}, updated_at = {now} WHERE fid = NEW.fid;
	UPDATE wardmap_store SET writing = 0; END;
CREATE TRIGGER "wardmap_T_delete" AFTER DELETE ON "T" WHEN (SELECT writing FROM wardmap_store) = 0 BEGIN
	INSERT INTO wardmap_changes (layer, id, op, at, before_w, before_s, before_e, before_n)
		VALUES ('T', OLD.id, 4, {now}, ST_MinX(OLD.geom), ST_MinY(OLD.geom), ST_MaxX(OLD.geom), ST_MaxY(OLD.geom)); END;
`
	return named(sql, layer)
}

// named fills in the layer's name, which is safe in SQL: layer ids have only letters, digits and _.
func named(sql, layer string) string {
	return strings.NewReplacer(`"T"`, quote(layer), `_T_`, "_"+layer+"_", `'T'`, "'"+layer+"'",
		"{now}", "strftime('%Y-%m-%dT%H:%M:%fZ','now')", "{last}", "(SELECT max(version) FROM wardmap_changes)").Replace(sql)
}
