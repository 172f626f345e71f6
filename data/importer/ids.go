package importer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers/limits"
	"github.com/wardmap/wardmap/spatial"
)

// ids gives each record its id and knows which ones were there already in this file.
type ids struct {
	key    []string
	fields map[string]string // key field -> how the file spells it
	seen   map[uint64]sighting
	places []string // words before the numbers of places; most files have one
	buf    []byte
}

// A sighting is what is kept of an id: enough to tell a duplicate from a conflict and to say where it was.
type sighting struct {
	content uint64
	word    uint32 // index of places
	number  uint32
	times   uint32 // content ids: how many records have this content
}

var errDuplicate = errors.New("duplicate")

func newIDs(o Options) *ids {
	return &ids{key: o.Key, fields: map[string]string{}, seen: map[uint64]sighting{}}
}

// of gives the id of a record: of its key fields, or the file's own, or one made of its content.
func (s *ids) of(r Record) (string, error) {
	if len(s.key) > 0 {
		return s.keyed(r)
	}
	if r.ID != "" {
		return strings.TrimSpace(r.ID), nil
	}
	sum := s.recordHash(r)
	id := fmt.Sprintf("c-%016x", sum)
	one := s.seen[sum^contentMark]
	one.times++
	s.seen[sum^contentMark] = one
	if one.times > 1 {
		id += "-" + strconv.Itoa(int(one.times))
	}
	return id, nil
}

// contentMark keeps counters of content ids apart from sightings of ids.
const contentMark = 0x5bd1e9955bd1e995

// guess is the id of a record that is rejected, as far as it says one that may be repeated.
func (s *ids) guess(r Record) string {
	id := r.ID
	if len(s.key) > 0 {
		id, _ = s.keyed(r)
	}
	if b := limits.Value(id); b != nil && b.Kind == limits.Identity {
		return ""
	}
	return id
}

func (s *ids) keyed(r Record) (string, error) {
	parts := make([]string, len(s.key))
	for i, name := range s.key {
		v, ok := r.Properties[s.spelling(r, name)]
		if !ok && strings.EqualFold(name, "id") && r.ID != "" {
			v, ok = r.ID, true
		}
		text := ""
		if ok && !blank(v) {
			text = strings.TrimSpace(textOf(v))
		}
		if text == "" {
			return "", fmt.Errorf("the key field %s is missing or empty", name)
		}
		parts[i] = text
	}
	return strings.Join(parts, "/"), nil
}

// spelling finds a key field as the file spells it.
func (s *ids) spelling(r Record, name string) string {
	if _, ok := r.Properties[name]; ok {
		return name
	}
	if known, ok := s.fields[name]; ok {
		return known
	}
	for _, field := range slices.Sorted(maps.Keys(r.Properties)) {
		if strings.EqualFold(field, name) || Sanitise(field) == name {
			s.fields[name] = field
			return field
		}
	}
	return name
}

// remember keeps the id. When it was there before, it says where: with errDuplicate when the content is the
// same, and else with the reason to reject the feature.
func (s *ids) remember(f *spatial.Feature, place string) (before string, err error) {
	id := xxhash.Sum64String(f.ID)
	content := s.featureHash(f)
	old, known := s.seen[id]
	if !known {
		word, number := splitPlace(place)
		s.seen[id] = sighting{content: content, word: s.word(word), number: number}
		return "", nil
	}
	before = s.places[old.word]
	if old.number > 0 {
		before += strconv.FormatUint(uint64(old.number), 10)
	}
	if old.content == content {
		return before, errDuplicate
	}
	return before, fmt.Errorf("%s has the same id and other content; --merge unites features of one id, --key chooses another id", before)
}

func splitPlace(place string) (word string, number uint32) {
	i := len(place)
	for i > 0 && place[i-1] >= '0' && place[i-1] <= '9' {
		i--
	}
	n, err := strconv.ParseUint(place[i:], 10, 32)
	if err != nil {
		return place, 0
	}
	return place[:i], uint32(n)
}

func (s *ids) word(word string) uint32 {
	if n := len(s.places); n > 0 && s.places[n-1] == word {
		return uint32(n - 1)
	}
	s.places = append(s.places, word)
	return uint32(len(s.places) - 1)
}

// recordHash is a hash of geometry and properties as they came from the file. It decides ids: to change it would
// make every import without key anew.
func (s *ids) recordHash(r Record) uint64 {
	s.buf = appendGeometry(s.buf[:0], r.Geometry)
	s.appendProperties(r.Properties)
	return xxhash.Sum64(s.buf)
}

func (s *ids) featureHash(f *spatial.Feature) uint64 {
	s.buf = appendGeometry(s.buf[:0], f.Geometry)
	s.appendProperties(f.Properties)
	s.buf = append(append(append(append(s.buf, f.Owner...), 0), f.Source...), 0)
	for _, n := range []uint64{math.Float64bits(f.Accuracy), uint64(f.Effective.From.UnixNano()), uint64(f.Effective.To.UnixNano())} {
		s.buf = binary.LittleEndian.AppendUint64(s.buf, n)
	}
	return xxhash.Sum64(s.buf)
}

// appendProperties adds the sum of the hashes of all properties, which their order does not change.
func (s *ids) appendProperties(ps map[string]any) {
	sum, mark := uint64(0), len(s.buf)
	for name, v := range ps {
		s.buf = append(append(s.buf[:mark], name...), 0)
		switch v := v.(type) {
		case nil:
			continue
		case string:
			s.buf = append(append(s.buf, 's'), v...)
		case int64:
			s.buf = binary.LittleEndian.AppendUint64(append(s.buf, 'i'), uint64(v))
		case float64:
			s.buf = binary.LittleEndian.AppendUint64(append(s.buf, 'f'), math.Float64bits(v))
		default:
			s.buf = fmt.Appendf(append(s.buf, 'x'), "%v", v)
		}
		sum += xxhash.Sum64(s.buf[mark:])
	}
	s.buf = binary.LittleEndian.AppendUint64(s.buf[:mark], sum)
}

func appendGeometry(b []byte, g orb.Geometry) []byte {
	if g == nil {
		return b
	}
	b = append(b, g.GeoJSONType()...)
	if c, ok := g.(orb.Collection); ok {
		for _, m := range c {
			b = appendGeometry(b, m)
		}
		return b
	}
	walk(g, func(ps []orb.Point) {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(ps)))
		for _, p := range ps {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
		}
	})
	return b
}
