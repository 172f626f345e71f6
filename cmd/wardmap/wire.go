package main

import (
	"context"
	"fmt"
	"os"

	"github.com/wardmap/wardmap/data/gpkg"
	"github.com/wardmap/wardmap/data/postgis"
	"github.com/wardmap/wardmap/layers"
)

// open opens the store that the configuration names, with room for all layers.
func open(ctx context.Context, c config) (*layers.Catalogue, layers.Store, error) {
	if err := os.MkdirAll(c.Data, 0o750); err != nil {
		return nil, nil, fmt.Errorf("the data folder: %w", err)
	}
	defs, err := load(c.catalogueFolder())
	if err != nil {
		return nil, nil, fmt.Errorf("the layer definitions: %w", err)
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if err := store.Sync(ctx, defs.Managed()); err != nil {
		store.Close()
		return nil, nil, err
	}
	return defs, store, nil
}

func openStore(ctx context.Context, c config) (layers.Store, error) {
	if c.onPostgres() {
		return postgis.Open(ctx, c.Store)
	}
	return gpkg.Open(ctx, c.packageFile())
}
