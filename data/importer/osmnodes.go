package importer

import (
	"slices"

	"github.com/paulmach/orb"
)

// osmNodes knows the places of the nodes that are needed: 16 bytes for each.
type osmNodes struct {
	ids    []int64 // sorted, once settled
	sorted int     // ids before this one are sorted and different
	places []osmPlace
}

// need asks for nodes. Doubles are thrown out now and then.
func (n *osmNodes) need(refs []int64) {
	n.ids = append(n.ids, refs...)
	if len(n.ids) > 1<<20 && len(n.ids) > 2*n.sorted {
		n.compact()
	}
}

func (n *osmNodes) compact() {
	slices.Sort(n.ids)
	n.ids = slices.Compact(n.ids)
	n.sorted = len(n.ids)
}

// settle ends the asking.
func (n *osmNodes) settle() {
	n.compact()
	n.places = slices.Repeat([]osmPlace{nowhere}, len(n.ids))
}

// osmFind is a node that is needed, by its number in osmNodes.
type osmFind struct {
	slot int
	at   osmPlace
}

// find looks for a node that is needed. hint is the slot of the node before it: nodes mostly come in order.
func (n *osmNodes) find(id int64, hint int) (slot int, ok bool) {
	low, step := 0, 1
	if hint < len(n.ids) && n.ids[hint] <= id {
		low = hint
		for low+step < len(n.ids) && n.ids[low+step] <= id {
			low, step = low+step, step*2
		}
		slot, ok = slices.BinarySearch(n.ids[low:min(low+step, len(n.ids))], id)
		return low + slot, ok
	}
	return slices.BinarySearch(n.ids, id)
}

func (n *osmNodes) put(finds []osmFind) {
	for _, f := range finds {
		n.places[f.slot] = f.at
	}
}

// line gives the places of nodes, and the nodes of which the file does not know the place.
func (n *osmNodes) line(refs []int64) (line []orb.Point, missing []int64) {
	line = make([]orb.Point, 0, len(refs))
	hint := 0
	for _, ref := range refs {
		slot, ok := n.find(ref, hint)
		if !ok || n.places[slot] == nowhere {
			missing = append(missing, ref)
			continue
		}
		hint = slot
		line = append(line, n.places[slot].point())
	}
	return line, missing
}

func (p osmPlace) point() orb.Point { return orb.Point{float64(p.lon) / 1e7, float64(p.lat) / 1e7} }
