package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/scenes3d/terrain"
)

// checkTerrain refuses options that do not go together.
func (c *config) checkTerrain() error {
	if c.Terrain == "" && (c.TerrainEncoding != "" || c.Geoid != "") {
		return errors.New("--terrain-encoding and --geoid go with --terrain")
	}
	if all := terrain.Encodings(); c.TerrainEncoding != "" && !slices.Contains(all, c.TerrainEncoding) {
		return fmt.Errorf("--terrain-encoding %q: it is one of %s", c.TerrainEncoding, strings.Join(all, ", "))
	}
	return nil
}

// openTerrain opens the ground that scenes stand on; nil where none is configured.
func openTerrain(c config, log *slog.Logger) (*terrain.Terrain, error) {
	if c.Terrain == "" {
		return nil, nil
	}
	t, err := terrain.Open(c.Terrain, terrain.Options{Encoding: c.TerrainEncoding, Geoid: c.Geoid, Failed: func(err error) {
		log.Warn("no terrain where a tile cannot be read", "error", err)
	}})
	switch {
	case errors.Is(err, terrain.ErrEncoding):
		return nil, fmt.Errorf("--terrain: %w: give --terrain-encoding", err)
	case err != nil:
		return nil, fmt.Errorf("--terrain: %w", err)
	}
	return t, nil
}

// ground is what the API says of the ground.
func (c *config) ground() api.Ground {
	g := api.Ground{}
	if c.Terrain != "" {
		g.Terrain = filepath.Base(c.Terrain)
	}
	if c.Geoid != "" {
		g.Geoid = filepath.Base(c.Geoid)
	}
	return g
}
