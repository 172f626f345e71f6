package atlas

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// texts keeps byte strings once each and counts who uses them. A string is known by its handle, a small
// number that stays the same as long as it is used; 0 is never one. The bytes lie in one piece of memory
// without pointers, which the garbage collector does not have to walk.
type texts struct {
	arena []byte
	slots []text   // by handle
	table []uint32 // handles by hash, open addressing; 0 is free
	free  []uint32 // handles to use again
	waste int      // bytes in the arena that nobody uses
}

type text struct{ at, size, hash, uses uint32 }

func (t *texts) init() {
	t.slots = make([]text, 1)
	t.table = make([]uint32, 16)
}

func (t *texts) count() int { return len(t.slots) - 1 - len(t.free) }

func (t *texts) bytes() int {
	return cap(t.arena) + 16*cap(t.slots) + 4*cap(t.table) + 4*cap(t.free)
}

// get is the bytes of a handle; they are not to be changed or kept.
func (t *texts) get(h uint32) []byte {
	s := &t.slots[h]
	return t.arena[s.at : s.at+s.size : s.at+s.size]
}

// find is the handle of a string, 0 when it is not there.
func (t *texts) find(b []byte) uint32 {
	h, _ := t.look(b, uint32(xxhash.Sum64(b)))
	return h
}

// look returns the handle and its place in the table, or 0 and the place where it would go.
func (t *texts) look(b []byte, hash uint32) (uint32, int) {
	mask := len(t.table) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		h := t.table[i]
		if h == 0 || t.slots[h].hash == hash && bytes.Equal(t.get(h), b) {
			return h, i
		}
	}
}

// use finds or makes a handle and counts one more user.
func (t *texts) use(b []byte) uint32 {
	hash := uint32(xxhash.Sum64(b))
	h, at := t.look(b, hash)
	if h == 0 {
		if n := len(t.free); n > 0 {
			h, t.free = t.free[n-1], t.free[:n-1]
		} else {
			h = uint32(len(t.slots))
			t.slots = append(t.slots, text{})
		}
		t.slots[h] = text{uint32(len(t.arena)), uint32(len(b)), hash, 0}
		t.arena = append(t.arena, b...)
		t.table[at] = h
		if t.count()*3 > len(t.table)*2 {
			t.grow()
		}
	}
	t.slots[h].uses++
	return h
}

func (t *texts) grow() {
	t.table = make([]uint32, 2*len(t.table))
	mask := len(t.table) - 1
	for h := 1; h < len(t.slots); h++ {
		if t.slots[h] == (text{}) {
			continue
		}
		i := int(t.slots[h].hash) & mask
		for t.table[i] != 0 {
			i = (i + 1) & mask
		}
		t.table[i] = uint32(h)
	}
}

// drop counts one user less and forgets the string with the last. Handle 0 is nothing.
func (t *texts) drop(h uint32) {
	if h == 0 {
		return
	}
	s := &t.slots[h]
	if s.uses--; s.uses > 0 {
		return
	}
	_, at := t.look(t.get(h), s.hash)
	t.unlink(at)
	t.waste += int(s.size)
	*s = text{}
	t.free = append(t.free, h)
	if t.waste > 1<<16 && t.waste > len(t.arena)/2 {
		t.compact()
	}
}

// unlink frees a place of the table and moves up the handles that were pushed on by it.
func (t *texts) unlink(at int) {
	mask := len(t.table) - 1
	t.table[at] = 0
	for i := (at + 1) & mask; t.table[i] != 0; i = (i + 1) & mask {
		home := int(t.slots[t.table[i]].hash) & mask
		if (i-home)&mask >= (i-at)&mask {
			t.table[at], t.table[i] = t.table[i], 0
			at = i
		}
	}
}

func (t *texts) compact() {
	arena := make([]byte, 0, len(t.arena)-t.waste)
	for h := range t.slots {
		s := &t.slots[h]
		if s.uses > 0 {
			at := len(arena)
			arena = append(arena, t.arena[s.at:s.at+s.size]...)
			s.at = uint32(at)
		}
	}
	t.arena, t.waste = arena, 0
}
