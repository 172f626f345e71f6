package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
)

// importing is what the import command can be told besides the configuration.
type importing struct {
	importer.Options
	layer  string
	create bool
	report string
	quiet  bool
}

func (o *importing) options(f *flag.FlagSet) {
	f.StringVar(&o.layer, "layer", "", "`id` of the layer that takes the features")
	f.BoolVar(&o.create, "create", false, "make the layer from what the file holds, when it does not exist")
	f.Func("key", "`field` of the file that is the stable id; several, comma separated, are joined", func(s string) error {
		o.Key = append(o.Key, strings.Split(s, ",")...)
		return nil
	})
	f.Func("map", "`field=property`: where a field goes; field= leaves it out; may be given several times", o.addMap)
	f.StringVar(&o.CRS, "crs", "", "coordinate `system` of the file: WGS84, EPSG:4490, EPSG:4513 to 4554, EPSG:3857, UTM, ETRS89, EPSG:28992, GCJ-02, BD-09")
	f.StringVar(&o.Encoding, "encoding", "", "`encoding` of texts: utf-8, gbk, gb18030; found out when not given")
	f.StringVar(&o.Options.Layer, "inside", "", "`name` of the layer inside a GeoPackage, or of the file or folder inside a zip")
	f.StringVar(&o.Lon, "lon", "", "CSV: `column` of longitudes (or eastings)")
	f.StringVar(&o.Lat, "lat", "", "CSV: `column` of latitudes (or northings)")
	f.StringVar(&o.WKT, "wkt", "", "CSV: `column` of geometries as well-known text")
	f.StringVar(&o.Delimiter, "delimiter", "", "CSV: `character` between columns; found out when not given")
	f.StringVar(&o.Dates, "dates", "", "how 03/04/2026 is to be read: `dmy` or mdy; numbers: epoch-s or epoch-ms")
	f.StringVar(&o.Zone, "zone", "", "time `zone` of times without one: Asia/Shanghai, +08:00")
	f.StringVar(&o.Theme, "theme", "", "OSM: `what` to take: roads, railways, buildings, landuse, water, boundaries, pois, pois-all, sites; GTFS: routes, stops; the layer's id when not given")
	f.StringVar(&o.Source, "source", "", "`text` kept as source of every feature; the file's name when not given")
	f.StringVar(&o.Owner, "owner", "", "`organisation` that answers for the features")
	f.IntVar(&o.Batch, "batch", 0, "`features` per transaction; 0 takes 5,000")
	f.BoolVar(&o.Merge, "merge", false, "features of one id are parts of one feature")
	f.BoolVar(&o.Strict, "strict", false, "end at the first feature that is rejected")
	f.StringVar(&o.report, "report", "", "write all rejects to this `file` (.csv, else JSON lines)")
	f.BoolVar(&o.quiet, "quiet", false, "no progress")
}

func (o *importing) addMap(s string) error {
	from, to, ok := strings.Cut(s, "=")
	if !ok || from == "" {
		return errors.New("write it as field=property")
	}
	if o.Map == nil {
		o.Map = map[string]string{}
	}
	o.Map[from] = to
	return nil
}

// importFile brings the features of a file into a layer. It writes to the store itself; a server on the same
// store hears of it from the store.
func importFile(ctx context.Context, args []string, out io.Writer) error {
	var c config
	var o importing
	f := flags("import")
	c.options(f)
	o.options(f)
	files, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(files) != 1 || o.layer == "" {
		return fmt.Errorf("name one file and the layer: wardmap import FILE --layer ID")
	}
	if o.Source == "" {
		o.Source = filepath.Base(files[0])
	}
	if o.Theme == "" {
		o.Theme = o.layer
	}
	if o.create {
		if err := createLayer(c, &o, files[0], out); err != nil {
			return err
		}
	}
	defs, store, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	l, known := defs.Layer(o.layer)
	if !known {
		return fmt.Errorf("there is no layer %q; 'wardmap layers' lists them, --create makes it from the file", o.layer)
	}
	if err := c.noteImport(ctx, l.ID, "import "+filepath.Base(files[0])); err != nil {
		return fmt.Errorf("put on record who imports: %w", err)
	}
	if err := o.run(ctx, files[0], l, layers.NewEditor(store, func() *layers.Catalogue { return defs }, nil).Repaired(), out); err != nil {
		return err
	}
	return survey(ctx, defs, store, l, time.Now(), out)
}

func (o *importing) run(ctx context.Context, file string, l layers.Layer, to importer.Applier, out io.Writer) (err error) {
	if o.report != "" {
		w, err := os.Create(o.report)
		if err != nil {
			return err
		}
		report := importer.NewReport(o.report, w)
		o.Report = report.Write
		defer func() { err = errors.Join(err, report.Close()) }()
	}
	src, err := importer.Open(file, o.Options)
	if err != nil {
		return err
	}
	defer src.Close()
	bar := newMeter(os.Stderr)
	began := time.Now()
	result, err := importer.Run(ctx, src, l, to, o.Options, func(p importer.Progress) {
		if !o.quiet {
			bar.show(p.Fraction(), progressText(p))
		}
	})
	bar.end()
	o.summarise(out, l, result, time.Since(began))
	return outcome(ctx, filepath.Base(file), result, err)
}

// errNothing is the error of an import that rejected every feature.
var errNothing = errors.New("nothing came in")

// outcome is the error of an import, with the file's name and what can be done.
func outcome(ctx context.Context, file string, r importer.Result, err error) error {
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("import %s: interrupted; %d features are in, and the same command brings in the rest", file, r.Created+r.Updated+r.Unchanged)
	case err != nil:
		return fmt.Errorf("import %s: %w", file, err)
	case r.Read > 0 && r.Rejected == r.Read:
		return fmt.Errorf("import %s: %w: %d of %d were rejected, for the reasons above", file, errNothing, r.Rejected, r.Read)
	}
	return nil
}

func progressText(p importer.Progress) string {
	text := fmt.Sprintf("%d features, %.0f/s", p.Read, p.Rate())
	if p.Rejected > 0 {
		text += fmt.Sprintf(", %d rejected", p.Rejected)
	}
	if left := p.Remaining(); left > 0 {
		text += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return text
}

// shown is how many rejects the summary lists.
const shown = 20

func (o *importing) summarise(out io.Writer, l layers.Layer, r importer.Result, took time.Duration) {
	fmt.Fprintf(out, "%d features read into %s (%s) in %.1f s, %.0f/s: %d created, %d updated, %d unchanged, %d rejected\n",
		r.Read, l.ID, l.Title.Zh, took.Seconds(), float64(r.Read)/took.Seconds(), r.Created, r.Updated, r.Unchanged, r.Rejected)
	for _, one := range []struct {
		n    int64
		what string
	}{
		{r.Duplicates, "stood in the file twice with the same content"},
		{r.Merged, "became part of another feature"},
		{r.Repaired, "had geometries that were repaired"},
		{r.Heights, "coordinates had a height, which was left out"},
	} {
		if one.n > 0 {
			fmt.Fprintf(out, "  %d %s\n", one.n, one.what)
		}
	}
	for _, field := range r.LeftOutFields() {
		fmt.Fprintf(out, "  field %q is none of the layer's: %d values left out (--map %s=property takes it in)\n", field, r.LeftOut[field], field)
	}
	for _, note := range slices.Sorted(maps.Keys(r.Notes)) {
		fmt.Fprintf(out, "  %s (%d)\n", note, r.Notes[note])
	}
	for _, one := range r.Rejects[:min(shown, len(r.Rejects))] {
		fmt.Fprintf(out, "  rejected %s %s: %s\n", one.Place, one.ID, one.Reason)
	}
	if more := r.Rejected - shown; more > 0 {
		fmt.Fprintf(out, "  and %d more rejected (--report FILE writes them all)\n", more)
	}
}

// createLayer writes a definition for what the file holds to the operator's catalogue, unless the layer exists.
func createLayer(c config, o *importing, file string, out io.Writer) error {
	defs, err := load(c.catalogueFolder())
	if err != nil {
		return err
	}
	if _, known := defs.Layer(o.layer); known {
		return nil
	}
	proposal, err := importer.Infer(file, o.Options)
	if err != nil {
		return err
	}
	if o.Map == nil {
		o.Map = map[string]string{}
	}
	maps.Copy(o.Map, proposal.Map)
	for _, note := range proposal.Notes {
		fmt.Fprintln(out, " ", note)
	}
	l := proposal.Layer
	l.ID = o.layer
	group := layers.Group{ID: o.layer, Title: l.Title, Order: 900, Layers: []layers.Layer{l}}
	text, err := yaml.Marshal(group)
	if err != nil {
		return fmt.Errorf("write the definition of %s: %w", o.layer, err)
	}
	path := filepath.Join(c.catalogueFolder(), o.layer+".yaml")
	if _, ps := layers.Parse(path, text); len(ps) > 0 {
		return fmt.Errorf("the definition that the file suggests is not right: %w", ps)
	}
	if err := os.MkdirAll(c.catalogueFolder(), 0o750); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "layer %s is defined in %s: edit titles and style there\n", o.layer, path)
	return err
}
