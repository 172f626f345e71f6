package atlas

import (
	"bytes"
	"cmp"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// loadBatch is how many features Load takes in before it lets others in between.
const loadBatch = 1024

// Load takes in many features at once, for the start. They show up on tiles when all are there. It obeys
// versions as Put does and may run beside everything else; fs is read without any lock held.
func (l *Layer) Load(fs iter.Seq[spatial.Feature]) {
	var waiting []uint32
	batch := make([]spatial.Feature, 0, loadBatch)
	flush := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		var dropped change
		for _, f := range batch {
			if n := l.enter(f, &dropped); n != 0 {
				l.feats[n].state |= pending
				waiting = append(waiting, n)
			}
		}
		batch = batch[:0]
	}
	for f := range fs {
		if batch = append(batch, f); len(batch) == cap(batch) {
			flush()
		}
	}
	flush()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(waiting)
}

// settle puts features that were loaded into the index.
func (l *Layer) settle(waiting []uint32) {
	var points, others []entry
	for _, n := range waiting {
		f := &l.feats[n]
		if f.state&pending == 0 {
			continue // replaced or removed meanwhile, or loaded twice
		}
		f.state &^= pending
		if f.state&isPoint == 0 {
			b := l.box(n)
			others = append(others, entry{morton(b.x0/2+b.x1/2, b.y0/2+b.y1/2), n})
		} else if l.holds(n) {
			points = append(points, entry{morton(f.a, f.b), n})
		}
	}
	if l.points.n == 0 {
		l.buildPoints(points)
	} else {
		for _, e := range points {
			l.show(e.n)
		}
	}
	slices.SortFunc(others, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
	shapes := make([]uint32, len(others))
	for i, e := range others {
		shapes[i] = e.n
		l.place(e.n)
	}
	l.rankAll(shapes)
}

// entry is a feature with its place on the curve.
type entry struct {
	key uint64
	n   uint32
}

func (l *Layer) buildPoints(points []entry) {
	slices.SortFunc(points, func(a, b entry) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return bytes.Compare(l.ids.get(a.n), l.ids.get(b.n))
	})
	keys, refs := make([]uint64, len(points)), make([]uint32, len(points))
	for i, e := range points {
		keys[i], refs[i] = e.key, e.n
		l.feats[e.n].state |= shown
		l.bound = l.bound.union(l.box(e.n))
	}
	l.points.build(keys, refs)
}

// Put takes in features and returns where tiles may look different now. A feature whose version is not newer
// than what the layer has, or had until it was removed, changes nothing.
func (l *Layer) Put(now time.Time, fs ...spatial.Feature) (dirty []orb.Bound) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick(now)
	var c change
	for _, f := range fs {
		n := l.enter(f, &c)
		if n == 0 {
			continue
		}
		l.place(n)
		c.came(l, n)
	}
	l.rerank(&c)
	return c.dirty
}

// Remove takes a feature out and returns where tiles look different now. A version older than what the layer
// has changes nothing, and neither do later Puts that are not newer than it.
func (l *Layer) Remove(id string, version int64) (dirty []orb.Bound) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.ids.find([]byte(id))
	if n == 0 {
		if g, ok := l.graves[id]; !ok || g.version < version {
			l.graves[id] = grave{version, l.now}
		}
		return nil
	}
	if version < l.feats[n].version {
		return nil
	}
	l.graves[id] = grave{version, l.now}
	var c change
	l.clear(n, &c)
	l.feats[n] = feature{}
	l.ids.drop(n)
	l.rerank(&c)
	return c.dirty
}

// change collects what an edit does.
type change struct {
	dirty  []orb.Bound
	put    []uint32      // shapes that came in; one may stand there twice
	pts    []tiles.World // vertices of the shapes that went
	around []worldBox    // of shapes that went or came
}

// at notes that tiles look different in a box.
func (c *change) at(b worldBox) {
	if b.empty() {
		return
	}
	const recent = 8 // a feature that did not move went and came just now
	if d := b.degrees(); !slices.Contains(c.dirty[max(0, len(c.dirty)-recent):], d) {
		c.dirty = append(c.dirty, d)
	}
}

// went notes that a feature is about to go, or to be another one.
func (c *change) went(l *Layer, n uint32) {
	f := l.feats[n]
	if f.state&shown != 0 {
		c.at(l.box(n))
	}
	if f.state&isPoint == 0 && l.spec.Simplify == Shared {
		sh := l.shapes.all[f.a]
		c.pts = append(c.pts, l.shapes.pts[sh.at:sh.at+sh.n]...)
		c.around = append(c.around, sh.box)
	}
}

// came notes that a feature came.
func (c *change) came(l *Layer, n uint32) {
	f := l.feats[n]
	if f.state&shown != 0 {
		c.at(l.box(n))
	}
	if f.state&isPoint == 0 {
		c.put = append(c.put, n)
		c.around = append(c.around, l.box(n))
	}
}

// enter takes in a feature, not yet in the index. It returns its number, or 0 when it is old news.
func (l *Layer) enter(f spatial.Feature, c *change) uint32 {
	id := []byte(f.ID)
	n := l.ids.find(id)
	if n != 0 {
		if f.Version <= l.feats[n].version {
			return 0
		}
		l.clear(n, c)
	} else {
		if g, ok := l.graves[f.ID]; ok && f.Version <= g.version {
			return 0
		}
		delete(l.graves, f.ID)
		n = l.ids.use(id)
		if int(n) == len(l.feats) {
			l.feats = append(l.feats, feature{})
			l.rows = append(l.rows, make([]uint32, l.width())...)
			if l.spec.Labels {
				l.anchors = append(l.anchors, tiles.World{})
			}
		}
	}
	l.fill(n, f)
	return n
}

// fill sets a number that is clear.
func (l *Layer) fill(n uint32, f spatial.Feature) {
	num, exact := mvt.FeatureID(f.ID)
	e := feature{version: f.Version, num: num, state: used}
	if !exact {
		e.state |= hashed
	}
	if p, ok := f.Geometry.(orb.Point); ok {
		w := tiles.Project(p)
		e.a, e.b = w.X, w.Y
		e.state |= isPoint
	} else {
		e.a = l.shapes.add(f.Geometry)
		if l.spec.Labels {
			l.anchors[n] = anchor(f.Geometry)
		}
	}
	l.feats[n] = e
	row := l.row(n)
	for i, field := range l.spec.Fields {
		if v := appendValue(l.encoded[:0], field.Kind, f.Properties[field.Name]); len(v) > 0 {
			row[i] = l.values.use(v)
			l.encoded = v
		}
	}
	for i, name := range l.spec.Marks {
		if text, _ := f.Properties[name].(string); text != "" {
			row[len(l.spec.Fields)+i] = l.values.use([]byte(text))
		}
	}
	if f.Effective != (spatial.Validity{}) {
		l.spans[n] = f.Effective
		l.note(n)
	}
}

func (l *Layer) row(n uint32) []uint32 {
	k := l.width()
	return l.rows[int(n)*k : int(n)*k+k]
}

func (l *Layer) width() int { return len(l.spec.Fields) + len(l.spec.Marks) }

// clear takes a feature's content away and leaves its number and version.
func (l *Layer) clear(n uint32, c *change) {
	c.went(l, n)
	l.hide(n)
	f := &l.feats[n]
	if f.state&placed != 0 {
		l.boxes.Delete(l.box(n).bound(), n)
	}
	if f.state&isPoint == 0 {
		l.shapes.drop(f.a)
	}
	row := l.row(n)
	for i, v := range row {
		l.values.drop(v)
		row[i] = 0
	}
	delete(l.spans, n)
	f.state = used | isPoint
}

// holds tells whether a feature is effective now.
func (l *Layer) holds(n uint32) bool {
	v, ok := l.spans[n]
	return !ok || v.Holds(l.now)
}

// place puts a feature into the index. Shapes are there whether they hold or not: they share borders.
func (l *Layer) place(n uint32) {
	f := &l.feats[n]
	if f.state&isPoint == 0 && !l.box(n).empty() {
		f.state |= placed
		l.boxes.Insert(l.box(n).bound(), n)
	}
	if l.holds(n) {
		l.show(n)
	}
}

// show lets a feature appear on tiles.
func (l *Layer) show(n uint32) {
	f := &l.feats[n]
	f.state |= shown
	l.bound = l.bound.union(l.box(n))
	if f.state&isPoint == 0 {
		return
	}
	key, id := morton(f.a, f.b), l.ids.get(n)
	l.points.insert(key, n, func(k uint64, ref uint32) bool {
		return k < key || k == key && bytes.Compare(l.ids.get(ref), id) < 0
	})
}

// hide takes a feature from the tiles when it is there.
func (l *Layer) hide(n uint32) {
	f := &l.feats[n]
	if f.state&shown == 0 {
		return
	}
	f.state &^= shown
	l.loose = true
	if f.state&isPoint != 0 {
		l.points.remove(morton(f.a, f.b), n)
	}
}

// appendValue encodes a property for tiles; nothing is appended for what cannot be told there.
func appendValue(b []byte, kind FieldKind, value any) []byte {
	switch v := value.(type) {
	case string:
		return mvt.AppendString(b, v)
	case bool:
		return mvt.AppendBool(b, v)
	case int64:
		if kind == Number {
			return mvt.AppendDouble(b, float64(v))
		}
		return mvt.AppendInt(b, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return b
		}
		if kind == Integer && v == math.Trunc(v) && math.Abs(v) < 1<<63 {
			return mvt.AppendInt(b, int64(v))
		}
		return mvt.AppendDouble(b, v)
	}
	return b
}
