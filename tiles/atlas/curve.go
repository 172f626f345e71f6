package atlas

import (
	"slices"
	"sort"
)

// curve keeps points along a Z-order curve: a tile is one stretch of it, and its buffer a few small ones, so
// that what a tile shows is copied and not searched. Points at one place stand in the order of their ids.
type curve struct {
	blocks []*block // none is empty
	n      int
}

type block struct {
	keys []uint64
	refs []uint32
}

const blockSize = 512

// morton interleaves the bits of a place, y above x.
func morton(x, y uint32) uint64 { return spread(x) | spread(y)<<1 }

func spread(v uint32) uint64 {
	u := uint64(v)
	u = (u | u<<16) & 0x0000ffff0000ffff
	u = (u | u<<8) & 0x00ff00ff00ff00ff
	u = (u | u<<4) & 0x0f0f0f0f0f0f0f0f
	u = (u | u<<2) & 0x3333333333333333
	return (u | u<<1) & 0x5555555555555555
}

func (c *curve) bytes() int {
	n := 0
	for _, b := range c.blocks {
		n += 12*cap(b.keys) + 56
	}
	return n
}

// find is the first place whose entry is not before: the block and the index in it. Behind the last entry it
// is len(blocks), 0.
func (c *curve) find(before func(key uint64, ref uint32) bool) (int, int) {
	i := sort.Search(len(c.blocks), func(i int) bool {
		b := c.blocks[i]
		return !before(b.keys[len(b.keys)-1], b.refs[len(b.refs)-1])
	})
	if i == len(c.blocks) {
		return i, 0
	}
	b := c.blocks[i]
	return i, sort.Search(len(b.keys), func(j int) bool { return !before(b.keys[j], b.refs[j]) })
}

// insert adds an entry; before orders it among the others.
func (c *curve) insert(key uint64, ref uint32, before func(uint64, uint32) bool) {
	c.n++
	if len(c.blocks) == 0 {
		c.blocks = append(c.blocks, &block{[]uint64{key}, []uint32{ref}})
		return
	}
	i, j := c.find(before)
	if i == len(c.blocks) {
		i--
		j = len(c.blocks[i].keys)
	}
	b := c.blocks[i]
	b.keys = slices.Insert(b.keys, j, key)
	b.refs = slices.Insert(b.refs, j, ref)
	if len(b.keys) > blockSize {
		half := len(b.keys) / 2
		next := &block{slices.Clone(b.keys[half:]), slices.Clone(b.refs[half:])}
		b.keys, b.refs = b.keys[:half], b.refs[:half]
		c.blocks = slices.Insert(c.blocks, i+1, next)
	}
}

// remove takes an entry out.
func (c *curve) remove(key uint64, ref uint32) {
	i, j := c.find(func(k uint64, _ uint32) bool { return k < key })
	for ; i < len(c.blocks); i, j = i+1, 0 {
		b := c.blocks[i]
		for ; j < len(b.keys) && b.keys[j] == key; j++ {
			if b.refs[j] != ref {
				continue
			}
			c.n--
			b.keys = slices.Delete(b.keys, j, j+1)
			b.refs = slices.Delete(b.refs, j, j+1)
			if len(b.keys) == 0 {
				c.blocks = slices.Delete(c.blocks, i, i+1)
			}
			return
		}
	}
}

// build fills an empty curve with entries in order.
func (c *curve) build(keys []uint64, refs []uint32) {
	const fill = blockSize * 3 / 4
	for at := 0; at < len(keys); at += fill {
		end := min(at+fill, len(keys))
		c.blocks = append(c.blocks, &block{slices.Clone(keys[at:end]), slices.Clone(refs[at:end])})
	}
	c.n = len(keys)
}

// collect appends the refs of all points in a box whose sides are multiples of 2^grain, in order of the curve.
func (c *curve) collect(out []uint32, b worldBox, grain uint) []uint32 {
	if len(c.blocks) == 0 {
		return out
	}
	s := walk{c: c, box: b, grain: grain, out: out}
	s.visit(0, 0, 32)
	return s.out
}

type walk struct {
	c     *curve
	box   worldBox
	grain uint
	out   []uint32
}

// visit collects from the square at x, y with side 2^bits.
func (w *walk) visit(x, y uint32, bits uint) {
	side := uint32(uint64(1)<<bits - 1)
	if x > w.box.x1 || y > w.box.y1 || x+side < w.box.x0 || y+side < w.box.y0 {
		return
	}
	first := morton(x, y)
	last := first + uint64(side)*uint64(side) + 2*uint64(side)
	i, j := w.c.seek(first)
	if i == len(w.c.blocks) || w.c.blocks[i].keys[j] > last {
		return
	}
	if bits <= w.grain || x >= w.box.x0 && x+side <= w.box.x1 && y >= w.box.y0 && y+side <= w.box.y1 {
		w.take(i, j, last)
		return
	}
	bits--
	half := uint32(1) << bits
	w.visit(x, y, bits)
	w.visit(x+half, y, bits)
	w.visit(x, y+half, bits)
	w.visit(x+half, y+half, bits)
}

// seek is the first entry with at least the key.
func (c *curve) seek(key uint64) (int, int) {
	low, high := 0, len(c.blocks)
	for low < high {
		mid := (low + high) / 2
		if b := c.blocks[mid]; b.keys[len(b.keys)-1] < key {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == len(c.blocks) {
		return low, 0
	}
	at, _ := slices.BinarySearch(c.blocks[low].keys, key)
	return low, at
}

// take appends the refs from an entry on to the last key.
func (w *walk) take(i, j int, last uint64) {
	for ; i < len(w.c.blocks); i, j = i+1, 0 {
		b := w.c.blocks[i]
		if b.keys[len(b.keys)-1] <= last {
			w.out = append(w.out, b.refs[j:]...)
			continue
		}
		for ; b.keys[j] <= last; j++ {
			w.out = append(w.out, b.refs[j])
		}
		return
	}
}
