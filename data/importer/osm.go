package importer

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/crs"
)

// osmSource reads one theme out of an OSM PBF file. It goes over the file several times, so that it needs to
// hold only the places of the nodes of ways that it wants:
//
//  1. all blocks: relations that are areas of the theme, and what kinds of elements each block holds,
//  2. blocks of ways: the nodes of the ways of the theme, and of the ways of these relations,
//  3. blocks of nodes: the places of these nodes; nodes of the theme become records,
//  4. relations become records, from memory,
//  5. blocks of ways: ways of the theme become records, unless they are the outline of such a relation.
type osmSource struct {
	file      *osmFile
	theme     osmTheme
	stage     osmStage
	relations []osmRelation
	members   map[int64][]int64 // ways of relations -> their nodes, nil until seen
	outlines  map[int64]string  // ways that are the outline of a relation that was taken -> its kind
	nodes     osmNodes
	records   *osmPass[osmYield]
	queue     []Record
	absorbed  []int64
}

type osmStage uint8

const (
	osmBegin osmStage = iota
	osmInNodes
	osmInRelations
	osmInWays
	osmEnd
)

// osmRelation is an area of the theme.
type osmRelation struct {
	id      int64
	tags    osmTags
	members []osmMember
}

// openOSM starts reading a theme of an OSM PBF file.
func openOSM(path string, o Options) (Source, error) {
	theme, err := findTheme(o.Theme)
	if err != nil {
		return nil, err
	}
	if o.CRS != "" {
		if system, err := crs.Parse(o.CRS); err != nil || system != crs.WGS84 {
			return nil, fmt.Errorf("--crs %s: OpenStreetMap files are always in WGS84: leave --crs out", o.CRS)
		}
	}
	file, err := openOSMFile(path)
	if err != nil {
		return nil, err
	}
	return newOSMSource(file, theme), nil
}

func newOSMSource(file *osmFile, theme osmTheme) *osmSource {
	return &osmSource{file: file, theme: theme, members: map[int64][]int64{}, outlines: map[int64]string{}}
}

func (s *osmSource) Close() error { return s.file.file.Close() }

// Progress counts all passes together as the file once.
func (s *osmSource) Progress() (done, total int64) {
	if s.stage == osmEnd {
		return s.file.size, s.file.size
	}
	const passes = 3 // about: each later pass leaves blocks out
	return min(s.file.passed/passes, s.file.size), s.file.size
}

// Notes tells which ways were not taken because a relation stands for them.
func (s *osmSource) Notes() []string {
	if len(s.absorbed) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("outlines of relations, left out because the relation stands for the same area: way %s", listIDs(s.absorbed))}
}

func (s *osmSource) Next() (Record, error) {
	for len(s.queue) == 0 {
		if s.stage == osmEnd {
			return Record{}, io.EOF
		}
		if err := s.advance(); err != nil {
			s.stage = osmEnd
			return Record{}, err
		}
	}
	r := s.queue[0]
	s.queue = s.queue[1:]
	return r, nil
}

// osmYield is what comes of one block.
type osmYield struct {
	records  []Record
	finds    []osmFind
	absorbed []int64
}

// advance does a bit of the work and puts what comes of it into the queue.
func (s *osmSource) advance() error {
	switch s.stage {
	case osmBegin:
		if err := s.collectRelations(); err != nil {
			return err
		}
		if err := s.collectNodes(); err != nil {
			return err
		}
		s.begin(osmInNodes, hasNodes, s.workNodes)
	case osmInNodes:
		more, err := s.advanceBlocks()
		if err != nil || more {
			return err
		}
		s.stage = osmInRelations
	case osmInRelations:
		n := min(len(s.relations), 100)
		for _, r := range s.relations[:n] {
			s.queue = append(s.queue, s.relationRecord(r))
		}
		if s.relations = s.relations[n:]; len(s.relations) == 0 {
			s.begin(osmInWays, hasWays, s.workWays)
		}
	case osmInWays:
		more, err := s.advanceBlocks()
		if err != nil || more {
			return err
		}
		s.stage = osmEnd
	}
	return nil
}

func (s *osmSource) begin(stage osmStage, kinds blockKinds, work func(*osmBlock, []byte) (osmYield, blockKinds, error)) {
	s.stage, s.records = stage, &osmPass[osmYield]{file: s.file, kinds: kinds, work: work}
}

// advanceBlocks reads some blocks, if there are more.
func (s *osmSource) advanceBlocks() (more bool, err error) {
	got, err := s.records.some()
	if err != nil {
		return false, err
	}
	s.queue = s.queue[:0]
	for _, y := range got {
		s.nodes.put(y.finds)
		s.queue = append(s.queue, y.records...)
		s.absorbed = append(s.absorbed, y.absorbed...)
	}
	return len(got) > 0, nil
}

// collectRelations is pass 1.
func (s *osmSource) collectRelations() error {
	pass := osmPass[[]osmRelation]{file: s.file, work: func(b *osmBlock, data []byte) (out []osmRelation, kinds blockKinds, err error) {
		kinds, err = b.read(data, osmVisitor{wants: s.theme.wants, relation: func(id int64, members []osmMember, tags osmTags) {
			if tags != nil && s.theme.takesRelation(tags) {
				out = append(out, osmRelation{id, slices.Clone(tags), slices.Clone(members)})
			}
		}})
		return out, kinds, err
	}}
	err := pass.all(func(some []osmRelation) { s.relations = append(s.relations, some...) })
	for _, r := range s.relations {
		for _, m := range r.members {
			if m.kind == 1 {
				s.members[m.id] = nil
			}
		}
	}
	return err
}

// collectNodes is pass 2.
func (s *osmSource) collectNodes() error {
	type found struct {
		refs    []int64
		members map[int64][]int64
	}
	pass := osmPass[found]{file: s.file, kinds: hasWays, work: func(b *osmBlock, data []byte) (out found, kinds blockKinds, err error) {
		kinds, err = b.read(data, osmVisitor{wants: s.theme.wants, way: func(id int64, refs []int64, tags osmTags) {
			_, member := s.members[id]
			if member {
				if out.members == nil {
					out.members = map[int64][]int64{}
				}
				out.members[id] = append([]int64{}, refs...)
			}
			if member || tags != nil && s.theme.takesWay(refs, tags) {
				out.refs = append(out.refs, refs...)
			}
		}})
		return out, kinds, err
	}}
	err := pass.all(func(f found) {
		s.nodes.need(f.refs)
		maps.Copy(s.members, f.members)
	})
	s.nodes.settle()
	return err
}

// workNodes is pass 3.
func (s *osmSource) workNodes(b *osmBlock, data []byte) (out osmYield, kinds blockKinds, err error) {
	hint := 0
	v := osmVisitor{wants: s.theme.wants, node: func(id int64, at osmPlace, tags osmTags) {
		slot, ok := s.nodes.find(id, hint)
		if hint = slot; ok {
			out.finds = append(out.finds, osmFind{slot, at})
		}
		if tags != nil && s.theme.takesNode(tags) {
			out.records = append(out.records, s.nodeRecord(id, at, tags))
		}
	}}
	if !s.theme.nodes {
		v.wants = nil
	}
	kinds, err = b.read(data, v)
	return out, kinds, err
}

func (s *osmSource) nodeRecord(id int64, at osmPlace, tags osmTags) Record {
	r := s.theme.record("node", id, tags)
	if at == nowhere {
		r.Err = fmt.Errorf("its coordinates are not on the earth")
		return r
	}
	r.Geometry = at.point()
	return r
}

// workWays is pass 5.
func (s *osmSource) workWays(b *osmBlock, data []byte) (out osmYield, kinds blockKinds, err error) {
	kinds, err = b.read(data, osmVisitor{wants: s.theme.wants, way: func(id int64, refs []int64, tags osmTags) {
		if tags == nil || !s.theme.takesWay(refs, tags) {
			return
		}
		if kind, outline := s.outlines[id]; outline && s.theme.sameArea(kind, tags) {
			out.absorbed = append(out.absorbed, id)
			return
		}
		out.records = append(out.records, s.wayRecord(id, refs, tags))
	}})
	return out, kinds, err
}

func (s *osmSource) wayRecord(id int64, refs []int64, tags osmTags) Record {
	r := s.theme.record("way", id, tags)
	line, missing := s.nodes.line(refs)
	switch {
	case len(missing) > 0:
		r.Err = fmt.Errorf("%d of its %d nodes are not in the extract: node %s", len(missing), len(refs), listIDs(missing))
	case !s.theme.asArea(refs, tags):
		if tags.get("oneway") == "-1" && s.theme.name == "roads" {
			slices.Reverse(line)
			r.Notes = append(r.Notes, "oneway=-1: the line was turned round")
		}
		r.Geometry = orb.LineString(line)
	case len(refs) < 4 || refs[0] != refs[len(refs)-1]:
		r.Err = fmt.Errorf("it is no area: the way is not closed or has less than three corners")
	default:
		r.Geometry = orb.Polygon{orb.Ring(line)}
	}
	return s.theme.shrink(r)
}

// relationRecord is pass 4.
func (s *osmSource) relationRecord(rel osmRelation) Record {
	r := s.theme.record("relation", rel.id, rel.tags)
	if kind := rel.tags.get("type"); kind != "multipolygon" && kind != "boundary" {
		r.Err = fmt.Errorf("it is no area: its type is %q, not multipolygon or boundary", kind)
		return r
	}
	var notes []string
	r.Geometry, notes, r.Err = assembleRelation(rel.members, s.lineOf)
	r.Notes = append(r.Notes, notes...)
	if r.Err == nil {
		_, kind, _ := s.theme.pick(rel.tags)
		for _, m := range rel.members {
			if m.kind == 1 && m.role != "inner" {
				s.outlines[m.id] = kind
			}
		}
	}
	return s.theme.shrink(r)
}

// lineOf gives the line of a way of a relation.
func (s *osmSource) lineOf(way int64) (line []orb.Point, known bool, err error) {
	refs := s.members[way]
	if refs == nil {
		return nil, false, nil
	}
	line, missing := s.nodes.line(refs)
	if len(missing) > 0 {
		return nil, true, fmt.Errorf("%d nodes of its way %d are not in the extract: node %s", len(missing), way, listIDs(missing))
	}
	return line, true, nil
}
