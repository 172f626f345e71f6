package wholefile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wardmap/wardmap/data/wholefile"
)

func TestWriteReplacesAFileWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, text := range []string{"a long first state", "short", ""} {
		if err := wholefile.Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q, %v, want %q", got, err, text)
		}
	}
	if all, err := os.ReadDir(filepath.Dir(path)); err != nil || len(all) != 1 {
		t.Errorf("what is left beside it: %v, %v", all, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := wholefile.Write(filepath.Join(t.TempDir(), "nowhere", "state"), nil); err == nil {
		t.Error("a file in a folder that does not exist")
	}
}
