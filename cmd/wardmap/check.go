package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"go.yaml.in/yaml/v3"

	"github.com/wardmap/wardmap/data/catalogue"
	"github.com/wardmap/wardmap/data/postgis"
	"github.com/wardmap/wardmap/layers"
)

// check reads definitions as serve would, and says everything that is wrong with them.
func check(ctx context.Context, args []string, out io.Writer) error {
	f := flags("check")
	var c config
	c.options(f)
	discover := f.Bool("discover", false, "print definitions for the tables of other schemas in the PostGIS store")
	places, err := parse(f, args)
	if err != nil {
		return err
	}
	if *discover {
		return discoverTables(ctx, c, out)
	}
	named := len(places) > 0
	if len(places) == 0 {
		places = []string{c.catalogueFolder()}
	}
	sources := []fs.FS{catalogue.Files}
	for _, place := range places {
		info, err := os.Stat(place)
		switch {
		case err != nil && named:
			return err
		case err != nil: // no own definitions: the built-in ones are checked
		case info.IsDir():
			sources = append(sources, os.DirFS(place))
		default:
			sources = append(sources, oneFile{os.DirFS(filepath.Dir(place)), filepath.Base(place)})
		}
	}
	defs, ps := layers.Load(sources...)
	for _, p := range ps {
		fmt.Fprintf(out, "%s: %s\n", p.Place, p.Message)
	}
	if len(ps) > 0 {
		return fmt.Errorf("%d problems", len(ps))
	}
	_, err = fmt.Fprintf(out, "%d layers in %d groups: no problems\n", len(defs.Layers()), len(defs.Groups()))
	return err
}

// discoverTables proposes definitions for tables with geometries that Wardmap does not keep itself.
func discoverTables(ctx context.Context, c config, out io.Writer) error {
	if !c.onPostgres() {
		return fmt.Errorf("--discover: %w", errNoTables)
	}
	store, err := postgis.Open(ctx, c.Store)
	if err != nil {
		return err
	}
	defer store.Close()
	found, err := store.Discover(ctx)
	if err != nil {
		return err
	}
	text, err := yaml.Marshal(layers.Group{ID: "tables", Title: layers.Text{Zh: "外部数据", En: "Tables"}, Order: 900, Layers: found})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "# %d tables: keep what you want in %s\n%s", len(found), filepath.Join(c.catalogueFolder(), "tables.yaml"), text)
	return err
}

// oneFile is a folder that shows a single file.
type oneFile struct {
	fs.FS
	name string
}

// Glob names the file, whatever is asked for.
func (o oneFile) Glob(string) ([]string, error) { return []string{o.name}, nil }

// listLayers prints every layer with what the store holds of it.
func listLayers(ctx context.Context, args []string, out io.Writer) error {
	var c config
	f := flags("layers")
	c.options(f)
	if err := parseAlone(f, args); err != nil {
		return err
	}
	defs, store, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "GROUP\tLAYER\tTITLE\tGEOMETRY\tZOOM\tSOURCE\tFEATURES")
	for _, l := range defs.Layers() {
		count := "-"
		if l.IsManaged() {
			stat, err := store.Stat(ctx, l.ID)
			if err != nil {
				return err
			}
			count = fmt.Sprint(stat.Count)
		}
		fmt.Fprintf(table, "%s\t%s\t%s / %s\t%s\t%d-%d\t%s\t%s\n", l.Group, l.ID, l.Title.Zh, l.Title.En, l.Kind, l.MinZoom, l.MaxZoom, l.Source.Type, count)
	}
	return table.Flush()
}
