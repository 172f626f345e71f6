package gpkg

import (
	"context"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

// Features implements layers.Reader.
func (s *Store) Features(ctx context.Context, layer string, q layers.Query) (layers.Page, error) {
	t, err := s.table(ctx, layer)
	if err != nil {
		return layers.Page{}, err
	}
	var page layers.Page
	err = s.read(ctx, func(c *conn) (err error) {
		page, err = s.page(ctx, c, t, q)
		return err
	})
	if err != nil {
		return layers.Page{}, fmt.Errorf("read %s: %w", layer, explain(err))
	}
	return page, nil
}

func (s *Store) page(ctx context.Context, c *conn, t *table, q layers.Query) (page layers.Page, err error) {
	f, ok := t.filter(q)
	if !ok {
		return page, nil
	}
	all, err := extent(ctx, c, t)
	if err != nil {
		return page, err
	}
	if slices.ContainsFunc(f.boxes, func(b orb.Bound) bool { return contains(b, all) }) {
		f.boxes = nil // everything lies inside
	}
	if page.Matched, err = s.matched(ctx, c, t, f); err != nil || page.Matched == 0 {
		return page, err
	}
	total, err := s.matched(ctx, c, t, filter{})
	if err != nil {
		return page, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 1000
	}
	// Few hits are collected, by the spatial index where it helps, and sorted; many are met soon enough by
	// walking along the ids. The plus keeps SQLite from walking.
	few, id := page.Matched*8 < total, "t.id"
	if few {
		id = "+t.id"
	}
	sql, args := f.sql(t, few)
	if q.After != "" {
		sql, args = sql+" AND "+id+">?", append(args, q.After)
	}
	args = append(args, int64(limit)+1, int64(max(q.Offset, 0)))
	err = c.query(ctx, t.selects+sql+" ORDER BY "+id+" LIMIT ? OFFSET ?", args, func(row []driver.Value) error {
		f, ok, err := t.feature(row)
		if ok {
			page.Features = append(page.Features, f)
		}
		return err
	})
	if len(page.Features) > limit {
		page.Features = page.Features[:limit]
		page.Next = page.Features[limit-1].ID
	}
	return page, err
}

func contains(b, inner orb.Bound) bool {
	return b.Min[0] <= inner.Min[0] && b.Min[1] <= inner.Min[1] && b.Max[0] >= inner.Max[0] && b.Max[1] >= inner.Max[1]
}

// A filter is a query as SQL: everything but After, Offset and Limit.
type filter struct {
	where string
	args  []driver.Value
	boxes []orb.Bound
}

// filter reads a query. ok is false when nothing can match.
func (t *table) filter(q layers.Query) (f filter, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(q.Where)) {
		c, known := t.column(name)
		v, err := c.write(q.Where[name])
		if !known || err != nil {
			return f, false
		}
		f.where += " AND t." + quote(name) + " IN (?, ?)"
		f.args = append(f.args, v, q.Where[name]) // of times there are two forms
	}
	from, to := q.From, q.To
	if !q.At.IsZero() {
		from, to = q.At, q.At
	}
	if !from.IsZero() || !to.IsZero() {
		f.where += " AND (t.effective_from IS NULL AND t.effective_to IS NULL OR wardmap_holds(t.effective_from, t.effective_to, ?, ?))"
		f.args = append(f.args, micros(from), micros(to))
	}
	for _, b := range q.Bounds {
		if b.Min[0] <= b.Max[0] && b.Min[1] <= b.Max[1] {
			f.boxes = append(f.boxes, b)
		}
	}
	return f, q.Bounds == nil || len(f.boxes) > 0
}

func micros(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// sql writes FROM and WHERE. With index, candidates come from the spatial index; else every row is looked at,
// in the order of the ids.
func (f filter) sql(t *table, index bool) (string, []driver.Value) {
	rtree := quote("rtree_" + t.layer + "_geom")
	if len(f.boxes) == 0 {
		return " FROM " + quote(t.layer) + " t WHERE t.geom NOTNULL" + f.where, slices.Clone(f.args)
	}
	var boxes []driver.Value
	for _, b := range f.boxes {
		boxes = append(boxes, b.Min[0], b.Min[1], b.Max[0], b.Max[1])
	}
	meets := "wardmap_meets(t.geom" + strings.Repeat(", ?", len(boxes)) + ")"
	const touches = "%[1]sminx<=? AND %[1]smaxx>=? AND %[1]sminy<=? AND %[1]smaxy>=?"
	overlap := func(b orb.Bound) []driver.Value { return []driver.Value{b.Max[0], b.Min[0], b.Max[1], b.Min[1]} }
	switch {
	case !index:
		return " FROM " + quote(t.layer) + " t INDEXED BY " + quote("sqlite_autoindex_"+t.layer+"_1") + " WHERE t.id>'' AND t.geom NOTNULL" + f.where + " AND " + meets,
			slices.Concat(f.args, boxes)
	case len(f.boxes) == 1:
		b := f.boxes[0]
		sql := " FROM " + rtree + " r CROSS JOIN " + quote(t.layer) + " t ON t.fid=r.id WHERE " + fmt.Sprintf(touches, "r.") +
			" AND (r.minx>=? AND r.maxx<=? AND r.miny>=? AND r.maxy<=? OR " + meets + ")" + f.where
		inside := []driver.Value{b.Min[0], b.Max[0], b.Min[1], b.Max[1]}
		return sql, slices.Concat(overlap(b), inside, boxes, f.args)
	}
	var parts []string
	var args []driver.Value
	for _, b := range f.boxes {
		parts = append(parts, "SELECT id FROM "+rtree+" WHERE "+fmt.Sprintf(touches, ""))
		args = append(args, overlap(b)...)
	}
	sql := " FROM " + quote(t.layer) + " t WHERE t.fid IN (" + strings.Join(parts, " UNION ") + ") AND " + meets + f.where
	return sql, slices.Concat(args, boxes, f.args)
}

// matched counts. As long as nothing changes, it remembers: whoever pages through an answer asks it each time.
func (s *Store) matched(ctx context.Context, c *conn, t *table, f filter) (int64, error) {
	version, err := newest(ctx, c)
	if err != nil {
		return 0, err
	}
	key := fmt.Sprintf("%q %q %#v %v", t.layer, f.where, f.args, f.boxes)
	if n, ok := s.remembered(key, version); ok {
		return n, nil
	}
	sql, args := f.sql(t, true)
	if len(f.boxes) == 0 && f.where == "" {
		sql = " FROM " + quote("rtree_"+t.layer+"_geom_rowid")
	}
	n, err := c.number(ctx, "SELECT count(*)"+sql, args...)
	if err == nil {
		s.remember(key, version, n)
	}
	return n, err
}

func (s *Store) remembered(key string, version int64) (int64, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n, ok := s.counts[key]
	return n, ok && s.asOf == version
}

func (s *Store) remember(key string, version, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asOf > version {
		return
	}
	if s.asOf < version || len(s.counts) >= 1000 {
		clear(s.counts)
	}
	s.asOf, s.counts[key] = version, n
}
