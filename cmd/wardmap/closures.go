package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial/road"
)

// A closure is what a road admits for a time, and how fast it is driven otherwise.
type closure struct {
	api.Closure
	usual road.Speeds
}

// Closure tells what is closed on a road.
func (n *network) Closure(_ context.Context, segment string) (api.Closure, bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, err := n.speeds(segment); err != nil {
		return api.Closure{}, false, err
	}
	c, closed := n.closed[segment]
	return c.Closure, closed, nil
}

// Close closes a road, or slows it down. Routes go by it when it returns.
func (n *network) Close(_ context.Context, segment string, c api.Closure) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	usual, err := n.speeds(segment)
	if err != nil {
		return err
	}
	if before, closed := n.closed[segment]; closed {
		usual = before.usual
	}
	if c.Speed < 0 {
		return fmt.Errorf("speed %v: %w: give metres per second, or leave it out", c.Speed, layers.ErrInvalid)
	}
	n.closed[segment] = closure{c, usual}
	return restrict(n.Graph(), segment, n.closed[segment])
}

// Open takes a closure back.
func (n *network) Open(_ context.Context, segment string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, err := n.speeds(segment); err != nil {
		return err
	}
	c, closed := n.closed[segment]
	if !closed {
		return nil
	}
	delete(n.closed, segment)
	return restrict(n.Graph(), segment, closure{usual: c.usual})
}

func (n *network) speeds(segment string) (road.Speeds, error) {
	g := n.Graph()
	if g == nil {
		return road.Speeds{}, fmt.Errorf("there is no road network: %w", layers.ErrNotFound)
	}
	s, ok := g.Speeds(segment)
	if !ok {
		return s, fmt.Errorf("road %s: %w", segment, layers.ErrNotFound)
	}
	return s, nil
}

// renew brings the closures to a new graph. Those of roads that are no more are forgotten.
func (n *network) renew(g *road.Graph) {
	for id, c := range n.closed {
		usual, ok := g.Speeds(id)
		if !ok {
			delete(n.closed, id)
			continue
		}
		n.closed[id] = closure{c.Closure, usual}
		if err := restrict(g, id, n.closed[id]); err != nil {
			delete(n.closed, id)
		}
	}
}

// restrict makes a road of a graph what the closure says.
func restrict(g *road.Graph, id string, c closure) error {
	forward, backward := c.usual.Forward, c.usual.Backward
	if c.Speed > 0 {
		forward, backward = min(forward, c.Speed), min(backward, c.Speed)
	}
	var shut road.Direction
	if c.Forward {
		shut |= road.Forward
	}
	if c.Backward {
		shut |= road.Backward
	}
	return errors.Join(g.SetSpeed(id, forward, backward), g.Reopen(id, road.Both), g.Close(id, shut))
}
