package scenes3d

import (
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// A Set is one layer in memory as bodies. All methods are safe for concurrent use; tiles are built in parallel.
type Set struct {
	spec Spec
	said []fieldText // what schemas say of the fields

	mu     sync.RWMutex // guards all below
	now    time.Time    // latest that was told
	texts  texts
	held   map[string]held
	timed  map[string]term   // the bodies that do not stand for ever
	why    map[string]string // features are left out
	tree   tree
	even   *tree // of the implicit tileset; nil until somebody asks for it, and kept from then on
	graves map[string]grave
	probe  mesh           // scratch
	reason map[string]int // how many features are left out, by why
	flats  map[string]int // how many bodies have a flat roof instead of the one asked for, by why
}

// held is what a set knows of every feature; of few it knows more.
type held struct {
	body    *body // nil when it is left out
	version int64
}

// A term is when a body stands, and whether it does now.
type term struct {
	when  spatial.Validity
	shown bool
}

// grave remembers a removed feature so that older news of it are not believed.
type grave struct {
	version int64
	at      time.Time
}

// graveTime is how long a removed feature is remembered: longer than any news may be late.
const graveTime = 15 * time.Minute

// New makes an empty set as of now.
func New(spec Spec, now time.Time) *Set {
	return &Set{
		spec: spec, said: textsOf(spec.Fields), now: now, held: map[string]held{}, timed: map[string]term{}, why: map[string]string{}, tree: newTree(bySize),
		graves: map[string]grave{}, reason: map[string]int{}, flats: map[string]int{},
	}
}

// Put takes features in, and returns the boxes in which tiles differ now. Older versions than known change nothing.
func (s *Set) Put(now time.Time, features ...spatial.Feature) []orb.Bound {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(now)
	var dirty []orb.Bound
	for i := range features {
		dirty = s.put(dirty, &features[i])
	}
	return dirty
}

func (s *Set) put(dirty []orb.Bound, f *spatial.Feature) []orb.Bound {
	old, known := s.held[f.ID]
	if known && old.version > f.Version || s.graves[f.ID].version > f.Version {
		return dirty
	}
	delete(s.graves, f.ID)
	dirty = s.forget(dirty, f.ID, old)
	b, err := newBody(&s.spec, f)
	if err == nil {
		err = s.probe.try(b)
	}
	if err != nil {
		why := err.Error()
		s.held[f.ID], s.why[f.ID] = held{version: f.Version}, why
		s.reason[why]++
		return dirty
	}
	if why := b.flattened(); why != "" {
		s.flats[why]++
	}
	b.row = s.texts.encode(s.spec.Fields, f)
	s.held[f.ID] = held{b, f.Version}
	if f.Effective != (spatial.Validity{}) {
		s.timed[f.ID] = term{f.Effective, f.Effective.Holds(s.now)}
	}
	if s.shown(f.ID) {
		s.show(b)
		dirty = append(dirty, b.box.bound())
	}
	return dirty
}

// shown tells whether a body stands now.
func (s *Set) shown(id string) bool {
	at, timed := s.timed[id]
	return at.shown || !timed
}

// forget takes what is known of a feature out of tree and counts.
func (s *Set) forget(dirty []orb.Bound, id string, h held) []orb.Bound {
	if h.body == nil {
		uncount(s.reason, s.why[id])
	} else {
		uncount(s.flats, h.body.flattened())
		if s.shown(id) {
			s.hide(h.body)
			dirty = append(dirty, h.body.box.bound())
		}
	}
	delete(s.held, id)
	delete(s.timed, id)
	delete(s.why, id)
	return dirty
}

func (s *Set) show(b *body) {
	s.tree.put(b)
	if s.even != nil {
		s.even.put(b)
	}
}

func (s *Set) hide(b *body) {
	s.tree.remove(b)
	if s.even != nil {
		s.even.remove(b)
	}
}

func uncount(counts map[string]int, why string) {
	if counts[why]--; counts[why] <= 0 {
		delete(counts, why)
	}
}

// Remove takes a feature out, unless a newer version of it is known.
func (s *Set) Remove(now time.Time, id string, version int64) []orb.Bound {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(now)
	old, known := s.held[id]
	if known && old.version > version {
		return nil
	}
	s.graves[id] = grave{version, s.now}
	return s.forget(nil, id, old)
}

func (s *Set) tell(now time.Time) {
	if now.After(s.now) {
		s.now = now
	}
}

// Advance shows and hides what begins and ends to hold by now, and returns the boxes in which tiles differ.
func (s *Set) Advance(now time.Time) []orb.Bound {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(now)
	for id, g := range s.graves {
		if s.now.Sub(g.at) > graveTime {
			delete(s.graves, id)
		}
	}
	var dirty []orb.Bound
	for id, at := range s.timed {
		b, shown := s.held[id].body, at.when.Holds(s.now)
		if shown == at.shown {
			continue
		}
		if shown {
			s.show(b)
		} else {
			s.hide(b)
		}
		s.timed[id] = term{at.when, shown}
		dirty = append(dirty, b.box.bound())
	}
	return dirty
}

// Seen is the part of a set that somebody sees, as of now: the bodies whose marks pass. It is a copy that hears of no changes.
func (s *Set) Seen(shows func(marks []string) bool) *Set {
	s.mu.RLock()
	defer s.mu.RUnlock()
	part := New(s.spec, s.now)
	part.texts = texts{all: s.texts.all[:len(s.texts.all):len(s.texts.all)]}
	for id, h := range s.held {
		if h.body != nil && s.shown(id) && shows(h.body.marks) {
			part.held[id] = h
			part.tree.put(h.body)
		}
	}
	return part
}

// An Account is how many features a set draws, why it leaves the others out, and what it draws more simply than asked.
type Account struct {
	Bodies    int
	LeftOut   map[string]int // features by reason
	FlatRoofs map[string]int // bodies with a flat roof instead of the one asked for, by reason
	Bound     orb.Bound      // around all bodies; empty when there is none
	Low       float64        // m
	High      float64
}

// Account counts.
func (s *Set) Account() Account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a := Account{LeftOut: maps.Clone(s.reason), FlatRoofs: maps.Clone(s.flats), Bound: orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}}}
	if root := s.tree.cells[tiles.ID{}]; root != nil {
		a.Bodies, a.Bound, a.Low, a.High = root.all.count, root.all.box.bound(), root.all.box.low, root.all.box.high
	}
	return a
}

// ErrNone says that there is no such tile.
var ErrNone = fmt.Errorf("no such tile of the scene")
