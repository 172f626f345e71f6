package importer

import (
	"context"
	"errors"
	"fmt"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/limits"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/shape"
)

// A judge reads records and finds out what becomes of each, ahead of the runner that applies and counts them.
// While it works, nobody else touches its source.
type judge struct {
	src   Source
	layer layers.Layer
	fit   *fitter
	ids   *ids
	gate  *gate
	each  func(Record) Record // nil changes nothing
	keep  bool                // verdicts carry the record
}

// A verdict is a feature to apply, or the reason why a record is none.
type verdict struct {
	place    string
	feature  spatial.Feature // its id is known for most rejects, too
	err      error           // why it is rejected
	before   string          // the place of the record that it is a duplicate of, else ""
	at       *orb.Point      // where rejects and duplicates are, when it is known
	parts    int64
	heights  int
	points   int
	repaired bool
	notes    []string
	record   *Record // as it was read; nil unless it is kept, and where it says what is not
}

// A chunk is some verdicts in the order of the file, and how far the source had come with them.
type chunk struct {
	verdicts    []verdict
	done, total int64
}

// ahead is how many chunks wait to be applied: together not more than a batch.
const ahead = 16

// all judges the records up to the end of the source, its error or that of ctx. It ends with io.EOF at best.
func (j *judge) all(ctx context.Context, batch int, out chan<- chunk) error {
	for {
		c, err := j.some(max(1, batch/ahead))
		select {
		case out <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

func (j *judge) some(most int) (c chunk, err error) {
	c.verdicts = make([]verdict, 0, min(most, 1000))
	for points := 0; err == nil && len(c.verdicts) < most && points*16 < batchBytes/ahead; {
		var rec Record
		if rec, err = j.src.Next(); err == nil {
			if err = j.gate.record(rec); err != nil {
				break
			}
			v := j.record(rec)
			points += v.points
			c.verdicts = append(c.verdicts, v)
		}
	}
	if eof(err) {
		if bad := j.gate.lists(); bad != nil {
			err = bad
		}
	}
	c.done, c.total = j.src.Progress()
	return c, err
}

func (j *judge) record(rec Record) verdict {
	v := verdict{place: rec.Place, parts: int64(max(1, rec.Parts)), heights: rec.Heights, notes: rec.Notes}
	v.feature.ID = rec.ID
	v.err = rec.Err
	if j.keep {
		v.record = keptRecord(rec)
	}
	if v.err == nil {
		v.err = j.gate.values(rec)
	}
	if j.each != nil && (v.err == nil || rec.Err != nil) { // no more of what breaks the limits
		rec = j.each(rec)
		v.err = rec.Err
	}
	if errors.As(v.err, new(*limits.Breach)) {
		v.feature.ID, v.record = "", nil // which may hold the very number
	} else if v.err == nil {
		v.err = j.feature(&v, rec)
	} else {
		v.feature.ID = j.ids.guess(rec)
	}
	switch {
	case errors.Is(v.err, errDuplicate):
		v.err, v.at = nil, somewhere(rec.Geometry)
	case v.err != nil:
		v.at, v.err = placeOf(rec, v.err), discreet(v.err)
		if errors.As(v.err, new(*limits.Breach)) {
			v.record = nil
		}
	}
	return v
}

// keptRecord is a record to be kept. The geometry of one that could not be read may be half of one.
func keptRecord(rec Record) *Record {
	if rec.Err != nil {
		rec.Geometry = nil
	}
	return &rec
}

// discreet is an error that repeats no identity number of what it is about.
func discreet(err error) error {
	if b := limits.Value(err.Error()); b != nil && b.Kind == limits.Identity {
		return fmt.Errorf("it cannot be read, and its text is not repeated: %w", b)
	}
	return err
}

// feature makes the feature of a record: fits, repairs and checks it.
func (j *judge) feature(v *verdict, rec Record) error {
	id, err := j.ids.of(rec)
	if err != nil {
		return err
	}
	v.feature.ID = id
	f, notes, err := j.fit.fit(rec)
	if err != nil {
		return err
	}
	v.notes = append(v.notes, notes...)
	f.ID = id
	before, err := j.ids.remember(&f, rec.Place)
	if errors.Is(err, errDuplicate) {
		v.before = before
	}
	if err != nil {
		return err
	}
	whole, repairs, err := shape.Repair(f.Geometry)
	if err != nil {
		return err
	}
	f.Geometry = whole
	good, problems := layers.CheckFeature(j.layer, f)
	if err := problems.Err(); err != nil {
		return err
	}
	v.feature, v.repaired, v.points = good, len(repairs) > 0, countPoints(whole)
	for _, what := range repairs {
		v.notes = append(v.notes, "repaired: "+generally(what))
	}
	return nil
}
