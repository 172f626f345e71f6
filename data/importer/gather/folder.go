package gather

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A delivery is a file on this machine that is to be read.
type delivery struct {
	path     string
	name     string // for the report
	bytes    int64
	modified time.Time
	sum      string // SHA-256, hex
}

// settled is how long a file must not have changed: who writes it may not be done.
const settledFor = 2 * time.Second

// readable are the names of files that are read when a definition names none.
var readable = []string{"*.geojson", "*.geojsonl", "*.json", "*.ndjson", "*.csv", "*.tsv", "*.gpkg", "*.zip", "*.gml", "*.geojson.gz", "*.geojsonl.gz", "*.json.gz", "*.csv.gz"}

// found lists the files of a source's folder that are new or changed since they were read, oldest first. Links are not
// followed, and what cannot be read for its size is a file with a problem.
func found(d *Definition, folder string, known map[string]Taken, now time.Time) ([]delivery, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []delivery
	for _, e := range entries {
		if !e.Type().IsRegular() || !d.matches(e.Name()) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it is gone already
		}
		old, read := known[e.Name()]
		if read && old.Bytes == info.Size() && old.Modified.Equal(info.ModTime()) || now.Sub(info.ModTime()) < settledFor {
			continue
		}
		out = append(out, delivery{path: filepath.Join(folder, e.Name()), name: e.Name(), bytes: info.Size(), modified: info.ModTime()})
	}
	slices.SortFunc(out, func(a, b delivery) int {
		return cmp.Or(a.modified.Compare(b.modified), cmp.Compare(a.name, b.name))
	})
	return out, nil
}

func (d *Definition) matches(name string) bool {
	patterns := d.Match
	if len(patterns) == 0 {
		patterns = readable
	}
	if strings.HasPrefix(name, ".") {
		return false
	}
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return err == nil && ok
	})
}

// sum is the SHA-256 of a file, in hex.
func sum(ctx context.Context, name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, untilDone{ctx, file}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// untilDone is a reader that ends with ctx.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
