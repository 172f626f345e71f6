package importer

import (
	"errors"
	"fmt"
	"math"
)

// osmTags are keys and values in turn.
type osmTags []string

func (t osmTags) get(key string) string {
	for i := 0; i+1 < len(t); i += 2 {
		if t[i] == key {
			return t[i+1]
		}
	}
	return ""
}

// osmPlace is lon and lat in 1e-7 degrees, the grain of OpenStreetMap.
type osmPlace struct{ lon, lat int32 }

// nowhere is the place of a node that is not in the file.
var nowhere = osmPlace{math.MinInt32, math.MinInt32}

type osmMember struct {
	kind uint8 // 0 node, 1 way, 2 relation
	id   int64
	role string
}

// An osmVisitor is told what a block holds. What it gets lasts until the next call; a nil function is not called.
type osmVisitor struct {
	// wants tells, for each text of a block, whether a tag with this key is a reason to look at an element.
	// Elements without such a tag come with nil tags.
	wants    func(key string) bool
	node     func(id int64, at osmPlace, tags osmTags)
	way      func(id int64, refs []int64, tags osmTags)
	relation func(id int64, members []osmMember, tags osmTags)
}

// blockKinds tells what is in a block.
type blockKinds uint8

const (
	hasNodes blockKinds = 1 << iota
	hasWays
	hasRelations
)

// osmBlock reads one block of primitives.
type osmBlock struct {
	osmVisitor
	texts       [][]byte
	wanted      []bool
	granularity int64
	lonOffset   int64
	latOffset   int64
	kinds       blockKinds
	nums        [5][]uint64
	refs        []int64
	tags        osmTags
	members     []osmMember
}

var (
	errTexts   = errors.New("a text is named that the block does not have")
	errLengths = errors.New("lists that belong together differ in length")
)

// read visits what the block holds and tells which kinds these are.
func (b *osmBlock) read(data []byte, v osmVisitor) (blockKinds, error) {
	b.osmVisitor, b.texts, b.wanted, b.kinds = v, b.texts[:0], b.wanted[:0], 0
	b.granularity, b.lonOffset, b.latOffset = 100, 0, 0
	for w := (wire{rest: data}); w.next() || w.err != nil; {
		switch {
		case w.err != nil:
			return 0, w.err
		case w.field == 1 && w.data != nil:
			if err := b.readTexts(w.data); err != nil {
				return 0, err
			}
		case w.field == 17:
			b.granularity = int64(w.num)
		case w.field == 19:
			b.latOffset = int64(w.num)
		case w.field == 20:
			b.lonOffset = int64(w.num)
		}
	}
	for w := (wire{rest: data}); w.next(); {
		if w.field == 2 && w.data != nil {
			if err := b.readGroup(w.data); err != nil {
				return 0, err
			}
		}
	}
	return b.kinds, nil
}

func (b *osmBlock) readTexts(data []byte) error {
	w := wire{rest: data}
	for w.next() {
		if w.field == 1 && w.data != nil {
			b.texts = append(b.texts, w.data)
			b.wanted = append(b.wanted, b.wants != nil && b.wants(string(w.data)))
		}
	}
	return w.err
}

func (b *osmBlock) readGroup(data []byte) error {
	w := wire{rest: data}
	for w.next() {
		if w.data == nil {
			continue
		}
		var err error
		switch w.field {
		case 1:
			b.kinds |= hasNodes
			err = b.readNode(w.data)
		case 2:
			b.kinds |= hasNodes
			err = b.readDense(w.data)
		case 3:
			b.kinds |= hasWays
			err = b.readWay(w.data)
		case 4:
			b.kinds |= hasRelations
			err = b.readRelation(w.data)
		}
		if err != nil {
			return err
		}
	}
	return w.err
}

// place brings raw coordinates to 1e-7 degrees; what is not on the earth is nowhere.
func (b *osmBlock) place(lon, lat int64) osmPlace {
	x := (float64(b.lonOffset) + float64(b.granularity)*float64(lon)) / 100
	y := (float64(b.latOffset) + float64(b.granularity)*float64(lat)) / 100
	if !(math.Abs(x) <= 180e7 && math.Abs(y) <= 90e7) {
		return nowhere
	}
	return osmPlace{int32(math.Round(x)), int32(math.Round(y))}
}

func (b *osmBlock) readNode(data []byte) error {
	if b.node == nil {
		return nil
	}
	var id, lon, lat int64
	keys, values := b.nums[0][:0], b.nums[1][:0]
	w := wire{rest: data}
	for w.next() {
		switch w.field {
		case 1:
			id = zigzag(w.num)
		case 2:
			keys = w.packed(keys)
		case 3:
			values = w.packed(values)
		case 8:
			lat = zigzag(w.num)
		case 9:
			lon = zigzag(w.num)
		}
	}
	b.nums[0], b.nums[1] = keys, values
	tags, err := b.tagsOf(keys, values)
	if err = errors.Join(w.err, err); err != nil {
		return fmt.Errorf("node %d: %w", id, err)
	}
	b.node(id, b.place(lon, lat), tags)
	return nil
}

func (b *osmBlock) readDense(data []byte) error {
	if b.node == nil {
		return nil
	}
	for i := range b.nums {
		b.nums[i] = b.nums[i][:0]
	}
	w := wire{rest: data}
	for w.next() {
		switch w.field {
		case 1:
			b.nums[0] = w.packed(b.nums[0])
		case 8:
			b.nums[1] = w.packed(b.nums[1])
		case 9:
			b.nums[2] = w.packed(b.nums[2])
		case 10:
			b.nums[3] = w.packed(b.nums[3])
		}
	}
	ids, lats, lons, texts := b.nums[0], b.nums[1], b.nums[2], b.nums[3]
	if w.err != nil {
		return w.err
	}
	if len(lats) != len(ids) || len(lons) != len(ids) {
		return fmt.Errorf("dense nodes: %w", errLengths)
	}
	var id, lon, lat int64
	for i := range ids {
		id, lon, lat = id+zigzag(ids[i]), lon+zigzag(lons[i]), lat+zigzag(lats[i])
		var tags osmTags
		var err error
		if tags, texts, err = b.denseTags(texts); err != nil {
			return fmt.Errorf("node %d: %w", id, err)
		}
		b.node(id, b.place(lon, lat), tags)
	}
	return nil
}

// denseTags reads the tags of one node from the list of all: keys and values in turn, ended by 0.
func (b *osmBlock) denseTags(texts []uint64) (osmTags, []uint64, error) {
	end := 0
	for end < len(texts) && texts[end] != 0 {
		end += 2
	}
	if end > len(texts) {
		return nil, nil, errLengths
	}
	wanted := false
	for i := 0; i < end; i++ {
		if texts[i] >= uint64(len(b.texts)) {
			return nil, nil, errTexts
		}
		wanted = wanted || i%2 == 0 && b.wanted[texts[i]]
	}
	var tags osmTags
	if wanted {
		tags = b.tags[:0]
		for _, t := range texts[:end] {
			tags = append(tags, string(b.texts[t]))
		}
		b.tags = tags
	}
	return tags, texts[min(end+1, len(texts)):], nil
}

// tagsOf is nil when no key is wanted.
func (b *osmBlock) tagsOf(keys, values []uint64) (osmTags, error) {
	if len(keys) != len(values) {
		return nil, errLengths
	}
	wanted := false
	for i, k := range keys {
		if k >= uint64(len(b.texts)) || values[i] >= uint64(len(b.texts)) {
			return nil, errTexts
		}
		wanted = wanted || b.wanted[k]
	}
	if !wanted {
		return nil, nil
	}
	tags := b.tags[:0]
	for i, k := range keys {
		tags = append(tags, string(b.texts[k]), string(b.texts[values[i]]))
	}
	b.tags = tags
	return tags, nil
}

func (b *osmBlock) readWay(data []byte) error {
	if b.way == nil {
		return nil
	}
	var id int64
	keys, values, deltas := b.nums[0][:0], b.nums[1][:0], b.nums[2][:0]
	w := wire{rest: data}
	for w.next() {
		switch w.field {
		case 1:
			id = int64(w.num)
		case 2:
			keys = w.packed(keys)
		case 3:
			values = w.packed(values)
		case 8:
			deltas = w.packed(deltas)
		}
	}
	b.nums[0], b.nums[1], b.nums[2] = keys, values, deltas
	tags, err := b.tagsOf(keys, values)
	if err = errors.Join(w.err, err); err != nil {
		return fmt.Errorf("way %d: %w", id, err)
	}
	b.refs = b.refs[:0]
	ref := int64(0)
	for _, d := range deltas {
		ref += zigzag(d)
		b.refs = append(b.refs, ref)
	}
	b.way(id, b.refs, tags)
	return nil
}

func (b *osmBlock) readRelation(data []byte) error {
	if b.relation == nil {
		return nil
	}
	var id int64
	for i := range b.nums {
		b.nums[i] = b.nums[i][:0]
	}
	w := wire{rest: data}
	for w.next() {
		switch w.field {
		case 1:
			id = int64(w.num)
		case 2, 3:
			b.nums[w.field-2] = w.packed(b.nums[w.field-2])
		case 8, 9, 10:
			b.nums[w.field-6] = w.packed(b.nums[w.field-6])
		}
	}
	tags, err := b.tagsOf(b.nums[0], b.nums[1])
	roles, deltas, kinds := b.nums[2], b.nums[3], b.nums[4]
	if len(roles) != len(deltas) || len(kinds) != len(deltas) {
		err = errors.Join(err, errLengths)
	}
	if err = errors.Join(w.err, err); err != nil {
		return fmt.Errorf("relation %d: %w", id, err)
	}
	b.members = b.members[:0]
	ref := int64(0)
	for i, d := range deltas {
		ref += zigzag(d)
		if roles[i] >= uint64(len(b.texts)) {
			return fmt.Errorf("relation %d: %w", id, errTexts)
		}
		b.members = append(b.members, osmMember{kind: uint8(min(kinds[i], 3)), id: ref, role: string(b.texts[roles[i]])})
	}
	b.relation(id, b.members, tags)
	return nil
}
