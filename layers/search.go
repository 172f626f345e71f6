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
	places map[string]map[string]place
}

// A place is what the index keeps of a feature. Version makes late news harmless.
type place struct {
	version int64
	id      string
	label   word   // as it is written
	texts   []word // lower case: id, label, other search properties
	bound   orb.Bound
	layer   *Layer // that it was put with
	own     string // its own label of sensitivity, see Layer.Labelled
	code    string // see Layer.Jurisdiction
}

// A word is a text, and who may see it.
type word struct {
	text string
	of   Sensitivity
}

// NewIndex makes an empty index.
func NewIndex() *Index { return &Index{places: map[string]map[string]place{}} }

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
		in = map[string]place{}
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

func newPlace(l *Layer, f spatial.Feature) place {
	id := word{f.ID, Public}
	p := place{
		version: f.Version, id: f.ID, label: id, texts: []word{{strings.ToLower(f.ID), Public}}, bound: f.Geometry.Bound(),
		layer: l, own: textOf(&f, l.Labelled), code: textOf(&f, l.Jurisdiction),
	}
	for _, prop := range l.Properties {
		if !(prop.Search || prop.Name == l.Label) {
			continue
		}
		text, _ := f.Properties[prop.Name].(string)
		if text == "" {
			continue
		}
		if prop.Name == l.Label {
			p.label = word{text, prop.Sensitivity}
		}
		p.texts = append(p.texts, word{strings.ToLower(text), prop.Sensitivity})
	}
	return p
}

// seen tells whether the place exists for a view.
func (p *place) seen(v View) bool {
	return v.Marked(p.layer, p.own, p.code)
}

// named is what a view calls the place.
func (p *place) named(v View) string {
	if v.level(p.label.of) {
		return p.label.text
	}
	return p.id
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
			rank, text := p.rank(v, q)
			if rank > 0 && (near == nil || near.Intersects(p.bound)) && p.seen(v) {
				found = append(found, ranked{Hit{layer, id, p.named(v), text, p.bound}, rank})
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
func (p *place) rank(v View, q string) (rank int, text string) {
	for _, w := range p.texts {
		t := w.text
		at := strings.Index(t, q)
		if at < 0 || !v.level(w.of) {
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
	if text == strings.ToLower(p.named(v)) {
		text = ""
	}
	return rank, text
}
