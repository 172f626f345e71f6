package api

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
)

// countsFor is how long a count may be old that no news has overtaken. There are changes without news: those
// that others make to features which are not effective now.
const countsFor = 2 * time.Second

// counts remembers how many features layers have and where, because stores have to look at all of them.
type counts struct {
	mu    sync.Mutex // guards all below
	known map[string]count
}

type count struct {
	stat  layers.Stat
	state state
	at    time.Time
}

// A state is a layer's as far as this process knows.
type state struct{ own, news uint64 }

func (s *Server) state(layer string) state {
	return state{s.edits.Load(), s.Feed.Revision(layer)}
}

// stat counts a layer. A layer that the store does not know yet is empty.
func (s *Server) stat(ctx context.Context, l layers.Layer) (layers.Stat, error) {
	now := s.state(l.ID) // before reading: what changes meanwhile is not taken for known
	s.counts.mu.Lock()
	last, known := s.counts.known[l.ID]
	s.counts.mu.Unlock()
	if known && last.state == now && time.Since(last.at) < countsFor {
		return last.stat, nil
	}
	began := time.Now()
	stat, err := s.read(l).Stat(ctx, l.ID)
	if errors.Is(err, layers.ErrNotFound) {
		return layers.Stat{Bound: layers.Nowhere}, nil
	}
	if err != nil {
		return stat, err
	}
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	if s.counts.known == nil {
		s.counts.known = map[string]count{}
	}
	s.counts.known[l.ID] = count{stat, now, began}
	return stat, nil
}

// apply has the editor make edits, after which no count of before is believed.
func (s *Server) apply(c echo.Context, edits []layers.Edit) ([]layers.Change, error) {
	ctx := c.Request().Context()
	if err := s.mayApply(c, edits); err != nil {
		return nil, err
	}
	edits, err := s.bound(ctx, edits)
	if err != nil {
		return nil, err
	}
	if edits, err = s.warn(c, edits); err != nil {
		return nil, err
	}
	changes, err := s.Editor.Apply(ctx, edits)
	s.edits.Add(1)
	return changes, err
}
