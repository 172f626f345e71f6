package importer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/shape"
)

// A Reject is a record that did not come in.
type Reject struct {
	Place  string     // in the file
	ID     string     // when it is known
	Reason string     //
	At     *orb.Point // where on the earth, when it is known
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
	defaultBatch = 2000
	batchBytes   = 64 << 20 // a batch ends early when its geometries are that large
)

// ErrRejected is the error of a strict import that met a reject.
var ErrRejected = errors.New("rejected")

// Run reads a source to its end and puts its features into a layer, batch by batch. Each batch is applied whole
// or not at all; when Run ends with an error, the result tells what came in before. Importing the same file
// again changes nothing, so an import that was interrupted is resumed by running it again. Memory is bound by
// the batch, plus some 60 bytes for each id. progress may be nil; it is called about ten times a second.
func Run(ctx context.Context, src Source, l layers.Layer, to Applier, o Options, progress func(Progress)) (Result, error) {
	fit, err := newFitter(l, o)
	if err != nil {
		return Result{}, err
	}
	r := runner{ctx: ctx, src: src, layer: l, to: to, o: o, fit: fit, ids: newIDs(o), clock: newClock(src, progress)}
	r.result.LeftOut, r.result.Notes = fit.leftOut, map[string]int64{}
	err = r.all()
	r.clock.show(r.result, true)
	if n, ok := src.(Noter); ok {
		for _, note := range n.Notes() {
			r.note(note)
		}
	}
	return r.result, err
}

type runner struct {
	ctx    context.Context
	src    Source
	layer  layers.Layer
	to     Applier
	o      Options
	fit    *fitter
	ids    *ids
	clock  *clockwork
	batch  []layers.Edit
	places []string // of the batch
	points int      // of the batch
	result Result
}

func (r *runner) all() error {
	size := r.o.Batch
	if size <= 0 {
		size = defaultBatch
	}
	for {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		rec, err := r.src.Next()
		if eof(err) {
			return r.flush()
		}
		if err != nil {
			return errors.Join(err, r.flush())
		}
		if err := r.take(rec); err != nil {
			return err
		}
		if len(r.batch) >= size || r.points*16 >= batchBytes {
			if err := r.flush(); err != nil {
				return err
			}
		}
		r.clock.show(r.result, false)
	}
}

// take judges one record and adds it to the batch.
func (r *runner) take(rec Record) error {
	parts := int64(max(1, rec.Parts))
	r.result.Read += parts
	r.result.Merged += parts - 1
	r.result.Heights += int64(rec.Heights)
	for _, note := range rec.Notes {
		r.note(note)
	}
	if rec.Err != nil {
		return r.reject(rec, rec.ID, rec.Err)
	}
	id, err := r.ids.of(rec)
	if err != nil {
		return r.reject(rec, rec.ID, err)
	}
	f, notes, err := r.fit.fit(rec)
	if err != nil {
		return r.reject(rec, id, err)
	}
	for _, note := range notes {
		r.note(note)
	}
	f.ID = id
	before, err := r.ids.remember(&f, rec.Place)
	switch {
	case errors.Is(err, errDuplicate):
		r.result.Duplicates++
		return r.report(Reject{Place: rec.Place, ID: id, Reason: "a duplicate of " + before, At: somewhere(rec.Geometry)})
	case err != nil:
		return r.reject(rec, id, err)
	}
	return r.add(rec, f)
}

// add repairs and checks a feature and adds it to the batch.
func (r *runner) add(rec Record, f spatial.Feature) error {
	whole, repairs, err := shape.Repair(f.Geometry)
	if err != nil {
		return r.reject(rec, f.ID, err)
	}
	good, problems := layers.CheckFeature(r.layer, spatial.Feature{ID: f.ID, Owner: f.Owner, Source: f.Source, Accuracy: f.Accuracy,
		Effective: f.Effective, Geometry: whole, Properties: f.Properties})
	if err := problems.Err(); err != nil {
		return r.reject(rec, f.ID, err)
	}
	if len(repairs) > 0 {
		r.result.Repaired++
	}
	for _, what := range repairs {
		r.note("repaired: " + generally(what))
	}
	r.batch = append(r.batch, layers.Edit{Op: layers.Put, Layer: r.layer.ID, Feature: good})
	r.places = append(r.places, rec.Place)
	r.points += countPoints(good.Geometry)
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

// flush applies the batch. When one edit is to blame, it is rejected and the others are tried again.
func (r *runner) flush() error {
	for len(r.batch) > 0 {
		changes, err := r.to.Apply(r.ctx, r.batch)
		var bad *layers.EditError
		if errors.As(err, &bad) && bad.Index >= 0 && bad.Index < len(r.batch) && errors.Is(err, layers.ErrInvalid) {
			f := r.batch[bad.Index].Feature
			if err := r.reject(Record{Place: r.places[bad.Index], Geometry: f.Geometry}, f.ID, bad.Err); err != nil {
				return err
			}
			r.batch = slices.Delete(r.batch, bad.Index, bad.Index+1)
			r.places = slices.Delete(r.places, bad.Index, bad.Index+1)
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
	r.batch, r.places, r.points = r.batch[:0], r.places[:0], 0
	return nil
}

func (r *runner) reject(rec Record, id string, why error) error {
	r.result.Rejected++
	if err := r.report(Reject{Place: rec.Place, ID: id, Reason: why.Error(), At: placeOf(rec, why)}); err != nil {
		return err
	}
	if r.o.Strict {
		return fmt.Errorf("%w: %s: %w", ErrRejected, rec.Place, why)
	}
	return nil
}

func (r *runner) report(one Reject) error {
	if len(r.result.Rejects) < keptRejects {
		r.result.Rejects = append(r.result.Rejects, one)
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
