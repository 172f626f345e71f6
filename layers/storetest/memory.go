package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// Memory is a store without a disk, for tests: simple, slow and complete. Its zero value is empty and ready.
// Handles on the same data are the same *Memory; Close does nothing.
type Memory struct {
	mu      sync.RWMutex // guards all below
	defs    map[string]layers.Layer
	rows    map[string]map[string]spatial.Feature // by layer and id; replaced, never changed
	version int64
	log     []layers.Change // without Feature
	news    chan struct{}   // closed at the next change
}

var _ layers.Store = (*Memory)(nil)

// Sync implements layers.Store.
func (m *Memory) Sync(ctx context.Context, ls []layers.Layer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range ls {
		for _, p := range l.Properties {
			if old, ok := m.defs[l.ID].Property(p.Name); ok && old.Type != p.Type {
				return fmt.Errorf("sync %s: property %s is %s in the store and %s in the definition: choose another name", l.ID, p.Name, old.Type, p.Type)
			}
		}
	}
	if m.defs == nil {
		m.defs, m.rows = map[string]layers.Layer{}, map[string]map[string]spatial.Feature{}
	}
	for _, l := range ls {
		m.defs[l.ID] = l
		if m.rows[l.ID] == nil {
			m.rows[l.ID] = map[string]spatial.Feature{}
		}
	}
	return nil
}

// Apply implements layers.Writer.
func (m *Memory) Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := batch{m: m, version: m.version, at: time.Now().UTC().Truncate(time.Millisecond), rows: map[string]map[string]spatial.Feature{}}
	var changes []layers.Change
	for i, e := range edits {
		c, have, err := b.do(e)
		if err != nil {
			return nil, &layers.EditError{Index: i, Layer: e.Layer, ID: e.Feature.ID, Op: e.Op, Have: have, Err: err}
		}
		if c.Op != 0 {
			changes = append(changes, c)
		}
	}
	if err := ctx.Err(); err != nil || len(changes) == 0 {
		return nil, err
	}
	b.commit(changes)
	return changes, nil
}

// batch is what Apply is about to do.
type batch struct {
	m       *Memory
	version int64
	at      time.Time
	rows    map[string]map[string]spatial.Feature // copies of the touched layers
}

// do works out one edit. No news: a change without Op. A conflict says which version stands there.
func (b *batch) do(e layers.Edit) (c layers.Change, have int64, err error) {
	if err := b.check(e); err != nil {
		return c, 0, err
	}
	old, exists := b.rows[e.Layer][e.Feature.ID]
	op := e.Op
	switch {
	case op == layers.Create && exists:
		return c, 0, layers.ErrExists
	case (op == layers.Replace || op == layers.Delete) && !exists:
		return c, 0, layers.ErrNotFound
	case e.If != 0 && e.If != old.Version:
		return c, old.Version, layers.ErrConflict
	case op == layers.Put && exists && spatial.SameContent(old, e.Feature):
		return c, 0, nil
	case op == layers.Put && exists:
		op = layers.Replace
	case op == layers.Put:
		op = layers.Create
	}
	b.version++
	c = layers.Change{Version: b.version, Layer: e.Layer, ID: e.Feature.ID, Op: op, Before: layers.Nowhere, After: layers.Nowhere, At: b.at}
	if exists {
		c.Before = old.Geometry.Bound()
	}
	if op == layers.Delete {
		delete(b.rows[e.Layer], e.Feature.ID)
		return c, 0, nil
	}
	f := b.row(e.Feature)
	c.After, c.Feature = f.Geometry.Bound(), &f
	b.rows[e.Layer][f.ID] = f
	return c, 0, nil
}

// row is a feature as it is stored: a copy with version.
func (b *batch) row(f spatial.Feature) spatial.Feature {
	f.Version, f.Updated, f.Geometry, f.Properties = b.version, b.at, orb.Clone(f.Geometry), maps.Clone(f.Properties)
	for _, t := range []*time.Time{&f.Effective.From, &f.Effective.To} {
		if !t.IsZero() {
			*t = t.UTC()
		}
	}
	return f
}

func (b *batch) check(e layers.Edit) error {
	def, ok := b.m.defs[e.Layer]
	if !ok {
		return fmt.Errorf("layer %q: %w", e.Layer, layers.ErrNotFound)
	}
	if b.rows[e.Layer] == nil {
		b.rows[e.Layer] = maps.Clone(b.m.rows[e.Layer])
	}
	if e.Op == layers.Delete {
		return nil
	}
	f := e.Feature
	if f.Geometry == nil || f.ID == "" {
		return fmt.Errorf("%w: a feature needs an id and a geometry", layers.ErrInvalid)
	}
	for _, text := range []string{f.ID, f.Owner, f.Source} {
		if !isText(text) {
			return fmt.Errorf("%w: %q is not text", layers.ErrInvalid, text)
		}
	}
	for name, v := range f.Properties {
		if p, ok := def.Property(name); !ok || !fits(p.Type, v) {
			return fmt.Errorf("%w: property %s cannot hold %v (%T)", layers.ErrInvalid, name, v, v)
		}
	}
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func fits(t layers.Type, v any) bool {
	switch v := v.(type) {
	case string:
		return (t == layers.TextType || t == layers.DateType || t == layers.TimeType) && isText(v)
	case int64:
		return t == layers.IntegerType
	case float64:
		return t == layers.NumberType
	case bool:
		return t == layers.BooleanType
	}
	return false
}

func (b *batch) commit(changes []layers.Change) {
	b.m.version = b.version
	maps.Copy(b.m.rows, b.rows)
	for _, c := range changes {
		c.Feature = nil
		b.m.log = append(b.m.log, c)
	}
	if b.m.news != nil {
		close(b.m.news)
		b.m.news = nil
	}
}

// layer reads the features of a layer; the map is not changed any more.
func (m *Memory) layer(ctx context.Context, layer string) (map[string]spatial.Feature, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	rows, ok := m.rows[layer]
	if !ok {
		return nil, fmt.Errorf("layer %q: %w", layer, layers.ErrNotFound)
	}
	return rows, ctx.Err()
}

// Feature implements layers.Reader.
func (m *Memory) Feature(ctx context.Context, layer, id string) (spatial.Feature, error) {
	rows, err := m.layer(ctx, layer)
	if err != nil {
		return spatial.Feature{}, err
	}
	f, ok := rows[id]
	if !ok {
		return f, fmt.Errorf("feature %s/%s: %w", layer, id, layers.ErrNotFound)
	}
	return f, nil
}

// Features implements layers.Reader.
func (m *Memory) Features(ctx context.Context, layer string, q layers.Query) (layers.Page, error) {
	rows, err := m.layer(ctx, layer)
	if err != nil {
		return layers.Page{}, err
	}
	return Select(slices.Collect(maps.Values(rows)), q), nil
}

// Scan implements layers.Reader.
func (m *Memory) Scan(ctx context.Context, layer string, visit func(spatial.Feature) error) error {
	rows, err := m.layer(ctx, layer)
	if err != nil {
		return err
	}
	for _, f := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// Stat implements layers.Reader.
func (m *Memory) Stat(ctx context.Context, layer string) (layers.Stat, error) {
	rows, err := m.layer(ctx, layer)
	st := layers.Stat{Count: int64(len(rows)), Bound: layers.Nowhere}
	for _, f := range rows {
		if st.Bound.IsEmpty() {
			st.Bound = f.Geometry.Bound()
		}
		st.Bound = st.Bound.Union(f.Geometry.Bound())
	}
	return st, err
}

// Head implements layers.Log.
func (m *Memory) Head(ctx context.Context) (layers.Cursor, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return layers.Cursor(strconv.Itoa(len(m.log))), ctx.Err()
}

// Changes implements layers.Log.
func (m *Memory) Changes(ctx context.Context, after layers.Cursor, limit int) ([]layers.Change, layers.Cursor, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	from, err := m.place(after)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil || from == len(m.log) {
		return nil, after, err
	}
	cs := slices.Clone(m.log[from:min(from+limit, len(m.log))])
	for i, c := range cs {
		if f, ok := m.rows[c.Layer][c.ID]; ok {
			cs[i].Feature = &f
		}
	}
	return cs, layers.Cursor(strconv.Itoa(from + len(cs))), nil
}

// place reads a cursor: how many changes were seen.
func (m *Memory) place(c layers.Cursor) (int, error) {
	if c == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(string(c))
	if err != nil || n < 0 || n > len(m.log) {
		return 0, fmt.Errorf("cursor %q: %w: it is of another store", c, layers.ErrGone)
	}
	return n, nil
}

// Wait implements layers.Log.
func (m *Memory) Wait(ctx context.Context, after layers.Cursor) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	from, err := m.place(after)
	if err != nil || from < len(m.log) {
		m.mu.Unlock()
		return err
	}
	if m.news == nil {
		m.news = make(chan struct{})
	}
	news := m.news
	m.mu.Unlock()
	select {
	case <-news:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ping implements layers.Store.
func (m *Memory) Ping(ctx context.Context) error { return ctx.Err() }

// Close implements layers.Store. It keeps the data.
func (m *Memory) Close() error { return nil }
