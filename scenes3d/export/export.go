// Package export copies a tileset from where it is served to a folder, so that any server of files can serve it. A copy
// can be continued, and made again after edits: what is as it was is not fetched twice, and what has gone is removed.
package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// indexName is the file that says which version of each file the folder has.
const indexName = ".wardmap-scene.json"

// mostPasses bounds how often a tileset is read again because it was edited meanwhile.
const mostPasses = 5

// root is the document that a client opens first.
const root = "tileset.json"

// ErrRestless says that a tileset was edited during every pass, so that no copy of one moment could be had.
var ErrRestless = errors.New("the tileset was edited each time while it was read; try again when less is edited")

// A Source reads a file of a tileset by its path relative to the root document. It returns no data where the file still is
// the version tag; tag is "" where none is known. It is called concurrently.
type Source func(ctx context.Context, name, tag string) (data []byte, newTag string, err error)

// A Count is how far an export is.
type Count struct {
	Files, Fetched, Removed int
	Bytes                   int64 // fetched
}

type index struct {
	Source string            `json:"source"`
	Tags   map[string]string `json:"tags"` // by name
}

type exporter struct {
	from    Source
	dir     *os.Root
	tell    func(Count)
	workers int

	mu    sync.Mutex // guards all below
	index index
	seen  map[string]bool // files of the pass at hand
	count Count
}

// Run brings the folder dir, which it makes where it is missing, to what from serves; source is its name, and a folder that has
// another one is refused. tell, which may be nil, hears of each file. What was done before an error counts for the next Run.
func Run(ctx context.Context, source, dir string, from Source, tell func(Count)) (Count, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Count{}, err
	}
	folder, err := os.OpenRoot(dir)
	if err != nil {
		return Count{}, err
	}
	defer folder.Close()
	e := exporter{from: from, dir: folder, tell: tell, workers: runtime.GOMAXPROCS(0)}
	if err := e.open(source); err != nil {
		return Count{}, fmt.Errorf("%s: %w", dir, err)
	}
	err = e.passes(ctx)
	return e.count, errors.Join(err, e.save())
}

// open reads what an earlier export left.
func (e *exporter) open(source string) error {
	data, err := e.dir.ReadFile(indexName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := e.dir.Stat(root); err == nil {
			return fmt.Errorf("it has a %s that no export has written: choose another folder", root)
		}
		e.index = index{source, map[string]string{}}
		return nil
	case err != nil:
		return err
	}
	if err := json.Unmarshal(data, &e.index); err != nil || e.index.Tags == nil {
		return fmt.Errorf("%s is damaged (%v): remove the folder, and export again", indexName, err)
	}
	if e.index.Source != source {
		return fmt.Errorf("it is an export of %s: choose another folder", e.index.Source)
	}
	return nil
}

func (e *exporter) save() error {
	data, err := json.Marshal(e.index)
	if err != nil {
		return err
	}
	return e.write(indexName, data)
}

// passes reads until nothing is new any more, and then removes what has gone.
func (e *exporter) passes(ctx context.Context) error {
	for range mostPasses {
		before := e.count.Fetched
		if err := e.pass(ctx); err != nil {
			return err
		}
		if e.count.Fetched == before {
			return e.sweep()
		}
		if err := e.save(); err != nil {
			return err
		}
	}
	return ErrRestless
}

// pass reads the tree level by level.
func (e *exporter) pass(ctx context.Context) error {
	e.seen, e.count.Files = map[string]bool{}, 0
	for level := []string{root}; len(level) > 0; {
		var next []string
		var failed error
		var wg sync.WaitGroup
		gate := make(chan struct{}, e.workers)
		for _, name := range level {
			if e.seen[name] {
				continue
			}
			e.seen[name] = true
			gate <- struct{}{}
			wg.Go(func() {
				defer func() { <-gate }()
				below, err := e.file(ctx, name)
				e.mu.Lock()
				defer e.mu.Unlock()
				next = append(next, below...)
				if err != nil && failed == nil {
					failed = err
				}
			})
		}
		wg.Wait()
		if failed != nil {
			return failed
		}
		level = next
	}
	return nil
}

// file brings one file up to date, and returns those that it refers to.
func (e *exporter) file(ctx context.Context, name string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	tag := e.index.Tags[name]
	e.mu.Unlock()
	if tag != "" {
		if _, err := e.dir.Stat(name); err != nil { // somebody removed it
			tag = ""
		}
	}
	data, newTag, err := e.from(ctx, name, tag)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	fresh := data != nil
	if fresh {
		if err := e.write(name, data); err != nil {
			return nil, err
		}
	} else if path.Ext(name) == ".json" {
		if data, err = e.dir.ReadFile(name); err != nil {
			return nil, err
		}
	}
	e.mu.Lock()
	e.count.Files++
	if fresh {
		e.index.Tags[name] = newTag
		e.count.Fetched++
		e.count.Bytes += int64(len(data))
	}
	if e.tell != nil {
		e.tell(e.count)
	}
	e.mu.Unlock()
	if path.Ext(name) != ".json" {
		return nil, nil
	}
	return references(name, data)
}

// write replaces a file at once, so that no server of the folder sees half of it.
func (e *exporter) write(name string, data []byte) error {
	if err := e.dir.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	part := name + ".part"
	if err := e.dir.WriteFile(part, data, 0o644); err != nil {
		return err
	}
	return e.dir.Rename(part, name)
}

// sweep removes the files of earlier exports that the tileset no longer has.
func (e *exporter) sweep() error {
	for name := range e.index.Tags {
		if e.seen[name] {
			continue
		}
		if err := e.dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		delete(e.index.Tags, name)
		e.count.Removed++
	}
	return nil
}

// node is a tile of a document as far as it refers to files.
type node struct {
	Content  *content  `json:"content"`
	Contents []content `json:"contents"`
	Children []node    `json:"children"`

	ImplicitTiling json.RawMessage `json:"implicitTiling"`
}

type content struct {
	URI string `json:"uri"`
}

// references are the files that a document refers to.
func references(name string, data []byte) ([]string, error) {
	var doc struct {
		Root node `json:"root"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s is no tileset: %w", name, err)
	}
	var all []string
	var failed error
	var walk func(n *node)
	walk = func(n *node) {
		if n.ImplicitTiling != nil {
			failed = fmt.Errorf("%s is an implicit tileset, which is not copied: export the explicit one", name)
			return
		}
		of := n.Contents
		if n.Content != nil {
			of = append(slices.Clip(of), *n.Content)
		}
		for _, c := range of {
			at := path.Join(path.Dir(name), c.URI)
			if c.URI == "" || path.IsAbs(c.URI) || strings.ContainsAny(c.URI, ":?#\\") || !fs.ValidPath(at) || path.Base(at) == indexName {
				failed = fmt.Errorf("%s refers to %q, which is no file of the tileset", name, c.URI)
				return
			}
			all = append(all, at)
		}
		for i := range n.Children {
			walk(&n.Children[i])
		}
	}
	walk(&doc.Root)
	return all, failed
}
