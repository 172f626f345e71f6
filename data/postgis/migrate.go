package postgis

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// migrations are numbered from 1 without gaps: 0001_name.sql. Applied ones are never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// schemaLock is the advisory lock under which the schema is changed. Its upper 16 bits differ from the marks.
const schemaLock = int64(0x5743) << 48

// prepare brings the database up to date and gives the quoted name of the schema that PostGIS lives in.
func prepare(ctx context.Context, config *pgx.ConnConfig) (postgis string, err error) {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := suits(ctx, conn); err != nil {
		return "", err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock("+strconv.FormatInt(schemaLock, 10)+")"); err != nil {
			return err
		}
		if postgis, err = extension(ctx, tx); err != nil {
			return err
		}
		return migrate(ctx, tx, postgis)
	})
	return postgis, err
}

// suits refuses servers that lack what the store is built on.
func suits(ctx context.Context, conn *pgx.Conn) error {
	var version int
	var encoding string
	err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')").Scan(&version, &encoding)
	switch {
	case err != nil:
		return err
	case version < 13_00_00:
		return fmt.Errorf("the server is PostgreSQL %d; Wardmap needs 13 or newer", version/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database is encoded in %s; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0", encoding)
	}
	return nil
}

// extension finds PostGIS in the database, or tries to make it.
func extension(ctx context.Context, tx pgx.Tx) (schema string, err error) {
	const find = `SELECT quote_ident(n.nspname), split_part(e.extversion, '.', 1)::int FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'`
	var major int
	err = tx.QueryRow(ctx, find).Scan(&schema, &major)
	if errors.Is(err, pgx.ErrNoRows) {
		if _, err := tx.Exec(ctx, "CREATE EXTENSION postgis"); err != nil {
			return "", fmt.Errorf("the database has no PostGIS and this role cannot add it; as a superuser run in this database: CREATE EXTENSION postgis; (%w)", err)
		}
		err = tx.QueryRow(ctx, find).Scan(&schema, &major)
	}
	if err == nil && major < 3 {
		return "", fmt.Errorf("the database has PostGIS %d; Wardmap needs 3 or newer: ALTER EXTENSION postgis UPDATE", major)
	}
	return schema, err
}

// migrate applies what is missing, all or nothing.
func migrate(ctx context.Context, tx pgx.Tx, postgis string) error {
	if err := makeSchema(ctx, tx); err != nil {
		return err
	}
	var done int
	if err := tx.QueryRow(ctx, "SELECT coalesce(max(number), 0) FROM wardmap._migrations").Scan(&done); err != nil {
		return err
	}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	slices.Sort(names)
	if done > len(names) {
		return fmt.Errorf("the database was brought up to date by a newer Wardmap (migration %d; this program knows %d): use that version or a newer one", done, len(names))
	}
	for i, name := range names[done:] {
		sql, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(sql), "{{postgis}}", postgis)
		if _, err := tx.Conn().PgConn().Exec(ctx, text).ReadAll(); err != nil {
			return fmt.Errorf("migration %s: %w", path.Base(name), err)
		}
		if _, err := tx.Exec(ctx, "INSERT INTO wardmap._migrations (number, name) VALUES ($1, $2)", done+i+1, path.Base(name)); err != nil {
			return err
		}
	}
	return nil
}

func makeSchema(ctx context.Context, tx pgx.Tx) error {
	var schema, table bool
	const look = "SELECT to_regnamespace('wardmap') IS NOT NULL, to_regclass('wardmap._migrations') IS NOT NULL"
	if err := tx.QueryRow(ctx, look).Scan(&schema, &table); err != nil || table {
		return err
	}
	if !schema {
		if _, err := tx.Exec(ctx, "CREATE SCHEMA wardmap"); err != nil {
			return explainDenied(err, "CREATE SCHEMA wardmap AUTHORIZATION the_role_of_wardmap;")
		}
	}
	_, err := tx.Exec(ctx, `CREATE TABLE wardmap._migrations (number int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`)
	return explainDenied(err, "ALTER SCHEMA wardmap OWNER TO the_role_of_wardmap;")
}

// explainDenied adds what the owner of the database can run when the role may not.
func explainDenied(err error, remedy string) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "42501" {
		return fmt.Errorf("%w; as the owner of the database run: %s", err, remedy)
	}
	return err
}
