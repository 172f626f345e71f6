package gather

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"time"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/limits"
	"github.com/wardmap/wardmap/spatial"
)

// A taking is one run under way: it brings the records of one delivery into the layer, and keeps count.
type taking struct {
	def   *Definition
	layer layers.Layer
	to    importer.Applier
	held  holdings
	run   Run

	good      map[string]bool  // ids that came in
	rejected  map[string]Entry // by key
	blocked   map[string]bool  // ids of rejects: they have not vanished
	nameless  int64            // rejects without id, which may be of anything
	settled   map[string]int64 // keys that were corrected before
	barred    map[string]bool  // keys of entries that say what no layer may hold: they leave the quarantine
	replaying bool
	stuck     bool // the layer took nothing: not the delivery is to blame
}

// holdings are what a layer holds when a run begins.
type holdings struct {
	own     map[string]spatial.Validity // ids of features of this source; nil where nobody asks
	foreign map[string]string           // ids of others' features -> their source
}

// hold reads what a layer holds. A source changes its own features only.
func hold(ctx context.Context, from layers.Reader, d *Definition) (holdings, error) {
	h := holdings{foreign: map[string]string{}, own: map[string]spatial.Validity{}}
	err := from.Scan(ctx, d.Layer, func(f spatial.Feature) error {
		if f.Source == d.Name {
			h.own[f.ID] = f.Effective
		} else {
			h.foreign[f.ID] = f.Source
		}
		return nil
	})
	return h, err
}

func newTaking(d *Definition, l layers.Layer, to importer.Applier, held holdings, run Run, settled map[string]int64) *taking {
	run.Reasons, run.Missing = map[string]int64{}, map[string]int64{}
	return &taking{
		def: d, layer: l, to: to, held: held, run: run, settled: settled,
		good: map[string]bool{}, rejected: map[string]Entry{}, blocked: map[string]bool{}, barred: map[string]bool{},
	}
}

// take reads a source to its end. What was applied before an error stays, and comes again unchanged the next time.
func (t *taking) take(ctx context.Context, src importer.Source, o importer.Options) error {
	o.Report = t.reject
	result, err := importer.Run(ctx, src, t.layer, t, o, nil)
	r := &t.run
	r.Taken, r.Changed, r.Unchanged, r.Duplicates = result.Read, result.Created+result.Updated, result.Unchanged, result.Duplicates
	r.LeftOut, r.Notes = some(result.LeftOut), some(result.Notes)
	return err
}

// some is a part of a count that is small enough for a report.
func some(all map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for name, n := range all {
		if len(out) >= keptReasons {
			name = "…"
		}
		out[clip(name)] += n
	}
	return out
}

// quiet is a text that others had a part in, as a report may repeat it: not where it holds a number of a person.
func quiet(text string) string {
	if b := limits.Value(text); b != nil {
		return "… (" + b.Error() + ")"
	}
	return clip(text)
}

func clip(text string) string {
	if r := []rune(text); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return text
}

// Apply implements importer.Applier: features are of this source, and none of another is touched.
func (t *taking) Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error) {
	for i, e := range edits {
		if other, taken := t.held.foreign[e.Feature.ID]; taken {
			why := layers.Problems{{Place: "id", Message: fmt.Sprintf("the layer has a feature of that id from %s; give the source a prefix, or take that feature out", origin(other))}}
			return nil, &layers.EditError{Index: i, Layer: e.Layer, ID: e.Feature.ID, Op: e.Op, Err: why}
		}
		edits[i].Feature.Source = t.def.Name
	}
	changes, err := t.to.Apply(ctx, edits)
	if err != nil {
		t.stuck = !errors.Is(err, layers.ErrInvalid)
		return nil, err
	}
	for i := range edits {
		t.count(&edits[i].Feature)
	}
	return changes, nil
}

func origin(source string) string {
	if source == "" {
		return "nobody who is named"
	}
	return "the source " + clip(source)
}

func (t *taking) count(f *spatial.Feature) {
	t.good[f.ID] = true
	for _, property := range t.def.filled(&t.layer) {
		if f.Properties[property] == nil {
			t.run.Missing[property]++
		}
	}
	if text, is := f.Properties[t.def.Newest].(string); is {
		if at := moment(text); at.After(t.run.Newest) {
			t.run.Newest = at
		}
	}
}

// moment reads a date or time as features have them; what is neither is the zero time.
func moment(text string) time.Time {
	for _, form := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// reject counts a reject, and has it kept where it may be.
func (t *taking) reject(one importer.Reject) error {
	if one.Duplicate {
		return nil
	}
	if one.ID == "" {
		t.nameless++
	} else {
		t.blocked[one.ID] = true
	}
	kept := t.def.kept(&t.layer, one.Record)
	if kept == nil {
		t.run.Restricted++
		if t.replaying {
			t.barred[one.Place] = true
		}
		t.reason("it says what no layer may hold, and is kept nowhere")
		return nil
	}
	t.run.Rejected++
	t.reason(one.Reason)
	e := Entry{Feature: one.ID, Source: t.def.Name, Run: t.run.Number, Since: t.run.Started, Place: one.Place, Reason: quiet(one.Reason), Record: *kept}
	if t.replaying {
		e.Key = one.Place
		t.rejected[e.Key] = e
		return nil
	}
	return t.quarantine(e)
}

func (t *taking) quarantine(e Entry) error {
	line, err := featureJSON(&e.Record)
	if err != nil || len(line) > mostBytes {
		t.run.Uncounted++
		return nil
	}
	if e.Key, err = keyOf(&e.Record); err != nil {
		return err
	}
	if _, done := t.settled[e.Key]; done {
		t.run.Corrected++
		return nil
	}
	if _, known := t.rejected[e.Key]; !known && len(t.rejected) >= t.def.Limits.Quarantine {
		t.run.Uncounted++
		return nil
	}
	t.rejected[e.Key] = e
	return nil
}

func (t *taking) reason(text string) {
	text = general(quiet(text))
	if _, known := t.run.Reasons[text]; !known && len(t.run.Reasons) >= keptReasons {
		text = "…"
	}
	t.run.Reasons[text]++
}

var (
	quoted = regexp.MustCompile(`"[^"]*"`)
	number = regexp.MustCompile(`-?\b\d+(\.\d+)?\b`)
)

// general is a reason without the values of one record, so that equal reasons count as one.
func general(reason string) string {
	return clip(number.ReplaceAllString(quoted.ReplaceAllString(reason, "“…”"), "#"))
}

// expire ends what is no longer delivered.
func (t *taking) expire(ctx context.Context, from layers.Reader) error {
	gone := t.vanished()
	if len(gone) == 0 {
		return nil
	}
	var edits []layers.Edit
	for _, id := range gone {
		f, err := from.Feature(ctx, t.def.Layer, id)
		if errors.Is(err, layers.ErrNotFound) {
			continue
		}
		if err != nil {
			t.stuck = true
			return err
		}
		if f.Source != t.def.Name {
			continue // somebody took it over meanwhile
		}
		f.Effective.To = t.run.Started
		edits = append(edits, layers.Edit{Op: layers.Replace, Layer: t.def.Layer, Feature: f, If: f.Version})
	}
	const batch = 1000
	for len(edits) > 0 {
		n := min(batch, len(edits))
		if _, err := t.to.Apply(ctx, edits[:n]); err != nil {
			t.stuck = true
			return fmt.Errorf("end what is no longer delivered: %w", err)
		}
		t.run.Expired += int64(n)
		edits = edits[n:]
	}
	return nil
}

// vanished are the ids of the source's features that hold and were not in a whole delivery. None are, where a reject
// could be any of them, or so many would be that the delivery itself is doubtful: then NotExpired says why.
func (t *taking) vanished() []string {
	if t.def.Vanished != Expires || t.replaying {
		return nil
	}
	var gone []string
	holding := 0
	for id, effective := range t.held.own {
		if !effective.To.IsZero() && !effective.To.After(t.run.Started) || !effective.From.Before(t.run.Started) {
			continue
		}
		holding++
		if !t.good[id] && !t.blocked[id] {
			gone = append(gone, id)
		}
	}
	switch {
	case len(gone) == 0:
		return nil
	case t.nameless > 0:
		t.run.NotExpired = fmt.Sprintf("%d rejected records have no id, and may be those that seem to have vanished", t.nameless)
		return nil
	case len(gone)*100 > holding*t.def.Limits.Vanish:
		t.run.NotExpired = fmt.Sprintf("%d of %d features would end, more than %d percent: the delivery may be cut off; raise limits.vanish if it is right", len(gone), holding, t.def.Limits.Vanish)
		return nil
	}
	return gone
}

// outcome is what the run means for the quarantine.
func (t *taking) outcome(replayed map[string]bool) outcome {
	return outcome{
		rejected: maps.Clone(t.rejected), good: t.good, replayed: replayed,
		oldest: t.run.Started.Add(-t.def.Retention.D()), room: t.def.Limits.Quarantine,
	}
}
