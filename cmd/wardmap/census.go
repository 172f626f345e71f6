package main

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/tally"
)

// A census is the features of a layer as far as they are counted: where, when and of which classes. It is safe for
// concurrent use. A layer that is not counted has none.
type census struct {
	def layers.Layer

	making sync.Mutex          // guards made, day and free; held while counts are made, before mu
	made   map[string]*release // by period
	day    string              // of the last that was made
	free   int                 // how many were made since room was made that are not fixed

	mu       sync.RWMutex // guards all below
	held     map[string]tallied
	graves   map[string]grave // of what was removed lately
	classes  []classes        // by property
	revision uint64           // of the last change
}

// A tallied feature is one that is counted.
type tallied struct {
	at       orb.Point
	version  int64
	time     int64           // seconds since 1970
	dated    bool            // time is known
	from, to spatial.Instant // when it holds
	classes  []int32         // index into the names of each property
}

type grave struct {
	version int64
	at      time.Time
}

// gravesFor is how long it is known what was removed: news of an older version comes within that time.
const gravesFor = 10 * time.Minute

// classes number the values of a property.
type classes struct {
	names  []string
	number map[string]int32
}

func (c *classes) of(name string) int32 {
	if n, known := c.number[name]; known {
		return n
	}
	n := int32(len(c.names))
	c.names = append(c.names, name)
	c.number[name] = n
	return n
}

func newCensus(l layers.Layer) *census {
	if l.Counts == nil {
		return nil
	}
	c := &census{def: l, held: map[string]tallied{}, graves: map[string]grave{}, made: map[string]*release{}}
	for range l.Counts.Of {
		c.classes = append(c.classes, classes{number: map[string]int32{}})
	}
	return c
}

// put takes features in. An older version than is known changes nothing.
func (c *census) put(fs ...spatial.Feature) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range fs {
		f := &fs[i]
		at, ok := f.Geometry.(orb.Point)
		old, known := c.held[f.ID]
		if !ok || known && old.version >= f.Version || c.graves[f.ID].version > f.Version {
			continue
		}
		one := tallied{at: at, version: f.Version, from: spatial.InstantOf(f.Effective.From), to: spatial.InstantOf(f.Effective.To)}
		if c.def.Counts.Time != "" {
			var t time.Time
			t, one.dated = c.def.CountedAt(f)
			one.time = t.Unix()
		}
		for j, property := range c.def.Counts.Of {
			one.classes = append(one.classes, c.classes[j].of(layers.ClassOf(f, property)))
		}
		c.held[f.ID] = one
		delete(c.graves, f.ID)
		c.revision++
	}
}

func (c *census) remove(now time.Time, id string, version int64) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[id].version > version {
		return
	}
	delete(c.held, id)
	c.graves[id] = grave{version, now}
	c.revision++
	if len(c.graves)%1024 == 0 {
		for id, g := range c.graves {
			if now.Sub(g.at) > gravesFor {
				delete(c.graves, id)
			}
		}
	}
}

// at lists what counts in a period or, of a layer without times, at a moment.
func (c *census) at(p tally.Period, now time.Time) (list []tallied, names [][]string, revision uint64) {
	from, to, moment := p.From.Unix(), p.To.Unix(), spatial.InstantOf(now)
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, one := range c.held {
		in := one.dated && one.time >= from && one.time < to
		if c.def.Counts.Time == "" {
			in = one.from <= moment && (one.to == 0 || moment < one.to)
		}
		if in {
			list = append(list, one)
		}
	}
	for i := range c.classes {
		names = append(names, slices.Clone(c.classes[i].names))
	}
	return list, names, c.revision
}

func (c *census) now() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.revision
}

// mostClasses bounds the classes of a property without a list of values.
const mostClasses = 200

// sorted says which classes of a property are told apart, and numbers them anew: those of its list or, where it has
// none, those that are frequent enough. All others are one class without a name, the last.
func sorted(p layers.Property, names []string, counts []int, k int) (told []string, number []int32) {
	for _, v := range p.Values {
		told = append(told, v.Value)
	}
	if p.Type == layers.BooleanType {
		told = []string{"true", "false"}
	}
	if len(told) == 0 {
		var often []int
		for i, n := range counts {
			if n >= k && names[i] != "" {
				often = append(often, i)
			}
		}
		slices.SortFunc(often, func(a, b int) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(names[a], names[b])) })
		for _, i := range often[:min(len(often), mostClasses)] {
			told = append(told, names[i])
		}
		slices.Sort(told)
	}
	number = make([]int32, len(names))
	for i, name := range names {
		at := slices.Index(told, name)
		if at < 0 {
			at = len(told)
		}
		number[i] = int32(at)
	}
	return append(told, ""), number
}
