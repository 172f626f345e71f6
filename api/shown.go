package api

import (
	"github.com/wardmap/wardmap/layers"
)

// shown is a catalogue and the part of it that may be seen.
type shown struct {
	all, public *layers.Catalogue
	order       map[string]int // of the public layers, by id
}

// defs are the definitions that the view sees. All handlers work with these, so that what it does not see does not
// exist for them.
func (s *Server) defs() *layers.Catalogue { return s.seen().public }

func (s *Server) seen() *shown {
	all := s.Catalogue()
	if last := s.public.Load(); last != nil && last.all == all {
		return last
	}
	now := &shown{all: all, public: s.view.Catalogue(all), order: map[string]int{}}
	for i, l := range now.public.Layers() {
		now.order[l.ID] = i
	}
	s.public.Store(now)
	return now
}
