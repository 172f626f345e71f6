package live

import (
	"hash/maphash"

	"github.com/wardmap/wardmap/spatial/fence"
)

// directory finds handles by names that it does not hold itself: the units have them. It takes some 10 bytes for a
// name, a third of what a map of strings does. Open addressing, with linear probing.
type directory struct {
	seed  maphash.Seed
	slots []listing // a power of two of them, or none
	n     int
}

// listing is a handle with the hash of the name that it is listed by.
type listing struct {
	hash uint32
	unit fence.Handle // NoUnit when the slot is free
}

func newDirectory() directory { return directory{seed: maphash.MakeSeed()} }

// hash is the same for the same name.
func (d *directory) hash(name string) uint32 { return uint32(maphash.String(d.seed, name)) }

// hashBytes is hash of the same name in bytes.
func (d *directory) hashBytes(name []byte) uint32 { return uint32(maphash.Bytes(d.seed, name)) }

// find is the slot of a name with such a hash: has tells whether a unit has that name. When nobody is listed by it,
// it is the slot for it.
func (d *directory) find(hash uint32, has func(fence.Handle) bool) (slot int, ok bool) {
	if len(d.slots) == 0 {
		return 0, false
	}
	mask := len(d.slots) - 1
	for slot = int(hash) & mask; d.slots[slot].unit != fence.NoUnit; slot = (slot + 1) & mask {
		if d.slots[slot].hash == hash && has(d.slots[slot].unit) {
			return slot, true
		}
	}
	return slot, false
}

// get is the unit that is listed by a name.
func (d *directory) get(hash uint32, has func(fence.Handle) bool) (fence.Handle, bool) {
	if slot, ok := d.find(hash, has); ok {
		return d.slots[slot].unit, true
	}
	return fence.NoUnit, false
}

// put lists a unit by a name, instead of who was.
func (d *directory) put(hash uint32, h fence.Handle, has func(fence.Handle) bool) {
	if d.n >= len(d.slots)/8*7 {
		d.grow()
	}
	slot, ok := d.find(hash, has)
	if !ok {
		d.n++
	}
	d.slots[slot] = listing{hash, h}
}

func (d *directory) grow() {
	old := d.slots
	d.slots = make([]listing, max(16, 2*len(old)))
	for i := range d.slots {
		d.slots[i].unit = fence.NoUnit
	}
	mask := len(d.slots) - 1
	for _, l := range old {
		if l.unit == fence.NoUnit {
			continue
		}
		slot := int(l.hash) & mask
		for d.slots[slot].unit != fence.NoUnit {
			slot = (slot + 1) & mask
		}
		d.slots[slot] = l
	}
}

// remove unlists a name. Who stands behind it moves up, so that it is found without a gap.
func (d *directory) remove(hash uint32, has func(fence.Handle) bool) {
	free, ok := d.find(hash, has)
	if !ok {
		return
	}
	d.n--
	mask := len(d.slots) - 1
	for slot := (free + 1) & mask; d.slots[slot].unit != fence.NoUnit; slot = (slot + 1) & mask {
		home := int(d.slots[slot].hash) & mask
		if (slot-home)&mask >= (slot-free)&mask {
			d.slots[free] = d.slots[slot]
			free = slot
		}
	}
	d.slots[free].unit = fence.NoUnit
}
