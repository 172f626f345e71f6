package gpkg

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A GeoPackage says so at byte 68 of the file ("GPKG"), and its version at byte 60.
const (
	applicationID = 0x47504B47
	userVersion   = 10300
)

// checkFile refuses files that are no GeoPackage before SQLite touches them.
func checkFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return errors.New("it is a folder: give the path of a file in it")
	}
	head := make([]byte, 100)
	switch n, err := io.ReadFull(f, head); {
	case n == 0 && errors.Is(err, io.EOF):
		return nil // an empty file is as good as none
	case err != nil || string(head[:16]) != "SQLite format 3\x00":
		return errors.New("it is no GeoPackage and no SQLite file: give another path, this file is left as it is")
	}
	if id := binary.BigEndian.Uint32(head[68:]); id != applicationID && id != 0 {
		return fmt.Errorf("it is an SQLite file of another program (application id %#x), not a GeoPackage: give another path", id)
	}
	return nil
}

// migrations bring a file from the schema version that is their index to the next one. They are only added to.
var migrations = []func(ctx context.Context, c *conn) error{create}

// setUp makes the tables of a new file, or migrates an old one.
func setUp(ctx context.Context, c *conn) error {
	version, err := schemaVersion(ctx, c)
	if err != nil {
		return err
	}
	if version > int64(len(migrations)) {
		return fmt.Errorf("a newer Wardmap made it (schema %d, this one knows %d): update Wardmap", version, len(migrations))
	}
	for ; version < int64(len(migrations)); version++ {
		if err := migrations[version](ctx, c); err != nil {
			return fmt.Errorf("migrate from schema %d: %w", version, err)
		}
		if err := c.exec(ctx, "UPDATE wardmap_store SET schema=?", version+1); err != nil {
			return err
		}
	}
	return nil
}

// schemaVersion is 0 for a new file. A file with tables of somebody else is an error.
func schemaVersion(ctx context.Context, c *conn) (int64, error) {
	ours, err := c.number(ctx, "SELECT count(*) FROM sqlite_schema WHERE name='wardmap_store'")
	if err != nil {
		return 0, err
	}
	if ours == 1 {
		return c.number(ctx, "SELECT schema FROM wardmap_store")
	}
	others, err := c.number(ctx, "SELECT count(*) FROM sqlite_schema")
	if err == nil && others > 0 {
		err = errors.New("it is a GeoPackage or database that Wardmap did not make: give another path, and import this file into a layer")
	}
	return 0, err
}

func create(ctx context.Context, c *conn) error {
	sql := fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d;", applicationID, userVersion)
	if err := c.script(ctx, sql+geoPackageTables+wardmapTables); err != nil {
		return err
	}
	return c.exec(ctx, `INSERT INTO gpkg_spatial_ref_sys VALUES
		('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
		('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
		('WGS 84 geodetic', 4326, 'EPSG', 4326, ?, 'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid')`, wgs84WKT)
}

const wgs84WKT = `GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]`

const geoPackageTables = `
CREATE TABLE gpkg_spatial_ref_sys (
	srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
	organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
	table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
	last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
	min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
	CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
	table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
	z TINYINT NOT NULL, m TINYINT NOT NULL,
	CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
	CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
	CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
	table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
	CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));`

// wardmap_store has one row. While writing is 1, the triggers keep silent: the store itself writes the change
// log then. Nobody ever sees a 1, for it is set and cleared in one transaction. The number of the newest change
// is in sqlite_sequence, so that it survives when the log is cut.
const wardmapTables = `
CREATE TABLE wardmap_store (
	id INTEGER PRIMARY KEY CHECK (id = 1), schema INTEGER NOT NULL, writing INTEGER NOT NULL DEFAULT 0);
INSERT INTO wardmap_store VALUES (1, 0, 0);
CREATE TABLE wardmap_changes (
	version INTEGER PRIMARY KEY AUTOINCREMENT, layer TEXT NOT NULL, id TEXT NOT NULL, op INTEGER NOT NULL, at DATETIME NOT NULL,
	before_w REAL, before_s REAL, before_e REAL, before_n REAL, after_w REAL, after_s REAL, after_e REAL, after_n REAL);
INSERT INTO sqlite_sequence VALUES ('wardmap_changes', 0);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES
	('wardmap_changes', 'attributes', 'wardmap_changes', 'Wardmap: log of changes, do not edit');
INSERT INTO gpkg_extensions VALUES
	('wardmap_store', NULL, 'wardmap_change_log', 'https://github.com/wardmap/wardmap', 'write-only'),
	('wardmap_changes', NULL, 'wardmap_change_log', 'https://github.com/wardmap/wardmap', 'write-only');`
