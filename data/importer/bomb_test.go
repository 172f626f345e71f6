package importer_test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
)

// bomb writes a gzip of a text with a piece of it n times.
func bomb(t *testing.T, name, before, piece string, n int, after string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(packed, 1<<20)
	many := strings.Repeat(piece, 1000)
	write := func(s string) {
		if _, err := w.WriteString(s); err != nil {
			t.Fatal(err)
		}
	}
	write(before)
	for range n / 1000 {
		write(many)
	}
	write(after)
	if err := errors.Join(w.Flush(), packed.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// allocated is all memory that was ever taken.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestBombsTakeLittleMemory(t *testing.T) {
	const most = 100_000_000
	tests := []struct {
		name, file, before, piece string
		n                         int
		after, want               string
		megabytes                 uint64
	}{
		{"a long text of GeoJSON", "x.geojsonl", point("a", "{}") + `{"type":"Feature","id":"`, "x", most, "\"}\n", "it is larger than 64 MiB", 300},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src, err := importer.Open(bomb(t, test.file, test.before, test.piece, test.n, test.after), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			before := allocated()
			for err == nil {
				var rec importer.Record
				if rec, err = src.Next(); err == nil {
					err = rec.Err
				}
			}
			if took := (allocated() - before) >> 20; took > test.megabytes {
				t.Errorf("it took %d MiB, want at most %d", took, test.megabytes)
			} else {
				t.Logf("it took %d MiB: %v", took, err)
			}
			if test.want == "" && !errors.Is(err, io.EOF) || test.want != "" && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
