package tiles

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// MediaType of the tiles that Compose makes.
const MediaType = "application/vnd.mapbox-vector-tile"

// smallTile is the size in bytes below which a tile is not compressed: it fits a packet either way.
const smallTile = 860

// A Part is one layer of a composed source.
type Part struct {
	Name   string
	Cutter Cutter
}

// Compose makes a source of one or several layers. Each layer's fragment is cut and compressed once per epoch
// and shared by all sources of the cache; requests for what is being cut already wait for it. A layer that
// fails fails the tile: half a tile is none.
func Compose(c *Cache, parts ...Part) Source {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.Name
	}
	return &composed{cache: c, parts: parts, name: strings.Join(names, ","), mediaType: MediaType}
}

// Whole makes a source of one part whose tiles are of another type. Its name tells it apart from all others of the cache.
func Whole(c *Cache, part Part, mediaType string) Source {
	return &composed{cache: c, parts: []Part{part}, name: part.Name, mediaType: mediaType}
}

// seen is a visibility class as the parts reduce it, and as they do together.
type seen struct {
	all  string
	each []string
}

// mostClasses bounds how many classes a source remembers; there are few, unless somebody makes them up.
const mostClasses = 1024

// reduce finds what a class sees of the parts.
func (s *composed) reduce(class string) *seen {
	known := s.classes.Load()
	if known != nil {
		if found := (*known)[class]; found != nil {
			return found
		}
	}
	made := &seen{each: make([]string, len(s.parts))}
	for i, p := range s.parts {
		made.each[i] = p.Cutter.Class(class)
	}
	made.all = strings.Join(made.each, ",")
	next := map[string]*seen{class: made}
	if known != nil && len(*known) < mostClasses {
		maps.Copy(next, *known)
	}
	s.classes.Store(&next)
	return made
}

type composed struct {
	cache     *Cache
	parts     []Part
	name      string
	mediaType string
	classes   atomic.Pointer[map[string]*seen] // a class seen once; never changed, only replaced
	fragment  flights[*fragment]
	finished  flights[Tile]
}

const asFragment Encoding = "fragment"

func (s *composed) Tile(ctx context.Context, r Request) (Tile, error) {
	var epoch uint64 // sum of the parts' epochs: each only grows, so the sum names a state
	for _, p := range s.parts {
		epoch += p.Cutter.Epoch(r.ID)
	}
	class := s.reduce(r.Class)
	k := key{s.name, class.all, r.Encoding, r.ID, epoch}
	if hit, ok := s.cache.get(k); ok {
		return hit.(Tile), nil
	}
	return s.finished.do(ctx, k, func() (Tile, error) {
		t, err := s.finish(ctx, r, class)
		if err == nil {
			s.cache.put(k, t, len(t.Data)+200)
		}
		return t, err
	})
}

// finish collects the fragments and joins them in the coding that was asked for, where it pays.
func (s *composed) finish(ctx context.Context, r Request, class *seen) (Tile, error) {
	var frags []*fragment
	hash, length := xxhash.New(), 0
	for i, p := range s.parts {
		f, err := s.cut(ctx, p, r.ID, class.each[i])
		if err != nil {
			return Tile{}, fmt.Errorf("tile %v of layer %s: %w", r.ID, p.Name, err)
		}
		if len(f.raw) > 0 {
			frags = append(frags, f)
			length += len(f.raw)
			_, _ = hash.Write(f.raw) // never fails
		}
	}
	coding := r.Encoding
	if length < smallTile {
		coding = Identity
	}
	data, err := stitch(frags, coding)
	if err != nil {
		return Tile{}, fmt.Errorf("tile %v: %w", r.ID, err)
	}
	return Tile{Data: data, Type: s.mediaType, Encoding: coding, ETag: etag(hash.Sum64(), coding)}, nil
}

func etag(sum uint64, e Encoding) string {
	if e == Identity {
		return fmt.Sprintf(`"%016x"`, sum)
	}
	return fmt.Sprintf(`"%016x-%s"`, sum, e)
}

func (s *composed) cut(ctx context.Context, p Part, id ID, class string) (*fragment, error) {
	k := key{p.Name, class, asFragment, id, p.Cutter.Epoch(id)}
	if hit, ok := s.cache.get(k); ok {
		return hit.(*fragment), nil
	}
	return s.fragment.do(ctx, k, func() (*fragment, error) {
		raw, err := p.Cutter.Cut(ctx, nil, id, class)
		if err != nil {
			return nil, err
		}
		f := newFragment(raw)
		s.cache.put(k, f, f.size())
		return f, nil
	})
}

// flights lets those who want the same thing at the same time wait for one of them to make it.
type flights[T any] struct {
	mu     sync.Mutex // guards flying
	flying map[key]*flight[T]
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// do makes the thing or waits for who makes it. When the maker's own request ended meanwhile, somebody who
// waits makes it in his place.
func (f *flights[T]) do(ctx context.Context, k key, work func() (T, error)) (T, error) {
	for {
		f.mu.Lock()
		one, flying := f.flying[k]
		if !flying {
			one = &flight[T]{done: make(chan struct{})}
			if f.flying == nil {
				f.flying = map[key]*flight[T]{}
			}
			f.flying[k] = one
			f.mu.Unlock()
			return f.fly(k, one, work)
		}
		f.mu.Unlock()
		select {
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		case <-one.done:
		}
		if one.err == nil || !ended(one.err) {
			return one.value, one.err
		}
	}
}

func (f *flights[T]) fly(k key, one *flight[T], work func() (T, error)) (T, error) {
	one.err = errAbandoned // stands when work panics
	defer func() {
		f.mu.Lock()
		delete(f.flying, k)
		f.mu.Unlock()
		close(one.done)
	}()
	one.value, one.err = work()
	return one.value, one.err
}

var errAbandoned = fmt.Errorf("who made the tile broke off: %w", context.Canceled)

// ended tells whether an error is that of a request that ended, and so not of the tile itself.
func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
