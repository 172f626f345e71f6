package importer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wardmap/wardmap/layers/limits"
	"github.com/wardmap/wardmap/spatial/solid"
)

// ErrForbidden is the error of a file with a column that no layer may hold. Nothing of it comes in.
var ErrForbidden = errors.New("this file is not imported")

// A gate holds what a file says against the limits of the product: every name of a column, whether the layer has it or
// not, the values of every column together, and each value for itself.
type gate struct {
	columns map[string]*column
	n       int64            // records
	leftOut map[string]int64 // columns that the layer does not get -> values
}

// A column is what has been seen of the values of one.
type column struct {
	values map[string]bool // different ones, nil when they are too many for a list
	listed int             // of them, that are in a list of what is not kept
}

const (
	mostListed  = 200 // different values of a column that may be a list
	firstLook   = 250 // records after which columns are looked at: before anything is applied
	mostColumns = 100_000
)

func newGate(leftOut map[string]int64) *gate {
	return &gate{columns: map[string]*column{}, leftOut: leftOut}
}

// ofPlaces are tags of OpenStreetMap that say what a place of worship is of. Beside one of the tags that make something
// a place, or where vector tiles made of it say so, they do not refuse a file; but they are left out of it.
var (
	ofPlaces = []string{"religion", "denomination"}
	places   = []string{"amenity", "building", "landuse", "historic", "tourism", "man_made", "place", "leisure", "cemetery"}
)

func (g *gate) ofPlace(rec Record, name string) bool {
	return slices.Contains(ofPlaces, name) && (rec.Properties["kind"] == "place_of_worship" || slices.ContainsFunc(places, func(tag string) bool { return !blank(rec.Properties[tag]) }))
}

// sayable is a name for messages: dots where it holds a number of a person itself.
func sayable(name string) string {
	if limits.Value(name) != nil {
		return "…"
	}
	return strconv.Quote(name)
}

// header looks at the columns of a source that knows them: also at those in which no record says anything.
func (g *gate) header(src Source) error {
	t, is := src.(Tabled)
	if !is {
		return nil
	}
	columns := t.Columns()
	isPlace := slices.ContainsFunc(columns, func(name string) bool { return slices.Contains(places, name) })
	for _, name := range columns {
		if b := limits.Name(name); b != nil && !(isPlace && slices.Contains(ofPlaces, name)) {
			return fmt.Errorf("%w: column %s: %w", ErrForbidden, sayable(name), b)
		}
	}
	return nil
}

// A rereadable is a Source whose columns are known only when all of it is read, and which can be read once more.
// The second reading is for the columns only; it may go on while the first does.
type rereadable interface{ again() (Source, error) }

// foresee reads a source that does not know its columns to its end, before the first of several batches is applied: so
// a forbidden column refuses the whole file, wherever it stands. What is wrong with the file itself is said when it is
// imported.
func foresee(ctx context.Context, src Source) error {
	r, is := src.(rereadable)
	if !is {
		return nil
	}
	all, err := r.again()
	if all == nil || err != nil {
		return err
	}
	g := newGate(map[string]int64{})
	for {
		rec, err := all.Next()
		if err == nil {
			err = g.record(rec)
		}
		if err == nil && g.n%1000 == 0 {
			err = ctx.Err()
		}
		switch {
		case err == nil:
		case errors.Is(err, ErrForbidden) || ctx.Err() != nil:
			return errors.Join(err, all.Close())
		default:
			return errors.Join(g.lists(), all.Close())
		}
	}
}

// record tells whether a record has a new column with a forbidden name, or columns have turned out to be a forbidden
// list: then nothing more comes in.
func (g *gate) record(rec Record) error {
	g.n++
	for name, v := range rec.Properties {
		if g.ofPlace(rec, name) {
			if !blank(v) {
				g.leftOut[name]++
			}
			delete(rec.Properties, name)
			continue
		}
		c, known := g.columns[name]
		if !known {
			if b := limits.Name(name); b != nil {
				return fmt.Errorf("%w: %s: column %s: %w", ErrForbidden, rec.Place, sayable(name), b)
			}
			if len(g.columns) >= mostColumns {
				continue
			}
			c = &column{values: map[string]bool{}}
			g.columns[name] = c
		}
		if text, is := v.(string); is {
			c.see(text)
		}
	}
	if g.n == firstLook || g.n%5000 == 0 {
		return g.lists()
	}
	return nil
}

func (c *column) see(text string) {
	if c.values == nil || text == "" || c.values[text] {
		return
	}
	if len(c.values) == mostListed || len(text) > 100 {
		c.values = nil
		return
	}
	c.values[strings.Clone(text)] = true
	if limits.Member(text) {
		c.listed++
	}
}

// lists tells of the first column whose values are a list of what is not kept.
func (g *gate) lists() error {
	for _, name := range slices.Sorted(maps.Keys(g.columns)) {
		c := g.columns[name]
		if c.listed == 0 || c.values == nil {
			continue
		}
		if b := limits.Codes(slices.Collect(maps.Keys(c.values))); b != nil {
			return fmt.Errorf("%w: column %s: %w", ErrForbidden, sayable(name), b)
		}
	}
	return nil
}

// values tells of a value of a record that no layer may hold, whatever its column is called. The record is rejected.
func (g *gate) values(rec Record) error {
	if b := limits.Value(rec.ID); b != nil && b.Kind == limits.Identity {
		return fmt.Errorf("its id: %w", b)
	}
	for name, v := range rec.Properties {
		if b := limits.Of(name, v); b != nil && !isSolid(v) {
			return fmt.Errorf("field %s: %w", name, b)
		}
	}
	return nil
}

// isSolid tells whether a value is a body by its faces: numbers of places, which look like all kinds of numbers.
func isSolid(v any) bool {
	text, ok := v.(string)
	if !ok {
		return false
	}
	_, err := solid.Parse(text)
	return err == nil
}
