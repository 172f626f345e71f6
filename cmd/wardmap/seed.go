package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wardmap/wardmap/data/catalogue/demo"
	"github.com/wardmap/wardmap/layers"
)

// demoSeed grows the demo city that screenshots and tests know.
const demoSeed = 620500

// seed writes the demo city into the store.
func seed(ctx context.Context, args []string, out io.Writer) error {
	var c config
	f := flags("seed")
	c.options(f)
	number := f.Uint64("seed", demoSeed, "`number` that the city grows from")
	if err := parseAlone(f, args); err != nil {
		return err
	}
	defs, store, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	full, err := occupied(ctx, defs, store)
	if err != nil {
		return err
	}
	if full != "" {
		return fmt.Errorf("the store is not empty: %s; name another --data or --store", full)
	}
	n, err := grow(ctx, defs, store, *number)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d features of the demo city written\n", n)
	return err
}

// occupied says what is in the store already, "" when nothing is.
func occupied(ctx context.Context, defs *layers.Catalogue, store layers.Store) (string, error) {
	for _, l := range defs.Managed() {
		stat, err := store.Stat(ctx, l.ID)
		if err != nil {
			return "", err
		}
		if stat.Count > 0 {
			return fmt.Sprintf("layer %s has %d features", l.ID, stat.Count), nil
		}
	}
	return "", nil
}

// grow puts the demo city into the store, batch by batch.
func grow(ctx context.Context, defs *layers.Catalogue, store layers.Store, number uint64) (int, error) {
	editor := layers.NewEditor(store, func() *layers.Catalogue { return defs }, nil)
	const batch = 2000
	var edits []layers.Edit
	n := 0
	flush := func() error {
		_, err := editor.Apply(ctx, edits)
		n, edits = n+len(edits), edits[:0]
		return err
	}
	for layer, f := range demo.Features(number) {
		edits = append(edits, layers.Edit{Op: layers.Put, Layer: layer, Feature: f})
		if len(edits) == batch {
			if err := flush(); err != nil {
				return n, err
			}
		}
	}
	return n, flush()
}

// seedOnce writes the demo city into a store that is empty, or whose seeding broke off.
func seedOnce(ctx context.Context, c config, defs *layers.Catalogue, store layers.Store) (int, error) {
	mark := filepath.Join(c.Data, "demo.seeding")
	_, err := os.Stat(mark)
	if errors.Is(err, fs.ErrNotExist) {
		if full, err := occupied(ctx, defs, store); err != nil || full != "" {
			return 0, err
		}
	}
	if err := os.WriteFile(mark, []byte("the demo city is being written; delete this file to keep it from being completed\n"), 0o644); err != nil {
		return 0, err
	}
	n, err := grow(ctx, defs, store, demoSeed)
	if err != nil {
		return n, fmt.Errorf("seed the demo city: %w", err)
	}
	return n, os.Remove(mark)
}
