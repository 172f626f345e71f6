package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/wardmap/wardmap/layers"
)

// smallPages is the size, in pages of 8 KiB, up to which a table's rows are counted and their transactions summed.
const smallPages = 4096

// basesSQL lists the tables that a relation reads: itself, its partitions, and what a view stands on.
const basesSQL = `
	WITH RECURSIVE reads(oid) AS (
		SELECT $1::oid
		UNION
		SELECT next.oid FROM reads, LATERAL (
			SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = reads.oid
			UNION ALL
			SELECT d.refobjid FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
				AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class WHERE w.ev_class = reads.oid
		) AS next
	)
	SELECT c.relkind::text, quote_ident(n.nspname) || '.' || quote_ident(c.relname), pg_relation_size(c.oid) / 8192,
		has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'),
		concat_ws(':', c.oid, c.relfilenode, pg_stat_get_tuples_inserted(c.oid), pg_stat_get_tuples_updated(c.oid), pg_stat_get_tuples_deleted(c.oid))
	FROM reads JOIN pg_class c ON c.oid = reads.oid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'm', 'f', 'p', 'v') ORDER BY c.oid`

// Fingerprint gives a text that differs once the table has changed, also when rows of a view's tables did. It
// costs far less than reading the table: small tables (32 MiB) are looked through without their contents,
// for larger ones the server's counters are taken, which follow a change within ten seconds or so. Only where
// neither exists (foreign tables) are the contents themselves summed up.
func (t *Table) Fingerprint(ctx context.Context) (string, error) {
	rows, err := t.pool().Query(ctx, basesSQL, t.oid)
	if err != nil {
		return "", fmt.Errorf("fingerprint of table %s: %w", t.name, ended(ctx, err))
	}
	type base struct {
		kind, ident string
		pages       int64
		readable    bool // a view may stand on tables that only its owner reads
		counters    string
	}
	bases, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (b base, err error) {
		err = row.Scan(&b.kind, &b.ident, &b.pages, &b.readable, &b.counters)
		return b, err
	})
	if err == nil && len(bases) == 0 {
		err = fmt.Errorf("it was dropped: %w", layers.ErrNotFound)
	}
	print := ""
	for _, b := range bases {
		if err != nil {
			break
		}
		part := b.counters
		switch {
		case b.kind == "f":
			part, err = t.sum(ctx, "SELECT concat_ws(':', count(*), sum(hashtextextended(t::text, 0))) FROM "+b.ident+" AS t")
		case b.kind == "r" && b.readable && b.pages <= smallPages:
			part, err = t.sum(ctx, "SELECT concat_ws(':', 'oid', tableoid, count(*), sum(hashtextextended(ctid::text || xmin::text, 0))) FROM ONLY "+b.ident+" GROUP BY tableoid")
		}
		print += part + ";"
	}
	if err != nil {
		return "", fmt.Errorf("fingerprint of table %s: %w", t.name, ended(ctx, err))
	}
	return print, nil
}

// sum asks for one text; no row gives "empty".
func (t *Table) sum(ctx context.Context, sql string) (string, error) {
	rows, err := t.pool().Query(ctx, sql)
	if err != nil {
		return "", err
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(texts) == 0 {
		return "empty", err
	}
	return texts[0], nil
}
