package gather

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/data/lockfile"
	"github.com/wardmap/wardmap/layers"
)

// Causes of a run.
const (
	BySchedule = "schedule"
	ByHand     = "hand"
	ByReplay   = "replay"
)

// ErrBusy is the error of a source that a run works on, in this process or another.
var ErrBusy = fmt.Errorf("a run of this source is under way, try again when it has ended: %w", layers.ErrConflict)

// Options are what a Desk needs.
type Options struct {
	Data   string                   // the data folder: definitions are in its folder sources
	Layers func() *layers.Catalogue // the definitions of layers of the moment
	Reader layers.Reader            // what the layers hold
	To     importer.Applier         // where features go
	Client *http.Client             // that connects only where it may; nil: there are no sources of kind http
	Clock  func() time.Time         // nil is time.Now
	Log    *slog.Logger             // nil discards
	// Note puts on record that a run begins; with an error it does not. nil notes nothing.
	Note func(ctx context.Context, d Definition, cause, from string) error
}

// A Desk keeps the sources of a data folder. It is safe for concurrent use, also by several processes: one at a time
// works on a source.
type Desk struct {
	o Options

	mu       sync.Mutex // guards all below; never held while a source is read
	defs     map[string]Definition
	problems layers.Problems
	looked   map[string]time.Time // when a source was asked last, also without a run
	wanted   map[string]bool      // somebody asked for a run
	running  map[string]bool
	dead     map[string]bool // what was said in the log
	seen     string          // how the definitions looked when they were read
}

// Open reads the definitions. Files with problems are left out, and Problems tells of them.
func Open(o Options) (*Desk, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Desk{o: o, looked: map[string]time.Time{}, wanted: map[string]bool{}, running: map[string]bool{}, dead: map[string]bool{}}
	return d, d.Reload()
}

func (d *Desk) folder() string { return filepath.Join(d.o.Data, "sources") }

func (d *Desk) file(name, kind string) string {
	return filepath.Join(d.folder(), "state", name+kind)
}

// Reload reads the definitions again where their files have changed. One with a problem changes nothing: the source
// goes on as it was.
func (d *Desk) Reload() error {
	paths, err := filepath.Glob(filepath.Join(d.folder(), "*.yaml"))
	if err != nil {
		return err
	}
	now := ""
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			now += fmt.Sprintln(path, info.Size(), info.ModTime().UnixNano())
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.defs != nil && now == d.seen {
		return nil
	}
	defs := map[string]Definition{}
	var problems layers.Problems
	for _, path := range paths {
		file := filepath.Base(path)
		name := strings.TrimSuffix(file, ".yaml")
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		def, ps := Parse(file, data)
		if err != nil {
			ps = layers.Problems{{Place: file, Message: "文件无法读取 / the file cannot be read: " + err.Error()}}
		}
		if len(ps) == 0 {
			defs[name] = def
		} else if old, known := d.defs[name]; known {
			defs[name] = old
		}
		problems = append(problems, ps...)
	}
	for _, p := range problems {
		d.o.Log.Error("a definition of a source is not used", "place", p.Place, "problem", p.Message)
	}
	d.defs, d.problems, d.seen = defs, problems, now
	return d.makeFolders()
}

// makeFolders makes the folders that files are dropped into; the caller holds the lock.
func (d *Desk) makeFolders() error {
	if len(d.defs) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(d.folder(), "state"), 0o750); err != nil {
		return err
	}
	for name, def := range d.defs {
		if def.Kind == Folder && def.Folder == filepath.Join("sources", "drop", name) {
			if err := os.MkdirAll(under(d.o.Data, def.Folder), 0o750); err != nil {
				return err
			}
		}
	}
	return nil
}

// Problems are what is wrong with the definitions, those that do not fit their layers included.
func (d *Desk) Problems() layers.Problems {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := slices.Clone(d.problems)
	for _, def := range d.defs {
		out = append(out, def.Fits(d.o.Layers())...)
	}
	slices.SortFunc(out, func(a, b layers.Problem) int { return cmp.Compare(a.Place, b.Place) })
	return out
}

// find gives the definition of a source.
func (d *Desk) find(name string) (Definition, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	def, known := d.defs[name]
	if !known {
		return def, fmt.Errorf("source %.60q: %w", name, layers.ErrNotFound)
	}
	return def, nil
}

// A Status is all there is to say of a source.
type Status struct {
	Definition Definition
	State      State
	Health     Health
	Quality    Quality
	Next       time.Time // when it is asked next; zero is at once
	Quarantine int       // records in it
	Err        error     // why nothing is known of it: then it is dead, and not asked
}

// Status tells of all sources, by name.
func (d *Desk) Status() []Status {
	d.mu.Lock()
	all := make([]Definition, 0, len(d.defs))
	for _, def := range d.defs {
		all = append(all, def)
	}
	d.mu.Unlock()
	slices.SortFunc(all, func(a, b Definition) int { return cmp.Compare(a.Name, b.Name) })
	out := make([]Status, len(all))
	for i, def := range all {
		now := d.o.Clock()
		st, err := readState(d.file(def.Name, ".json"))
		if err != nil {
			why := layers.Text{Zh: "状态文件无法读取：" + err.Error(), En: err.Error()}
			out[i] = Status{Definition: def, Health: Health{Dead: true, Since: now, Why: why}, Err: err}
			continue
		}
		out[i] = Status{Definition: def, State: *st, Health: healthOf(&def, st, now), Quality: qualityOf(st, now), Next: d.next(&def, st)}
		if len(st.Runs) > 0 {
			out[i].Quarantine = st.Runs[0].Quarantine
		}
	}
	return out
}

func (d *Desk) next(def *Definition, st *State) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := d.looked[def.Name]
	if st.Asked.After(last) {
		last = st.Asked
	}
	return def.due(last, st.Failures)
}

// Ask has Serve run a source soon.
func (d *Desk) Ask(name string) error {
	if _, err := d.find(name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted[name] = true
	return nil
}

// mostAtOnce is how many sources are read at the same time.
const mostAtOnce = 2

// Serve reads definitions again when they change, runs what is due, and says in the log when a source dies, until ctx
// ends; then it waits for what is under way.
func (d *Desk) Serve(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	room := make(chan struct{}, mostAtOnce)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := d.Reload(); err != nil {
			d.o.Log.Error("read the definitions of sources", "error", err)
		}
		for name, cause := range d.due() {
			work.Go(func() {
				defer d.done(name)
				select {
				case room <- struct{}{}:
					defer func() { <-room }()
				case <-ctx.Done():
					return
				}
				if _, err := d.Run(ctx, name, cause); err != nil && ctx.Err() == nil && !errors.Is(err, ErrBusy) {
					d.o.Log.Warn("a source failed", "source", name, "error", err)
				}
			})
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// due takes the sources that are to run now, and marks them as running.
func (d *Desk) due() map[string]string {
	all := d.Status()
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]string{}
	for i := range all {
		one := &all[i]
		name := one.Definition.Name
		if one.Health.Dead != d.dead[name] {
			if d.dead[name] = one.Health.Dead; one.Health.Dead {
				d.o.Log.Error("a source is dead", "source", name, "since", one.Health.Since, "why", one.Health.Why.En)
			} else {
				d.o.Log.Warn("a source is alive again", "source", name)
			}
		}
		if one.Err != nil || d.running[name] || !d.wanted[name] && d.o.Clock().Before(one.Next) {
			continue
		}
		out[name] = BySchedule
		if d.wanted[name] {
			out[name] = ByHand
		}
		d.running[name] = true
		delete(d.wanted, name)
	}
	return out
}

func (d *Desk) done(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.running, name)
}

// lock keeps others from working on a source, until the returned function is called.
func (d *Desk) lock(name string) (free func(), err error) {
	file, err := lockfile.Take(d.file(name, ".lock"))
	if errors.Is(err, lockfile.ErrTaken) {
		return nil, fmt.Errorf("source %s: %w", name, ErrBusy)
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = file.Close() }, nil
}
