package main

import (
	"sync"

	"github.com/paulmach/orb"
)

// An errand sends a mover somewhere; when it has arrived it waits there until it is let go, and then goes on as before.
type errand struct {
	to      orb.Point
	mu      sync.Mutex // guards all below
	arrived bool
	over    bool
}

func (e *errand) arrive() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.arrived = true
}

func (e *errand) release() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
}

func (e *errand) now() (arrived, over bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.arrived, e.over
}

// send gives a mover an errand, unless it has one.
func (m *mover) send(to orb.Point) (*errand, bool) {
	e := &errand{to: to}
	return e, m.errand.CompareAndSwap(nil, e)
}

// follow sees to the mover's errand: the way there, the waiting, and the way that it was on before.
func (m *mover) follow(ways func(from, to orb.Point) orb.LineString) {
	e := m.errand.Load()
	if e == nil {
		return
	}
	arrived, over := e.now()
	switch {
	case over:
		m.errand.Store(nil)
		m.begun = false
		m.rest, m.line = 0, nil
		if len(m.later) > 0 {
			m.line = append(ways(m.at, m.later[0]), m.later...)
		}
	case !m.begun:
		m.begun, m.later = true, m.line
		m.rest, m.line = 0, append(ways(m.at, e.to), e.to)
	case len(m.line) == 0:
		m.rest = 1e9 // it stays
		if !arrived {
			e.arrive()
		}
	}
}
