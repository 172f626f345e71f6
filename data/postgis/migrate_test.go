package postgis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

// bare makes a database without PostGIS.
func bare(t *testing.T) string {
	t.Helper()
	server := pgtest.Server(t)
	name := fmt.Sprintf("wardmap_bare_%d_%d", os.Getpid(), time.Now().UnixNano())
	if err := pgtest.Exec(server, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pgtest.Exec(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return pgtest.Database(server, name)
}

func TestFourOpenersAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	url := bare(t) // they race for the extension, too
	all := []layers.Layer{beats, storetest.Layer("posts", layers.PointKind)}
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			s, err := Open(context.Background(), url)
			if err != nil {
				errs[i] = err
				return
			}
			defer s.Close()
			errs[i] = s.Sync(context.Background(), all)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	s := open(t, url)
	defer s.Close()
	var count, triggers int
	err := s.pool.QueryRow(context.Background(), "SELECT (SELECT count(*) FROM wardmap._migrations), (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'wardmap.posts'::regclass)").Scan(&count, &triggers)
	if names, _ := migrations.ReadDir("migrations"); err != nil || count != len(names) || triggers != 6 {
		t.Errorf("%d migrations, %d triggers, error %v; want %d and 6", count, triggers, err, len(names))
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	role := fmt.Sprintf("plain_%d_%d", os.Getpid(), time.Now().UnixNano())
	server := pgtest.Server(t)
	if err := pgtest.Exec(server, "CREATE ROLE "+role+" LOGIN"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pgtest.Exec(server, "DROP ROLE "+role) })
	as := func(address string) string {
		u, _ := url.Parse(address)
		u.User = url.User(role)
		return u.String()
	}
	newer := pgtest.URL(t)
	open(t, newer).Close()
	must := func(url, sql string) {
		t.Helper()
		if err := pgtest.Exec(url, sql); err != nil {
			t.Fatal(err)
		}
	}
	must(newer, "INSERT INTO wardmap._migrations (number, name) VALUES (999, 'from the future')")
	tests := []struct{ name, url, want string }{
		{"a newer database", newer, "newer Wardmap"},
		{"no PostGIS and no right to add it", as(bare(t)), "CREATE EXTENSION postgis"},
		{"no right to make the schema", as(pgtest.URL(t)), "CREATE SCHEMA wardmap AUTHORIZATION"},
		{"no such database", pgtest.Database(server, "nowhere"), "nowhere"},
		{"no address", "postgres://[", "address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if s, err := Open(context.Background(), tt.url); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("store %v, error %v, want one with %q", s, err, tt.want)
			}
		})
	}
}

func TestAPlainRoleOwnsItsStore(t *testing.T) {
	t.Parallel()
	role := fmt.Sprintf("owner_%d_%d", os.Getpid(), time.Now().UnixNano())
	address := pgtest.URL(t)
	if err := pgtest.Exec(address, fmt.Sprintf("CREATE ROLE %[1]s LOGIN; CREATE SCHEMA wardmap AUTHORIZATION %[1]s", role)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pgtest.Exec(address, fmt.Sprintf("DROP OWNED BY %[1]s CASCADE; DROP ROLE %[1]s", role)) })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	ctx := context.Background()
	for range 2 {
		s := open(t, u.String())
		defer s.Close()
		if err := errors.Join(s.Sync(ctx, []layers.Layer{beats}), s.Ping(ctx)); err != nil {
			t.Fatal(err)
		}
		head, err := s.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		apply(t, s, layers.Edit{Op: layers.Create, Layer: "beats", Feature: feature(fmt.Sprint(head))})
		if cs, _, err := s.Changes(ctx, head, 10); err != nil || len(cs) != 1 {
			t.Errorf("changes %v, error %v", cs, err)
		}
		s.Close()
	}
}

func TestPostGISInASchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	url := bare(t)
	if err := pgtest.Exec(url, `CREATE SCHEMA "Geo Ext"; CREATE EXTENSION postgis SCHEMA "Geo Ext"`); err != nil {
		t.Fatal(err)
	}
	s := open(t, url)
	defer s.Close()
	for range 2 {
		if err := s.Sync(context.Background(), []layers.Layer{beats}); err != nil {
			t.Fatal(err)
		}
	}
	apply(t, s, layers.Edit{Op: layers.Put, Layer: "beats", Feature: feature("a")})
	if st, err := s.Stat(context.Background(), "beats"); err != nil || st.Count != 1 {
		t.Errorf("stat %+v, error %v", st, err)
	}
}

func TestSyncRefusesATableOfSomebodyElse(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	s := open(t, url)
	defer s.Close()
	if err := pgtest.Exec(url, "CREATE TABLE wardmap.beats (id int PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(context.Background(), []layers.Layer{beats}); err == nil || !strings.Contains(err.Error(), "was not made by Wardmap") {
		t.Errorf("error %v", err)
	}
}

func TestLayersMayBeCalledLikeSQL(t *testing.T) {
	t.Parallel()
	var all []layers.Layer
	for _, id := range []string{"user", "order", "changes", "select", "version", "changes_pkey", strings.Repeat("x", 48), strings.Repeat("x", 47) + "y"} {
		l := storetest.Layer(id, layers.AnyKind)
		l.Properties = append(l.Properties, layers.Property{Name: "group", Type: layers.TextType}, layers.Property{Name: "u", Type: layers.TextType},
			layers.Property{Name: "t", Type: layers.NumberType}, layers.Property{Name: "c0", Type: layers.TextType}, layers.Property{Name: "box", Type: layers.DateType})
		all = append(all, l)
	}
	s := synced(t, all...)
	for _, l := range all {
		f := feature("a")
		f.Properties = map[string]any{"group": "g", "u": "u", "t": 1.5, "c0": "c", "box": "2026-11-24"}
		apply(t, s, layers.Edit{Op: layers.Create, Layer: l.ID, Feature: f})
		f.Owner = "o"
		apply(t, s, layers.Edit{Op: layers.Replace, Layer: l.ID, Feature: f})
		page, err := s.Features(context.Background(), l.ID, layers.Query{Where: map[string]any{"group": "g", "t": 1.5}})
		if err != nil || len(page.Features) != 1 || len(page.Features[0].Properties) != 5 {
			t.Errorf("%s: %+v, error %v", l.ID, page, err)
		}
	}
}
