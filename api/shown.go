package api

import (
	"slices"

	"github.com/wardmap/wardmap/layers"
)

// shown is a catalogue and the part of it that may be seen.
type shown struct {
	all, public *layers.Catalogue
	order       map[string]int // of the public layers, by id
}

// defs are the definitions that may be seen: none of the restricted layers and properties, because nobody is
// signed in. All handlers work with these, so that what is restricted does not exist for them.
func (s *Server) defs() *layers.Catalogue { return s.seen().public }

func (s *Server) seen() *shown {
	all := s.Catalogue()
	if last := s.public.Load(); last != nil && last.all == all {
		return last
	}
	now := &shown{all: all, public: publish(all), order: map[string]int{}}
	for i, l := range now.public.Layers() {
		now.order[l.ID] = i
	}
	s.public.Store(now)
	return now
}

func publish(all *layers.Catalogue) *layers.Catalogue {
	var groups []layers.Group
	for _, g := range all.Groups() {
		open := g
		open.Layers = nil
		for _, l := range g.Layers {
			if l.Sensitivity == layers.Restricted {
				continue
			}
			l.Properties = slices.DeleteFunc(append([]layers.Property{}, l.Properties...), func(p layers.Property) bool {
				return p.Sensitivity == layers.Restricted
			})
			open.Layers = append(open.Layers, l)
		}
		if len(open.Layers) > 0 {
			groups = append(groups, open)
		}
	}
	public, problems := layers.NewCatalogue(groups...)
	if problems != nil {
		return new(layers.Catalogue) // cannot be: it is a part of a catalogue without problems
	}
	return public
}
