package gpkg

import (
	"path/filepath"
	"testing"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

// open opens a new file, or an old one by its path.
func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (layers.Store, func() layers.Store) {
		path := filepath.Join(t.TempDir(), "天水 100% ?#.gpkg")
		return open(t, path), func() layers.Store { return open(t, path) }
	})
}
