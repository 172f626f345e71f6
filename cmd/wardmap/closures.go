package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial/road"
)

// A closure is what a road admits for a time, and how fast it is driven otherwise.
type closure struct {
	api.Closure
	usual road.Speeds
}

// A keeper keeps closures over a restart.
type keeper interface {
	Get(ctx context.Context, name string) (value []byte, ok bool, err error)
	Put(ctx context.Context, name string, value []byte) error
	Delete(ctx context.Context, name string) error
	List(ctx context.Context, prefix string) ([]string, error)
}

const closures = "closures/" // before the road, in the names that the keeper knows

// recall reads the closures of before. It is called once, before there is a graph.
func (n *network) recall(ctx context.Context) error {
	names, err := n.keep.List(ctx, closures)
	if err != nil {
		return fmt.Errorf("read the closures of roads: %w", err)
	}
	for _, name := range names {
		data, ok, err := n.keep.Get(ctx, name)
		if err != nil || !ok {
			return fmt.Errorf("read the closure %s: %w", name, err)
		}
		var c closure
		if err := json.Unmarshal(data, &c.Closure); err != nil {
			return fmt.Errorf("read the closure %s: %w", name, err)
		}
		n.closed[strings.TrimPrefix(name, closures)] = c
	}
	return nil
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

// Close closes a road, or slows it down. When it returns routes go by it, and will after a restart.
func (n *network) Close(ctx context.Context, segment string, c api.Closure) error {
	n.closing.Lock()
	defer n.closing.Unlock()
	if _, _, err := n.Closure(ctx, segment); err != nil {
		return err
	}
	if c.Speed < 0 {
		return fmt.Errorf("speed %v: %w: give metres per second, or leave it out", c.Speed, layers.ErrInvalid)
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := n.keep.Put(ctx, closures+segment, data); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	usual, err := n.speeds(segment)
	if err != nil {
		return err
	}
	if before, closed := n.closed[segment]; closed {
		usual = before.usual
	}
	n.closed[segment] = closure{c, usual}
	return restrict(n.Graph(), segment, n.closed[segment])
}

// Open takes a closure back.
func (n *network) Open(ctx context.Context, segment string) error {
	n.closing.Lock()
	defer n.closing.Unlock()
	if _, closed, err := n.Closure(ctx, segment); err != nil || !closed {
		return err
	}
	if err := n.keep.Delete(ctx, closures+segment); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	c := n.closed[segment]
	delete(n.closed, segment)
	if _, err := n.speeds(segment); err != nil {
		return nil // the road itself is no more
	}
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

// renew brings the closures to a new graph. One of a road that is not there waits for it: whoever imports the roads
// anew has opened none.
func (n *network) renew(g *road.Graph) error {
	var wrong []error
	for id, c := range n.closed {
		usual, ok := g.Speeds(id)
		if !ok {
			continue
		}
		n.closed[id] = closure{c.Closure, usual}
		wrong = append(wrong, restrict(g, id, n.closed[id]))
	}
	return errors.Join(wrong...)
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
