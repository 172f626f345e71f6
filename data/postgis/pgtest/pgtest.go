// Package pgtest gives tests a real PostGIS: one private cluster per test run, one fresh database per test. It
// takes the cluster that WARDMAP_TEST_POSTGRES names (a URL of a superuser), else it starts one of its own and
// stops it at the end. Where PostGIS is not installed, tests are skipped with a message; they fail instead
// when WARDMAP_REQUIRE_POSTGIS is 1.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Environment variables that steer the tests.
const (
	EnvURL     = "WARDMAP_TEST_POSTGRES"
	EnvRequire = "WARDMAP_REQUIRE_POSTGIS"
)

// template is the database that tests' databases are copied from: PostGIS and nothing else.
const template = "wardmap_template"

var shared struct {
	once sync.Once
	url  string
	stop func()
	err  error
}

// Main is for TestMain: it runs the tests and stops the cluster if one was started.
func Main(m *testing.M) {
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	os.Exit(code)
}

// Start makes and starts a cluster in dir (a new temporary folder when ""), and gives the URL of its superuser.
// stop ends it, and removes the folder if it was temporary.
func Start(dir string) (url string, stop func(), err error) {
	clean := func() {}
	if dir == "" {
		root, err := os.MkdirTemp("", "wardmap-pg-")
		if err != nil {
			return "", nil, err
		}
		if err := os.Chmod(root, 0o755); err != nil {
			return "", nil, err
		}
		dir, clean = filepath.Join(root, "cluster"), func() { os.RemoveAll(root) }
	}
	c, err := NewCluster(dir)
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		clean()
		return "", nil, err
	}
	return c.URL(), func() { c.Stop("fast"); clean() }, nil
}

// Server gives the URL of the cluster's superuser. It skips the test where there is none to be had.
func Server(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() {
		if shared.url = os.Getenv(EnvURL); shared.url == "" {
			shared.url, shared.stop, shared.err = Start("")
		}
		if shared.err == nil {
			shared.err = makeTemplate(shared.url)
		}
	})
	Need(t, shared.err)
	return shared.url
}

// Need skips the test when err says that PostGIS is absent, and fails it for every other error.
func Need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrAbsent) && os.Getenv(EnvRequire) != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

var databases atomic.Int64

// URL makes a new database with PostGIS for this test and gives its URL. It is dropped when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	server := Server(t)
	name := fmt.Sprintf("wardmap_%d_%d", os.Getpid(), databases.Add(1))
	Need(t, Exec(server, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template)))
	t.Cleanup(func() {
		if err := Exec(server, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)); err != nil {
			t.Logf("the test's database stays: %v", err)
		}
	})
	return Database(server, name)
}

// Database is the URL with another database name.
func Database(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}

// Exec runs one or several statements on a connection of its own.
func Exec(url, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// makeTemplate makes the template database once per cluster, also when several test programs share it.
func makeTemplate(server string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(7233001)"); err != nil {
		return err
	}
	var ready bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", template).Scan(&ready)
	if err != nil || ready {
		return err
	}
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + template, "CREATE DATABASE " + template} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := Exec(Database(server, template), "CREATE EXTENSION postgis"); err != nil {
		return fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+template+" IS_TEMPLATE true")
	return err
}
