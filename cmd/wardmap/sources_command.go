package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/data/importer/gather"
	"github.com/wardmap/wardmap/layers"
)

// sourcesCommand looks after sources at the command line. It writes to the store itself, also while a server runs:
// one process at a time works on a source.
func sourcesCommand(ctx context.Context, args []string, out io.Writer) error {
	var c config
	f := flags("sources")
	c.options(f)
	edited := f.String("from", "", "replay: `file` with records of the quarantine as they were corrected")
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	alone := len(words) == 1 && (words[0] == "list" || words[0] == "check")
	named := len(words) == 2 && slices.Contains([]string{"run", "quarantine", "replay"}, words[0])
	if !alone && !named {
		return fmt.Errorf("write it as: wardmap sources list|check, or wardmap sources run|quarantine|replay NAME")
	}
	desk, closeStore, err := c.sourceDesk(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	switch words[0] {
	case "list":
		return listSources(desk, out)
	case "check":
		return checkSources(desk, out)
	case "run":
		return runSource(ctx, desk, words[1], out)
	case "quarantine":
		return printQuarantine(desk, words[1], out)
	}
	return replaySource(ctx, desk, words[1], *edited, out)
}

// sourceDesk opens the sources on the store of the configuration.
func (c *config) sourceDesk(ctx context.Context) (*gather.Desk, func(), error) {
	allow, err := c.sourcesFrom(true)
	if err != nil {
		return nil, nil, err
	}
	defs, store, err := open(ctx, *c)
	if err != nil {
		return nil, nil, err
	}
	catalogue := func() *layers.Catalogue { return defs }
	desk, err := gather.Open(gather.Options{
		Data: c.Data, Layers: catalogue, Reader: store, Client: deliver.Guarded(allow), Log: logger(c.Verbose),
		To: layers.NewEditor(store, catalogue, nil).Repaired(),
		Note: func(ctx context.Context, d gather.Definition, cause, from string) error {
			return c.noteImport(ctx, d.Layer, "source "+d.Name+" "+cause+" "+from)
		},
	})
	if err != nil {
		_ = store.Close()
		return nil, nil, err
	}
	return desk, func() { _ = store.Close() }, nil
}

func listSources(desk *gather.Desk, out io.Writer) error {
	all := desk.Status()
	now := time.Now()
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "SOURCE\tTITLE\tLAYER\tFROM\tEVERY\tHEARD\tREJECTED\tQUARANTINE\tSTATE")
	for i := range all {
		s := &all[i]
		state := "alive"
		if s.Health.Dead {
			state = fmt.Sprintf("DEAD since %s: %s / %s", s.Health.Since.Format(time.RFC3339), s.Health.Why.Zh, s.Health.Why.En)
		}
		fmt.Fprintf(table, "%s\t%s / %s\t%s\t%s\t%s\t%s\t%.1f %%\t%d\t%s\n", s.Definition.Name, s.Definition.Title.Zh, s.Definition.Title.En, s.Definition.Layer,
			whence(&s.Definition), schedule(&s.Definition), ago(s.State.Heard, now), 100*s.Quality.Rejected, s.Quarantine, state)
	}
	return table.Flush()
}

func checkSources(desk *gather.Desk, out io.Writer) error {
	ps := desk.Problems()
	for _, p := range ps {
		fmt.Fprintf(out, "%s: %s\n", p.Place, p.Message)
	}
	if len(ps) > 0 {
		return fmt.Errorf("%w: %d problems", errSources, len(ps))
	}
	_, err := fmt.Fprintf(out, "%d sources: no problems\n", len(desk.Status()))
	return err
}

func runSource(ctx context.Context, desk *gather.Desk, name string, out io.Writer) error {
	runs, err := desk.Run(ctx, name, gather.ByHand)
	for i := range runs {
		printRun(out, &runs[i])
	}
	if err == nil && len(runs) == 0 {
		_, err = fmt.Fprintln(out, "nothing is new")
	}
	return err
}

func printRun(out io.Writer, r *gather.Run) {
	fmt.Fprintf(out, "run %d of %s: %d taken, %d changed, %d unchanged, %d rejected, %d restricted, %d duplicates, %d expired; %d in quarantine\n",
		r.Number, r.From, r.Taken, r.Changed, r.Unchanged, r.Rejected, r.Restricted, r.Duplicates, r.Expired, r.Quarantine)
	for reason, n := range r.Reasons {
		fmt.Fprintf(out, "  %d: %s\n", n, reason)
	}
	if r.NotExpired != "" {
		fmt.Fprintf(out, "  nothing was ended: %s\n", r.NotExpired)
	}
}

// printQuarantine prints the records as lines of GeoJSON, to be edited and given to replay --from.
func printQuarantine(desk *gather.Desk, name string, out io.Writer) error {
	for after := ""; ; {
		page, err := desk.Quarantine(name, after, 1000)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			line, err := page[i].JSON()
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s\n", line)
		}
		after = page[len(page)-1].Key
	}
}

func replaySource(ctx context.Context, desk *gather.Desk, name, file string, out io.Writer) error {
	var edited []gather.Entry
	if file != "" {
		in, err := os.Open(file)
		if err != nil {
			return err
		}
		defer in.Close()
		if edited, err = gather.ReadEntries(in); err != nil {
			return fmt.Errorf("--from %s: %w", file, err)
		}
	}
	r, err := desk.ReplayEdited(ctx, name, edited)
	if err != nil {
		return err
	}
	printRun(out, &r)
	return nil
}

// whence says where a source is: its folder, or the host of its address.
func whence(d *gather.Definition) string {
	if d.Kind == gather.Folder {
		return d.Folder
	}
	u, err := url.Parse(d.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// errSources is the error of a check that found something.
var errSources = errors.New("sources are not right")

// ago is how long ago something was, for people.
func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return now.Sub(t).Round(time.Second).String() + " ago"
}
