package postgis

import (
	"context"
	"os"
	"testing"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	pgtest.Main(m)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (layers.Store, func() layers.Store) {
		url := pgtest.URL(t)
		return open(t, url), func() layers.Store { return open(t, url) }
	})
}

// open opens a store; the test or the suite closes it.
func open(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
