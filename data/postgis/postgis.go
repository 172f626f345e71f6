// Package postgis keeps features in a PostGIS database: one table per layer in the schema wardmap, with typed
// columns and triggers, so that psql, QGIS and ogr2ogr may edit the same tables and their edits reach the change
// feed exactly as our own do. It also reads tables of other schemas as layers, and proposes definitions for them.
// It is the only package that knows pgx; HTTP and tiles are unknown to it. Own edits are checked by layers.Editor
// before they come here; what foreign clients write is checked by the triggers only.
package postgis

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/wardmap/wardmap/layers"
)

// Store is a layers.Store on a PostGIS database. Safe for concurrent use, also by several processes.
type Store struct {
	pool     *pgxpool.Pool
	listener *listener

	mu     sync.RWMutex      // guards tables
	tables map[string]*table // by layer
}

var _ layers.Store = (*Store)(nil)

// defaults are run-time parameters of our sessions, which the URL may set otherwise. The first bounds every
// statement except those of Scan; the second frees the rows that a lost client has locked.
var defaults = map[string]string{
	"application_name":                    "wardmap",
	"statement_timeout":                   "60s",
	"idle_in_transaction_session_timeout": "60s",
}

// Open connects to a database and brings it up to date: it makes the schema wardmap, and the extension PostGIS
// if the role may. The URL is that of libpq (postgres://user@host/database); it may set pool_max_conns (10 by
// default) and parameters of the session such as statement_timeout. Call Sync before anything else.
func Open(ctx context.Context, url string) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the address of the PostGIS store: %w", ended(ctx, err)) // pgx leaves the password out
	}
	configure(config)
	postgis, err := prepare(ctx, config.ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("PostGIS store %s: %w", place(config.ConnConfig), ended(ctx, err))
	}
	config.ConnConfig.RuntimeParams["search_path"] = postgis
	config.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: time.Second}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("PostGIS store %s: %w", place(config.ConnConfig), ended(ctx, err))
	}
	return &Store{pool: pool, listener: newListener(config.ConnConfig), tables: map[string]*table{}}, nil
}

func configure(config *pgxpool.Config) {
	if config.MaxConns < 10 {
		config.MaxConns = 10
	}
	params := config.ConnConfig.RuntimeParams
	for name, value := range defaults {
		if _, set := params[name]; !set {
			params[name] = value
		}
	}
	params["client_encoding"] = "UTF8"
	params["synchronous_commit"] = "on"
	// Plans are made with the values and the table sizes of the moment: one that was kept from the time when a
	// table was empty reads all of it ever after, and what is good for a small box is bad for a large one.
	params["plan_cache_mode"] = "force_custom_plan"
}

func place(c *pgx.ConnConfig) string { return fmt.Sprintf("%s:%d/%s", c.Host, c.Port, c.Database) }

// Ping writes one row and so tells whether the database can be read and written.
func (s *Store) Ping(ctx context.Context) error {
	tag, err := s.pool.Exec(ctx, "UPDATE wardmap._state SET pinged = now()")
	if err != nil {
		return fmt.Errorf("ping the PostGIS store: %w", ended(ctx, err))
	}
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("ping the PostGIS store: table wardmap._state has %d rows, want 1", tag.RowsAffected())
	}
	return nil
}

// Close waits for what is under way, then closes all connections. It may be called more than once.
func (s *Store) Close() error {
	s.listener.close()
	s.pool.Close()
	return nil
}

// table finds the table of a layer that Sync made known.
func (s *Store) table(layer string) (*table, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t, ok := s.tables[layer]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("layer %q: %w", layer, layers.ErrNotFound)
}
