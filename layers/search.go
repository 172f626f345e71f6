package layers

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A Hit is one answer of a search.
type Hit struct {
	Layer string
	ID    string
	Label string // what the map writes at the feature; its id when it has no name
	Found string // the text that matched, when it is not the label
	Bound orb.Bound
}

// An Index finds features by what they are called: id, label, and the properties that definitions mark for
// search. Restricted layers and properties are never in it. Safe for concurrent use.
type Index struct {
	mu     sync.RWMutex // guards places
	places map[string]map[string]*place
}

// A place is what the index keeps of a feature. Version makes late news harmless.
type place struct {
	version int64
	label   word   // as it is written; the id where it has no name
	texts   []word // lower case: id, label, other search properties
	bound   orb.Bound
	layer   *Layer // that it was put with
	marks   *marks // nil where it has none
}

// marks say who sees a place.
type marks struct {
	own  string // its own label of sensitivity, see Layer.Labelled
	code string // see Layer.Jurisdiction
}

// A word is a text, and the property that it is of; nil is the id.
type word struct {
	text string
	of   *Property
}

// seen tells whether a view sees the text.
func (w word) seen(v View) bool { return w.of == nil || v.level(w.of.Sensitivity) }

// NewIndex makes an empty index.
func NewIndex() *Index { return &Index{places: map[string]map[string]*place{}} }

// Drop forgets a layer.
func (x *Index) Drop(layer string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.places, layer)
}

// Renew puts what another index knows of a layer in the place of what this one knows.
func (x *Index) Renew(layer string, from *Index) {
	from.mu.RLock()
	all := from.places[layer]
	from.mu.RUnlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.places[layer] = all
}

// Put takes features of a layer in, and keeps the layer. A feature that is known in a newer version stays as it is.
func (x *Index) Put(l *Layer, fs ...spatial.Feature) {
	x.mu.Lock()
	defer x.mu.Unlock()
	in := x.places[l.ID]
	if in == nil {
		in = map[string]*place{}
		x.places[l.ID] = in
	}
	for _, f := range fs {
		if old, known := in[f.ID]; !known || old.version < f.Version {
			in[f.ID] = newPlace(l, f)
		}
	}
}

// Remove forgets a feature, unless a version newer than the removal is known.
func (x *Index) Remove(layer, id string, version int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if old, known := x.places[layer][id]; known && old.version < version {
		delete(x.places[layer], id)
	}
}

func newPlace(l *Layer, f spatial.Feature) *place {
	p := &place{
		version: f.Version, label: word{f.ID, nil}, texts: []word{{strings.ToLower(f.ID), nil}}, bound: f.Geometry.Bound(), layer: l,
	}
	if m := (marks{textOf(&f, l.Labelled), textOf(&f, l.Jurisdiction)}); m != (marks{}) {
		p.marks = &m
	}
	for i := range l.Properties {
		prop := &l.Properties[i]
		if !(prop.Search || prop.Name == l.Label) {
			continue
		}
		text, _ := f.Properties[prop.Name].(string)
		if text == "" {
			continue
		}
		if prop.Name == l.Label {
			p.label = word{text, prop}
		}
		p.texts = append(p.texts, word{strings.ToLower(text), prop})
	}
	return p
}

// seen tells whether the place exists for a view.
func (p *place) seen(v View) bool {
	var m marks
	if p.marks != nil {
		m = *p.marks
	}
	return v.Marked(p.layer, m.own, m.code)
}

// named is what a view calls the place of a feature.
func (p *place) named(v View, id string) string {
	if p.label.seen(v) {
		return p.label.text
	}
	return id
}

// Search finds features that a view sees, and whose id or a text that it sees contains q, upper and lower case alike. Whole matches come first,
// then beginnings, then the rest; shorter labels before longer ones; near (when it is not nil) must touch the
// feature's box. It returns as soon as ctx ends.
func (x *Index) Search(ctx context.Context, v View, q string, limit int, near *orb.Bound) ([]Hit, error) {
	q = strings.ToLower(strings.TrimSpace(q))
	if q == "" || limit <= 0 {
		return nil, nil
	}
	type ranked struct {
		Hit
		rank int
	}
	var found []ranked
	x.mu.RLock()
	defer x.mu.RUnlock()
	for layer, in := range x.places {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for id, p := range in {
			rank, text := p.rank(v, id, q)
			if rank > 0 && (near == nil || near.Intersects(p.bound)) && p.seen(v) {
				found = append(found, ranked{Hit{layer, id, p.named(v, id), text, p.bound}, rank})
			}
		}
	}
	slices.SortFunc(found, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(len(a.Label), len(b.Label)), cmp.Compare(a.Label, b.Label),
			cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.ID, b.ID))
	})
	hits := make([]Hit, min(limit, len(found)))
	for i := range hits {
		hits[i] = found[i].Hit
	}
	return hits, nil
}

// rank is 1 for a whole match, 2 for a beginning, 3 for any other place, 0 for none; text is what matched
// when it is not the label.
func (p *place) rank(v View, id, q string) (rank int, text string) {
	for _, w := range p.texts {
		t := w.text
		at := strings.Index(t, q)
		if at < 0 || !w.seen(v) {
			continue
		}
		r := 3
		if at == 0 {
			r = 2
			if len(t) == len(q) {
				r = 1
			}
		}
		if rank == 0 || r < rank {
			rank, text = r, t
		}
	}
	if text == strings.ToLower(p.named(v, id)) {
		text = ""
	}
	return rank, text
}
