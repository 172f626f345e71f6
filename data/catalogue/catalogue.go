// Package catalogue holds the layer definitions that every Wardmap starts with: one YAML file per group
// (subsystem), embedded in the binary. A user's own files in the data folder add layers to them or override
// them by id; package layers says what a file may contain and checks it.
package catalogue

import "embed"

// Files are the built-in definitions, *.yaml at its root, read by layers.Load.
//
//go:embed *.yaml
var Files embed.FS
