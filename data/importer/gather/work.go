package gather

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
)

// A job is the work on one source, by who holds its lock.
type job struct {
	desk  *Desk
	def   Definition
	layer layers.Layer
	state *State
	cause string
	dirty bool // the state is another than it was read
}

// begin locks a source and reads its state.
func (d *Desk) begin(name, cause string) (*job, func(), error) {
	def, err := d.find(name)
	if err != nil {
		return nil, nil, err
	}
	free, err := d.lock(name)
	if err != nil {
		return nil, nil, err
	}
	j := &job{desk: d, def: def, cause: cause}
	if j.state, err = readState(d.file(name, ".json")); err != nil {
		free()
		return nil, nil, err
	}
	if j.state.Known.IsZero() {
		j.state.Known, j.dirty = d.o.Clock().UTC(), true
	}
	return j, free, nil
}

func (j *job) save() error { return j.state.write(j.desk.file(j.def.Name, ".json")) }

func (j *job) now() time.Time { return j.desk.o.Clock().UTC() }

// fits finds the layer of the source.
func (j *job) fits() error {
	defs := j.desk.o.Layers()
	if err := j.def.Fits(defs).Err(); err != nil {
		return err
	}
	j.layer, _ = defs.Layer(j.def.Layer)
	return nil
}

// Run asks a source for what is new, and brings it into its layer. It returns the reports of what was read: none when
// nothing is new. A failure is counted in the source's state, and returned.
func (d *Desk) Run(ctx context.Context, name, cause string) ([]Run, error) {
	j, free, err := d.begin(name, cause)
	if err != nil {
		return nil, err
	}
	defer free()
	now := j.now()
	d.mu.Lock()
	d.looked[name] = now
	d.mu.Unlock()
	var runs []Run
	if err = j.fits(); err == nil {
		switch j.def.Kind {
		case Folder:
			runs, err = j.folder(ctx)
		case HTTP:
			runs, err = j.address(ctx)
		}
	}
	if ctx.Err() != nil {
		return runs, ctx.Err()
	}
	if err != nil && !errors.Is(err, errRead) {
		j.state.Asked = now
		j.state.failed(quiet(err.Error()), now)
	}
	if len(runs) == 0 && err == nil && !j.dirty {
		return nil, nil
	}
	if saved := j.save(); saved != nil {
		return runs, errors.Join(err, saved)
	}
	if err != nil {
		err = fmt.Errorf("source %s: %w", name, err)
	}
	return runs, err
}

var (
	errRead  = errors.New("a delivery did not come in")  // it is counted in the state already
	errStuck = errors.New("the layer takes nothing now") // so the delivery is tried again
)

// folder reads the new files of a folder, oldest first. One that cannot be read is passed over until it changes.
func (j *job) folder(ctx context.Context) (runs []Run, err error) {
	files, err := found(&j.def, under(j.desk.o.Data, j.def.Folder), j.state.Files, j.now())
	if err != nil {
		return nil, err
	}
	if j.state.Files == nil {
		j.state.Files = map[string]Taken{}
	}
	var failed error
	for _, f := range files {
		if f.sum, err = sum(ctx, f.path); err != nil {
			return runs, err
		}
		if old, known := j.state.Files[f.name]; known && old.SHA256 == f.sum { // only its time is another
			old.Modified, old.Bytes = f.modified, f.bytes
			j.state.Files[f.name], j.dirty = old, true
			continue
		}
		run, err := j.take(ctx, f)
		if ctx.Err() != nil {
			return runs, ctx.Err()
		}
		runs = append(runs, run)
		if err != nil && (!errors.Is(err, errRead) || errors.Is(err, errStuck)) {
			return runs, err
		}
		failed = errors.Join(failed, err)
		if info, err := os.Stat(f.path); err != nil || info.Size() != f.bytes || !info.ModTime().Equal(f.modified) {
			continue // it was written to meanwhile, so it is read again
		}
		j.state.Files[f.name] = Taken{Bytes: f.bytes, Modified: f.modified, SHA256: f.sum, Run: run.Number, Problem: run.Problem}
		if err := j.save(); err != nil {
			return runs, err
		}
	}
	if len(runs) > 0 {
		j.forget()
	}
	return runs, failed
}

// forget drops what is known of files that are gone.
func (j *job) forget() {
	maps.DeleteFunc(j.state.Files, func(name string, _ Taken) bool {
		_, err := os.Lstat(filepath.Join(under(j.desk.o.Data, j.def.Folder), name))
		return errors.Is(err, fs.ErrNotExist)
	})
}

// address asks the address of a source.
func (j *job) address(ctx context.Context) ([]Run, error) {
	if j.desk.o.Client == nil {
		return nil, errors.New("no addresses may be asked here")
	}
	j.state.Asked, j.dirty = j.now(), true
	token, err := readToken(&j.def, j.desk.o.Data)
	if err != nil {
		return nil, err
	}
	to := j.desk.file(j.def.Name, ".part."+j.def.Format)
	defer os.Remove(to)
	a, err := fetch(ctx, j.desk.o.Client, &j.def, token, j.state, to)
	if err != nil {
		return nil, err
	}
	if a.same {
		j.state.delivered(j.now())
		j.state.Tag, j.state.Modified = a.tag, a.modified
		return nil, nil
	}
	run, err := j.take(ctx, a.file)
	if err == nil {
		j.state.Tag, j.state.Modified, j.state.SHA256 = a.tag, a.modified, a.file.sum
	}
	return []Run{run}, err
}

// started makes the report of a run that begins, and puts it on record.
func (j *job) started(ctx context.Context, f delivery) (Run, error) {
	if note := j.desk.o.Note; note != nil {
		if err := note(ctx, j.def, j.cause, f.name); err != nil {
			return Run{}, fmt.Errorf("it could not be put on record, so nothing happens: %w", err)
		}
	}
	if broken := j.state.Begun; broken != nil {
		broken.Problem = "it was broken off, and is repeated"
		j.state.ended(*broken)
	}
	j.state.Number++
	run := Run{Number: j.state.Number, Cause: j.cause, Started: j.now(), From: quiet(f.name), Bytes: f.bytes, SHA256: f.sum}
	j.state.Asked, j.state.Begun = run.Started, &run
	return run, j.save()
}

// take brings one file into the layer. The quarantine is written before the report, and both again when a crash comes
// between them: records have keys, and entries too, so nothing is there twice.
func (j *job) take(ctx context.Context, f delivery) (Run, error) {
	run, err := j.started(ctx, f)
	if err != nil {
		return run, err
	}
	held, err := hold(ctx, j.desk.o.Reader, &j.def)
	if err != nil {
		return run, err
	}
	t := newTaking(&j.def, j.layer, j.desk.o.To, held, run, j.state.Settled)
	failure := j.read(ctx, t, f)
	if ctx.Err() != nil {
		return run, ctx.Err() // the run stays begun
	}
	forbidden := errors.Is(failure, importer.ErrForbidden)
	if forbidden {
		clear(t.rejected)
		t.run.Restricted, t.run.Rejected, t.run.LeftOut = t.run.Taken, 0, nil
	}
	return j.finish(t, failure, t.outcome(nil))
}

func (j *job) read(ctx context.Context, t *taking, f delivery) error {
	if f.bytes > int64(j.def.Limits.Megabytes)<<20 {
		return fmt.Errorf("it has %d bytes, more than %d MB; limits.megabytes allows more", f.bytes, j.def.Limits.Megabytes)
	}
	o := j.def.options()
	src, err := importer.Open(f.path, o)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := t.take(ctx, src, o); err != nil {
		return err
	}
	return t.expire(ctx, j.desk.o.Reader)
}

// finish writes the quarantine, then the report.
func (j *job) finish(t *taking, failure error, o outcome) (Run, error) {
	path := j.desk.file(j.def.Name, ".quarantine.geojsonl")
	before, err := readQuarantine(path)
	if err != nil {
		return t.run, err
	}
	entries, full := after(before, o)
	if err := writeQuarantine(path, entries); err != nil {
		return t.run, err
	}
	now := j.now()
	t.run.Ended, t.run.Quarantine, t.run.Uncounted = now, len(entries), t.run.Uncounted+full
	if failure != nil {
		t.run.Problem = quiet(failure.Error())
		j.state.failed(t.run.Problem, now)
		failure = fmt.Errorf("%w: %s: %w", errRead, t.run.From, failure)
		if t.stuck {
			failure = fmt.Errorf("%w: %w", errStuck, failure)
		}
	} else if j.cause != ByReplay {
		j.state.delivered(now)
	}
	j.state.ended(t.run)
	return t.run, errors.Join(failure, j.save())
}

// Replay tries what is in quarantine again, as it was corrected or by a definition that is another now. What comes in
// leaves the quarantine, and the same record from the source does not come back to it.
func (d *Desk) Replay(ctx context.Context, name string) (Run, error) {
	j, free, err := d.begin(name, ByReplay)
	if err != nil {
		return Run{}, err
	}
	defer free()
	return j.replay(ctx)
}

func (j *job) replay(ctx context.Context) (Run, error) {
	if err := j.fits(); err != nil {
		return Run{}, err
	}
	entries, err := readQuarantine(j.desk.file(j.def.Name, ".quarantine.geojsonl"))
	if err != nil {
		return Run{}, err
	}
	run, err := j.started(ctx, delivery{name: "quarantine"})
	if err != nil {
		return run, err
	}
	held, err := hold(ctx, j.desk.o.Reader, &j.def)
	if err != nil {
		return run, err
	}
	t := newTaking(&j.def, j.layer, j.desk.o.To, held, run, nil)
	t.replaying = true
	records, replayed := make([]importer.Record, len(entries)), map[string]bool{}
	for i, e := range entries {
		records[i], replayed[e.Key] = e.Record, true
		records[i].Place = e.Key
		if e.Record.Geometry == nil {
			records[i].Err = errors.New("it has no geometry that can be read")
		}
	}
	o := j.def.options()
	o.CRS, o.Lon, o.Lat, o.WKT = "", "", "", ""
	if err := t.take(ctx, importer.FromRecords(records), o); err != nil {
		return run, errors.Join(err, j.broken(t, err))
	}
	j.settle(t, replayed)
	return j.finish(t, nil, t.outcome(replayed))
}

// broken reports a replay that failed: the quarantine stays as it is.
func (j *job) broken(t *taking, why error) error {
	t.run.Ended, t.run.Problem = j.now(), quiet(why.Error())
	j.state.ended(t.run)
	return j.save()
}

// settle remembers which records came in as they were corrected.
func (j *job) settle(t *taking, replayed map[string]bool) {
	settled := maps.Clone(j.state.Settled)
	if settled == nil {
		settled = map[string]int64{}
	}
	for key := range replayed {
		if _, still := t.rejected[key]; !still && !t.barred[key] {
			settled[key] = t.run.Number
		}
	}
	for least := int64(0); len(settled) > keptSettled; least++ {
		maps.DeleteFunc(settled, func(_ string, n int64) bool { return n <= least })
	}
	j.state.Settled = settled
}
