package importer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial/shape"
)

// A Reject is a record that did not come in.
type Reject struct {
	Place  string     // in the file
	ID     string     // when it is known
	Reason string     //
	At     *orb.Point // where on the earth, when it is known

	Duplicate bool    // it is in already: nothing is lost
	Record    *Record // with Options.Records: as it was read, nil where it says what no layer may hold. Do not modify
}

// A Result is what became of a file: Read = Created + Updated + Unchanged + Rejected + Duplicates + Merged.
type Result struct {
	Read       int64
	Created    int64
	Updated    int64
	Unchanged  int64 // stood there with the same content
	Rejected   int64
	Duplicates int64            // the same id and content a second time in the file
	Merged     int64            // became part of another record (Options.Merge)
	Repaired   int64            // polygons and lines that were repaired; they are among Created, Updated or Unchanged
	Heights    int64            // coordinates whose height was left out
	Rejects    []Reject         // the first 1,000; all of them go to Options.Report
	LeftOut    map[string]int64 // fields that the layer does not have -> values left out
	Notes      map[string]int64 // what else was changed -> how often
}

const (
	keptRejects  = 1000
	keptNotes    = 1000
	defaultBatch = 5000
	batchBytes   = 64 << 20 // a batch ends early when its geometries are that large
)

// ErrRejected is the error of a strict import that met a reject.
var ErrRejected = errors.New("rejected")

// Run reads a source to its end and puts its features into a layer, batch by batch. Each batch is applied whole
// or not at all; when Run ends with an error, the result tells what came in before. Importing the same file
// again changes nothing, so an import that was interrupted is resumed by running it again. The file is read up to
// a batch ahead of what is applied. Memory is bound by two batches, plus some 60 bytes for each id. progress may
// be nil; it is called about ten times a second. When Run returns, nobody uses src any more.
func Run(ctx context.Context, src Source, l layers.Layer, to Applier, o Options, progress func(Progress)) (Result, error) {
	fit, err := newFitter(l, o)
	if err != nil {
		return Result{}, err
	}
	gate := newGate(fit.leftOut)
	if err := gate.header(src); err != nil {
		return Result{}, err
	}
	r := runner{ctx: ctx, src: src, layer: l, to: to, o: o, clock: newClock(progress)}
	r.result.LeftOut, r.result.Notes = fit.leftOut, map[string]int64{}
	err = r.all(&judge{src, l, fit, newIDs(o), gate, o.Each, o.Records})
	r.clock.show(r.result, true)
	if n, ok := src.(Noter); ok {
		for _, note := range n.Notes() {
			r.note(note)
		}
	}
	return r.result, err
}

type runner struct {
	ctx      context.Context
	src      Source
	layer    layers.Layer
	to       Applier
	o        Options
	clock    *clockwork
	batch    []layers.Edit
	places   []string  // of the batch
	records  []*Record // of the batch, where they are kept
	points   int       // of the batch
	foreseen bool      // the rest of the file has been looked at
	result   Result
}

// all has the judge read ahead while batches are applied, and waits for it.
func (r *runner) all(j *judge) error {
	size := r.o.Batch
	if size <= 0 {
		size = defaultBatch
	}
	ctx, stop := context.WithCancel(r.ctx)
	var reader sync.WaitGroup
	defer reader.Wait()
	defer stop()
	var end error // of the reading; known when chunks is closed
	chunks := make(chan chunk, ahead)
	reader.Go(func() {
		defer close(chunks)
		end = j.all(ctx, size, chunks)
	})
	for c := range chunks {
		if err := r.apply(c, size); err != nil {
			return err
		}
	}
	switch {
	case r.ctx.Err() != nil:
		return r.ctx.Err()
	case eof(end):
		return r.flush()
	case errors.Is(end, ErrForbidden):
		return end // what waits does not come in either
	}
	return errors.Join(end, r.flush())
}

func (r *runner) apply(c chunk, size int) error {
	r.clock.done, r.clock.total = c.done, c.total
	for _, v := range c.verdicts {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := r.take(v); err != nil {
			return err
		}
		if len(r.batch) >= size || r.points*16 >= batchBytes {
			if err := r.flushSome(); err != nil {
				return err
			}
		}
		r.clock.show(r.result, false)
	}
	return nil
}

// take counts one record and adds its feature to the batch.
func (r *runner) take(v verdict) error {
	r.result.Read += v.parts
	r.result.Merged += v.parts - 1
	r.result.Heights += int64(v.heights)
	for _, note := range v.notes {
		r.note(note)
	}
	switch {
	case v.before != "":
		r.result.Duplicates++
		return r.report(Reject{Place: v.place, ID: v.feature.ID, Reason: "a duplicate of " + v.before, At: v.at, Duplicate: true})
	case v.err != nil:
		return r.reject(Reject{Place: v.place, ID: v.feature.ID, Reason: v.err.Error(), At: v.at, Record: v.record}, v.err)
	}
	if v.repaired {
		r.result.Repaired++
	}
	r.batch = append(r.batch, layers.Edit{Op: layers.Put, Layer: r.layer.ID, Feature: v.feature})
	r.places, r.records = append(r.places, v.place), append(r.records, v.record)
	r.points += v.points
	return nil
}

var (
	where = regexp.MustCompile(`(, the first)? (at|from) lon .*`)
	which = regexp.MustCompile(`\b(ring|hole|polygon|line|member) \d+`)
)

// generally cuts the place off a note, so that equal repairs count as one.
func generally(note string) string {
	return which.ReplaceAllString(where.ReplaceAllString(note, ""), "a $1")
}

// flushSome applies a batch that others follow. Before the first one the rest of the file must have been looked at.
func (r *runner) flushSome() error {
	if !r.foreseen {
		r.foreseen = true
		if err := foresee(r.ctx, r.src); err != nil {
			return err
		}
	}
	return r.flush()
}

// flush applies the batch. When one edit is to blame, it is rejected and the others are tried again.
func (r *runner) flush() error {
	for len(r.batch) > 0 {
		changes, err := r.to.Apply(r.ctx, r.batch)
		var bad *layers.EditError
		if errors.As(err, &bad) && bad.Index >= 0 && bad.Index < len(r.batch) && errors.Is(err, layers.ErrInvalid) {
			f := r.batch[bad.Index].Feature
			one := Reject{Place: r.places[bad.Index], ID: f.ID, Reason: bad.Err.Error(), At: placeOf(Record{Geometry: f.Geometry}, bad.Err), Record: r.records[bad.Index]}
			if err := r.reject(one, bad.Err); err != nil {
				return err
			}
			r.batch = slices.Delete(r.batch, bad.Index, bad.Index+1)
			r.places = slices.Delete(r.places, bad.Index, bad.Index+1)
			r.records = slices.Delete(r.records, bad.Index, bad.Index+1)
			continue
		}
		if err != nil {
			return fmt.Errorf("apply the batch of %s to %s: %w", r.places[0], r.places[len(r.places)-1], err)
		}
		for _, c := range changes {
			if c.Op == layers.Create {
				r.result.Created++
			} else {
				r.result.Updated++
			}
		}
		r.result.Unchanged += int64(len(r.batch) - len(changes))
		break
	}
	clear(r.records)
	r.batch, r.places, r.records, r.points = r.batch[:0], r.places[:0], r.records[:0], 0
	return nil
}

func (r *runner) reject(one Reject, why error) error {
	r.result.Rejected++
	if err := r.report(one); err != nil {
		return err
	}
	if r.o.Strict {
		return fmt.Errorf("%w: %s: %w", ErrRejected, one.Place, why)
	}
	return nil
}

func (r *runner) report(one Reject) error {
	if len(r.result.Rejects) < keptRejects {
		kept := one
		kept.Record = nil
		r.result.Rejects = append(r.result.Rejects, kept)
	}
	if r.o.Report == nil {
		return nil
	}
	if err := r.o.Report(one); err != nil {
		return fmt.Errorf("write the reject report: %w", err)
	}
	return nil
}

func (r *runner) note(text string) {
	if _, known := r.result.Notes[text]; !known && len(r.result.Notes) >= keptNotes {
		text = "other changes"
	}
	r.result.Notes[text]++
}

// placeOf is where the fault is, as its error says, or else where the record is.
func placeOf(rec Record, why error) *orb.Point {
	var bad *shape.Invalid
	if errors.As(why, &bad) {
		return &bad.At
	}
	return somewhere(rec.Geometry)
}

// LeftOutFields are the names of the fields that were left out, in order.
func (r Result) LeftOutFields() []string { return slices.Sorted(maps.Keys(r.LeftOut)) }
