package tiles

import (
	"container/list"
	"hash/maphash"
	"sync"
)

const shards = 16

// A Cache holds finished tiles and their fragments, the recently used ones, up to a size in bytes. It is
// shared by all sources that Compose makes. Nothing in it goes stale: the epoch is part of every key. Safe
// for concurrent use.
type Cache struct {
	seed  maphash.Seed
	parts [shards]shard
}

type shard struct {
	mu    sync.Mutex // guards all below
	room  int64
	used  int64
	known map[key]*list.Element
	order list.List // of *entry, most recently used in front
}

// key names a finished tile or, with the pseudo coding "fragment", a fragment.
type key struct {
	name  string // layers, comma separated
	class string
	as    Encoding
	id    ID
	epoch uint64
}

type entry struct {
	key   key
	value any
	size  int64
}

// NewCache makes a cache of about that many bytes; 0 caches nothing.
func NewCache(bytes int64) *Cache {
	c := &Cache{seed: maphash.MakeSeed()}
	for i := range c.parts {
		c.parts[i].room, c.parts[i].known = bytes/shards, map[key]*list.Element{}
	}
	return c
}

func (c *Cache) shard(k key) *shard { return &c.parts[maphash.Comparable(c.seed, k)%shards] }

func (c *Cache) get(k key) (any, bool) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.known[k]
	if !ok {
		return nil, false
	}
	s.order.MoveToFront(e)
	return e.Value.(*entry).value, true
}

func (c *Cache) put(k key, value any, size int) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.known[k]; known || int64(size) > s.room {
		return
	}
	s.known[k] = s.order.PushFront(&entry{k, value, int64(size)})
	s.used += int64(size)
	for s.used > s.room {
		last := s.order.Back()
		old := s.order.Remove(last).(*entry)
		delete(s.known, old.key)
		s.used -= old.size
	}
}

// Bytes is how much the cache holds, and Count how many things.
func (c *Cache) Bytes() (bytes int64) {
	for i := range c.parts {
		s := &c.parts[i]
		s.mu.Lock()
		bytes += s.used
		s.mu.Unlock()
	}
	return bytes
}
