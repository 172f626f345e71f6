package importer_test

import (
	"os"
	"path/filepath"
	"testing"
)

// realData is the path of a real file, or skips the test.
func realData(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	base := os.Getenv("WARDMAP_REALDATA")
	if base == "" {
		base = filepath.Join(dir, "..", "shared", "data")
	}
	path := filepath.Join(base, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no real data here (%v); name its folder by WARDMAP_REALDATA", err)
	}
	return path
}
