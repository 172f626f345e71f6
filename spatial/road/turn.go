package road

import (
	"fmt"

	"github.com/wardmap/wardmap/spatial"
)

// A ban forbids to drive out after in.
type ban struct{ in, out int32 }

// connect makes the states and the arcs between them.
func (b *builder) connect() {
	out := b.outgoing()
	bans := b.bans(out)
	b.heads = make([]int32, 2*len(b.edges))
	b.states = make([]int32, b.report.Nodes+1)
	var came []int32 // of each state the arc by which one arrives, -1 for the first state of a node
	for n := range int32(b.report.Nodes) {
		b.states[n] = int32(len(came))
		came = append(came, -1)
		for _, arc := range out.at(n) {
			in := arc.arc ^ 1
			b.heads[in] = b.states[n]
			if bans.speakOf(in) {
				b.heads[in] = int32(len(came))
				came = append(came, in)
			}
		}
	}
	b.states[b.report.Nodes] = int32(len(came))
	b.report.States = len(came)
	b.ahead = b.star(len(came), func(visit func(from, to, arc int32)) { b.moves(out, came, bans, visit) })
	b.back = b.star(len(came), func(visit func(from, to, arc int32)) {
		b.moves(out, came, bans, func(from, to, arc int32) { visit(to, from, arc) })
	})
}

// moves visits everything that one may drive: from a state by an arc to a state.
func (b *builder) moves(out star, came []int32, bans bans, visit func(from, to, arc int32)) {
	for n := range int32(b.report.Nodes) {
		for s := b.states[n]; s < b.states[n+1]; s++ {
			for _, h := range out.at(n) {
				if came[s] < 0 || !bans.set[ban{came[s], h.arc}] {
					visit(s, b.heads[h.arc], h.arc)
				}
			}
		}
	}
}

// outgoing lists the arcs that leave each node.
func (b *builder) outgoing() star {
	return b.star(b.report.Nodes, func(visit func(from, to, arc int32)) {
		for arc := range int32(2 * len(b.edges)) {
			visit(b.tail(arc), b.head(arc), arc)
		}
	})
}

// star sorts by counting, so each is called twice.
func (b *builder) star(n int, each func(visit func(from, to, arc int32))) star {
	s := star{first: make([]int32, n+1)}
	each(func(from, _, _ int32) { s.first[from+1]++ })
	for i := range n {
		s.first[i+1] += s.first[i]
	}
	s.hops = make([]hop, s.first[n])
	fill := append([]int32(nil), s.first[:n]...)
	each(func(from, to, arc int32) {
		s.hops[fill[from]] = hop{to: to, arc: arc, seconds: b.seconds(arc, b.edges[arc>>1].meters)}
		fill[from]++
	})
	return s
}

type bans struct {
	set    map[ban]bool
	spoken map[int32]bool // arcs that come in somewhere where a ban holds
	all    bool           // one about every arc
}

func (b *bans) speakOf(in int32) bool { return b.all || b.spoken[in] }

func (b *bans) add(in, out int32) {
	b.set[ban{in, out}] = true
	b.spoken[in] = true
}

// bans are what the restrictions and the rule for turning back forbid.
func (b *builder) bans(out star) bans {
	all := bans{set: map[ban]bool{}, spoken: map[int32]bool{}}
	only := map[int32]map[int32]bool{} // where one must go, after an arc
	for _, r := range b.options.Restrictions {
		if why := b.restrict(r, out, &all, only); why != "" {
			b.report.Dropped = append(b.report.Dropped, Dropped{fmt.Sprintf("turn from %s to %s", r.From, r.To), why})
			continue
		}
		b.report.Restrictions++
	}
	for in, to := range only {
		for _, h := range out.at(b.head(in)) {
			if !to[h.arc] {
				all.add(in, h.arc)
			}
		}
	}
	if b.options.UTurns == AtDeadEnds {
		for in := range int32(2 * len(b.edges)) {
			if b.goesOn(in, out, &all) {
				all.add(in, in^1)
			}
		}
	}
	return all
}

// goesOn tells whether something else than turning back can follow an arc, with speeds as built.
func (b *builder) goesOn(in int32, out star, all *bans) bool {
	for _, h := range out.at(b.head(in)) {
		if h.arc != in^1 && b.speed(h.arc) > 0 && !all.set[ban{in, h.arc}] {
			return true
		}
	}
	return false
}

// restrict applies one restriction to all arcs of its segments that meet there, or says why there are none.
func (b *builder) restrict(r Restriction, out star, all *bans, only map[int32]map[int32]bool) string {
	if _, ok := b.byID[r.From]; !ok {
		return "there is no segment " + r.From
	}
	if _, ok := b.byID[r.To]; !ok {
		return "there is no segment " + r.To
	}
	if err := spatial.CheckGeometry(r.Via); err != nil {
		return err.Error()
	}
	found := false
	for _, n := range b.nodesAt(r) {
		for _, into := range out.at(n) {
			for _, away := range out.at(n) {
				if !b.follows(r, into.arc^1, away.arc) {
					continue
				}
				found = true
				if in := into.arc ^ 1; !r.Only {
					all.add(in, away.arc)
				} else if only[in] == nil {
					only[in] = map[int32]bool{away.arc: true}
				} else {
					only[in][away.arc] = true
				}
			}
		}
	}
	if !found {
		return "its segments do not meet there"
	}
	return ""
}

// follows tells whether a restriction means these two arcs. From a segment to itself it means turning back.
func (b *builder) follows(r Restriction, in, out int32) bool {
	if r.From == r.To {
		return out == in^1 && b.idOf(in) == r.From
	}
	return b.idOf(in) == r.From && b.idOf(out) == r.To
}

func (b *builder) idOf(arc int32) string { return b.segments[b.edges[arc>>1].segment].id }

// nodesAt are the nodes at the place of a restriction: several when roads pass above each other there.
func (b *builder) nodesAt(r Restriction) []int32 {
	if b.weld == nil {
		return nil
	}
	place := b.weld.find(r.Via)
	if place < 0 {
		return nil
	}
	places := b.apart[place]
	if len(places) == 0 {
		places = []int32{place}
	}
	var nodes []int32
	for _, p := range places {
		if n := b.node[p]; n >= 0 {
			nodes = append(nodes, n)
		}
	}
	return nodes
}
