package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/api/feed"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/tiles"
)

// mostViews bounds the servers that are kept; there is one for each level and organisation that somebody has.
const mostViews = 4096

// views are the servers of all views.
type views struct {
	mu  sync.RWMutex // guards all
	all map[layers.View]*Server
}

// as is the server as somebody sees it.
func (s *Server) as(v layers.View) *Server {
	if v == s.view {
		return s
	}
	s.views.mu.RLock()
	one := s.views.all[v]
	s.views.mu.RUnlock()
	if one != nil {
		return one
	}
	s.views.mu.Lock()
	defer s.views.mu.Unlock()
	if one = s.views.all[v]; one == nil {
		if one = newView(s.Config, s.common, v); s.views.all == nil || len(s.views.all) >= mostViews {
			s.views.all = map[layers.View]*Server{}
		}
		s.views.all[v] = one
	}
	return one
}

// newView makes the server of a view.
func newView(c Config, all *common, v layers.View) *Server {
	s := &Server{Config: c, common: all, view: v, class: v.Class()}
	s.routes = s.table()
	for i := range s.routes {
		s.routes[i].handlers = s.routes[i].byMethod()
	}
	return s
}

// sees tells whether the view sees all features of a layer, and whether it sees them as they are. l has all its
// properties.
func (s *Server) sees(l *layers.Layer) (every, whole bool) {
	every = s.view.Layer(l) && (l.Labelled == "" || s.view.Level == layers.Restricted) && (l.Jurisdiction == "" || s.view.Org == "")
	whole = every
	for i := range l.Properties {
		whole = whole && s.view.Property(l, &l.Properties[i])
	}
	return every, whole
}

// read is where the features of a layer are read that the view sees.
func (s *Server) read(l layers.Layer) layers.Reader {
	all, known := s.Catalogue().Layer(l.ID)
	if !known {
		return s.Reader(l)
	}
	every, whole := s.sees(&all)
	if whole {
		return s.Reader(l)
	}
	return viewed{s.Reader(l), s.view, all, every}
}

// A viewed reader shows of one layer what a view sees.
type viewed struct {
	all   layers.Reader
	view  layers.View
	layer layers.Layer // with all its properties
	every bool         // the view sees all features, only not all of each
}

func (v viewed) Feature(ctx context.Context, layer, id string) (spatial.Feature, error) {
	f, err := v.all.Feature(ctx, layer, id)
	if err == nil && !v.view.Feature(&v.layer, &f) {
		return spatial.Feature{}, fmt.Errorf("feature %s/%s: %w", layer, id, layers.ErrNotFound) // as if it were not there
	}
	return v.view.Show(&v.layer, f), err
}

func (v viewed) Features(ctx context.Context, layer string, q layers.Query) (page layers.Page, err error) {
	if !v.every {
		return v.some(ctx, layer, q)
	}
	page, err = v.all.Features(ctx, layer, q)
	for i := range page.Features {
		page.Features[i] = v.view.Show(&v.layer, page.Features[i])
	}
	return page, err
}

// some reads all that match, to count those that are seen.
func (v viewed) some(ctx context.Context, layer string, q layers.Query) (page layers.Page, err error) {
	limit := q.Limit
	if limit == 0 {
		limit = 1000
	}
	after, skip := q.After, q.Offset
	q.After, q.Offset, q.Limit = "", 0, 1000
	for {
		some, err := v.all.Features(ctx, layer, q)
		if err != nil {
			return page, err
		}
		for i := range some.Features {
			f := &some.Features[i]
			if !v.view.Feature(&v.layer, f) {
				continue
			}
			page.Matched++
			switch {
			case f.ID <= after:
			case skip > 0:
				skip--
			case len(page.Features) < limit:
				page.Features = append(page.Features, v.view.Show(&v.layer, *f))
			default:
				page.Next = page.Features[limit-1].ID
			}
		}
		if some.Next == "" {
			return page, nil
		}
		q.After = some.Next
	}
}

func (v viewed) Scan(ctx context.Context, layer string, visit func(spatial.Feature) error) error {
	return v.all.Scan(ctx, layer, func(f spatial.Feature) error {
		if !v.view.Feature(&v.layer, &f) {
			return nil
		}
		return visit(v.view.Show(&v.layer, f))
	})
}

func (v viewed) Stat(ctx context.Context, layer string) (layers.Stat, error) {
	if v.every {
		return v.all.Stat(ctx, layer)
	}
	st := layers.Stat{Bound: layers.Nowhere}
	err := v.Scan(ctx, layer, func(f spatial.Feature) error {
		if st.Count++; st.Bound.IsEmpty() {
			st.Bound = f.Geometry.Bound()
		} else {
			st.Bound = st.Bound.Union(f.Geometry.Bound())
		}
		return nil
	})
	return st, err
}

// bound holds edits within the view: what it does not see it cannot change, and keeps.
func (s *Server) bound(ctx context.Context, edits []layers.Edit) ([]layers.Edit, error) {
	out := edits
	for i, e := range edits {
		l, known := s.Catalogue().Layer(e.Layer)
		if !known {
			continue
		}
		if _, whole := s.sees(&l); whole {
			continue
		}
		e, err := s.boundEdit(ctx, &l, e)
		if err != nil {
			return nil, &layers.EditError{Index: i, Layer: e.Layer, ID: e.Feature.ID, Op: e.Op, Err: err}
		}
		if &out[0] == &edits[0] {
			out = slices.Clone(edits)
		}
		out[i] = e
	}
	return out, nil
}

// boundEdit holds one edit within the view, and fast to the version that was looked at.
func (s *Server) boundEdit(ctx context.Context, l *layers.Layer, e layers.Edit) (layers.Edit, error) {
	old, err := s.Reader(*l).Feature(ctx, l.ID, e.Feature.ID)
	switch {
	case errors.Is(err, layers.ErrNotFound) && e.Op == layers.Put:
		e.Op = layers.Create // or it could replace what somebody else makes meanwhile
	case errors.Is(err, layers.ErrNotFound):
	case err != nil:
		return e, err
	case e.Op == layers.Create:
		return e, layers.ErrExists
	case !s.view.Feature(l, &old):
		return e, layers.ErrNotFound
	default:
		if e.If == 0 {
			e.If = old.Version
		}
		e.Feature.Properties = s.keepHidden(l, e.Feature.Properties, old.Properties)
	}
	if e.Op != layers.Delete && !s.view.Feature(l, &e.Feature) {
		return e, fmt.Errorf("%w: you would not see it yourself; %s", layers.ErrInvalid, s.reach(l))
	}
	return e, nil
}

// keepHidden carries over the properties that the view does not see.
func (s *Server) keepHidden(l *layers.Layer, now, before map[string]any) map[string]any {
	kept := maps.Clone(now)
	for i := range l.Properties {
		p := &l.Properties[i]
		value, there := before[p.Name]
		if !there || s.view.Property(l, p) {
			continue
		}
		if kept == nil {
			kept = map[string]any{}
		}
		kept[p.Name] = value
	}
	return kept
}

// reach says what a feature must say to be within the view.
func (s *Server) reach(l *layers.Layer) string {
	if l.Jurisdiction != "" && s.view.Org != "" {
		return fmt.Sprintf("its property %s must be %s or a code below it", l.Jurisdiction, s.view.Org)
	}
	return fmt.Sprintf("its property %s must be at most as sensitive as what you may see", l.Labelled)
}

// tile asks for a tile as the view sees it.
func (s *Server) tile(ctx context.Context, set []string, id tiles.ID, how tiles.Encoding) (tiles.Tile, error) {
	source, err := s.Tiles(set)
	if err != nil {
		return tiles.Tile{}, err
	}
	return source.Tile(ctx, tiles.Request{ID: id, Encoding: how, Class: s.class})
}

// scope is what the view is told of changes.
func (s *Server) scope(layer string) feed.Sight {
	l, known := s.Catalogue().Layer(layer)
	if !known {
		return feed.Exact // it is gone, for everybody
	}
	if !s.view.Layer(&l) {
		return feed.Hidden
	}
	if every, _ := s.sees(&l); every {
		return feed.Exact
	}
	return feed.Vague
}

// hides tells whether a fence does not exist for the view.
func (s *Server) hides(f *fence.Fence) bool {
	id, _ := layers.SplitFence(f.ID)
	l, known := s.Catalogue().Layer(id)
	return known && !s.view.Marked(&l, f.Label, f.Org)
}

// hidesFence is hides by ID. A fence that is no more is hidden from those who do not see all of its layer.
func (s *Server) hidesFence(l *Live, id string) bool {
	if id == "" {
		return false
	}
	if f, known := l.Picture.Fence(id); known {
		return s.hides(f)
	}
	layer, _ := layers.SplitFence(id)
	def, known := s.Catalogue().Layer(layer)
	every, _ := s.sees(&def)
	return known && !every
}

// unit is a unit that the view sees.
func (s *Server) unit(l *Live, id string) (live.Sight, bool) {
	v, known := l.Picture.Unit(id)
	return v, known && s.seesUnit(&v.Unit)
}

func (s *Server) seesUnit(u *live.Unit) bool {
	return s.view.Org == "" || u.Org != "" && spatial.Under(u.Org, s.view.Org)
}

// hidesEvent tells whether an event is of a unit or a fence that the view does not see.
func (s *Server) hidesEvent(l *Live, e *live.Event) bool {
	if s.hidesFence(l, e.Fence) {
		return true
	}
	if s.view.Org == "" || e.Unit == "" {
		return false
	}
	_, seen := s.unit(l, e.Unit)
	return !seen
}

// handle finds the handler of a route in the server of who asks.
func (s *Server) handle(i int, method string) echo.HandlerFunc {
	return func(c echo.Context) error {
		one, done, err := s.admit(c, i, method)
		if err != nil {
			return err
		}
		if s.routes[i].long {
			defer whileThere(c)()
		}
		err = one.routes[i].handlers[method](c)
		done(err)
		return err
	}
}

// whileThere ends a request when who asks may it no more: signed out, disabled, or over.
func whileThere(c echo.Context) (end func()) {
	who := asker(c)
	if who.Gone == nil {
		return func() {}
	}
	ctx, end := context.WithCancel(c.Request().Context())
	c.SetRequest(c.Request().WithContext(ctx))
	go func() {
		select {
		case <-who.Gone:
			end()
		case <-ctx.Done():
		}
	}()
	return end
}
