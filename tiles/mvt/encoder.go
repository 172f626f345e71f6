package mvt

import (
	"slices"

	"github.com/wardmap/wardmap/tiles"
)

// A Dictionary knows the keys and values of a layer by the numbers that the caller gave them. An Encoder asks
// it once per tile for each that the tile uses. Numbers are small and dense; they index arrays.
type Dictionary interface {
	Key(key uint32) string
	Value(value uint32) []byte // an encoded Value message, see AppendString; not modified, not kept
}

// An Encoder writes the features of one layer of one tile. The order of calls is Begin, then for each feature
// Feature, Tags…, and Point or Geometry, then Append. It keeps its buffers between tiles: use one per
// goroutine, or a pool. The zero Encoder is ready.
type Encoder struct {
	dict     Dictionary
	keys     stamps
	values   stamps
	features []byte // field 2 of the layer, as often as there are features
	keyBytes []byte // field 3
	valBytes []byte // field 4
	count    int
	start    int // of the feature that is being written, at its tag
	tags     int // where its tags begin, after their length byte; 0 when it has none
}

// stamps maps global numbers to local ones without clearing between tiles: an entry counts only when it
// carries the current generation.
type stamps struct {
	slots []stamp
	gen   uint32
	n     uint32
}

type stamp struct{ gen, local uint32 }

func (s *stamps) reset() {
	s.n = 0
	s.gen++
	if s.gen == 0 { // wrapped around after 4 billion tiles
		clear(s.slots)
		s.gen = 1
	}
}

// enter gives number g the next local number and says which.
func (s *stamps) enter(g uint32) uint32 {
	if int(g) >= len(s.slots) {
		more := make([]stamp, max(int(g)+1, len(s.slots)*3/2, 64))
		copy(more, s.slots)
		s.slots = more
	}
	s.slots[g] = stamp{s.gen, s.n}
	s.n++
	return s.n - 1
}

// Begin starts a layer.
func (e *Encoder) Begin(dict Dictionary) {
	e.dict = dict
	e.keys.reset()
	e.values.reset()
	e.features, e.keyBytes, e.valBytes = e.features[:0], e.keyBytes[:0], e.valBytes[:0]
	e.count = 0
}

// Len is the number of features that were finished since Begin.
func (e *Encoder) Len() int { return e.count }

// Feature starts a feature with an id.
func (e *Encoder) Feature(id uint64) {
	e.Anonymous()
	e.features = appendVarint(append(e.features, tagFeatureID), id)
}

// Anonymous starts a feature without id.
func (e *Encoder) Anonymous() {
	e.start, e.tags = len(e.features), 0
	e.features = append(e.features, tagLayerFeature, 0)
}

// Tag gives the feature a property. A feature must not get one key twice.
func (e *Encoder) Tag(key, value uint32) {
	e.openTags()
	e.tag(e.localKey(key), e.localValue(value))
}

// Tags gives the feature one property for each value that is not 0: its index is the key.
func (e *Encoder) Tags(values []uint32) {
	open := e.tags > 0
	for key, value := range values {
		if value == 0 {
			continue
		}
		if !open {
			e.openTags()
			open = true
		}
		var k, v uint32
		if key < len(e.keys.slots) && e.keys.slots[key].gen == e.keys.gen {
			k = e.keys.slots[key].local
		} else {
			k = e.localKey(uint32(key))
		}
		if slots := e.values.slots; int(value) < len(slots) && slots[value].gen == e.values.gen {
			v = slots[value].local
		} else {
			v = e.localValue(value)
		}
		if k < 1<<7 && v < 1<<7 {
			e.features = append(e.features, byte(k), byte(v))
		} else if k < 1<<7 && v < 1<<14 {
			e.features = append(e.features, byte(k), byte(v)|0x80, byte(v>>7))
		} else {
			e.tag(k, v)
		}
	}
}

// TagText gives the feature a text that no other feature has, past the dictionary.
func (e *Encoder) TagText(key uint32, text []byte) {
	e.valBytes = append(e.valBytes, tagLayerValue)
	e.valBytes = appendVarint(e.valBytes, uint64(1+sizeVarint(uint64(len(text)))+len(text)))
	e.valBytes = appendVarint(append(e.valBytes, tagValueString), uint64(len(text)))
	e.valBytes = append(e.valBytes, text...)
	e.values.n++
	e.openTags()
	e.tag(e.localKey(key), e.values.n-1)
}

func (e *Encoder) addValue(message []byte) {
	e.valBytes = appendVarint(append(e.valBytes, tagLayerValue), uint64(len(message)))
	e.valBytes = append(e.valBytes, message...)
}

func (e *Encoder) localValue(value uint32) uint32 {
	if int(value) < len(e.values.slots) && e.values.slots[value].gen == e.values.gen {
		return e.values.slots[value].local
	}
	e.addValue(e.dict.Value(value))
	return e.values.enter(value)
}

func (e *Encoder) localKey(key uint32) uint32 {
	if int(key) < len(e.keys.slots) && e.keys.slots[key].gen == e.keys.gen {
		return e.keys.slots[key].local
	}
	name := e.dict.Key(key)
	e.keyBytes = appendVarint(append(e.keyBytes, tagLayerKey), uint64(len(name)))
	e.keyBytes = append(e.keyBytes, name...)
	return e.keys.enter(key)
}

func (e *Encoder) openTags() {
	if e.tags == 0 {
		e.features = append(e.features, tagFeatureTags, 0)
		e.tags = len(e.features)
	}
}

func (e *Encoder) tag(localKey, localValue uint32) {
	e.features = appendVarint(appendVarint(e.features, uint64(localKey)), uint64(localValue))
}

// Point ends the feature as a single point.
func (e *Encoder) Point(x, y int32) {
	zx, zy := zigzag(x), zigzag(y)
	n := 1 + sizeVarint(zx) + sizeVarint(zy)
	e.close(2 + 2 + n)
	f := append(e.features, tagFeatureType, byte(Points), tagFeatureGeom, byte(n), byte(command(moveTo, 1)))
	f = appendVarint(f, zx)
	e.features = appendVarint(f, zy)
	e.count++
}

// Geometry ends the feature with commands that a Canvas made.
func (e *Encoder) Geometry(t Type, commands []byte) {
	n := uint64(len(commands))
	e.close(2 + 1 + sizeVarint(n) + len(commands))
	f := append(e.features, tagFeatureType, byte(t), tagFeatureGeom)
	f = appendVarint(f, n)
	e.features = append(f, commands...)
	e.count++
}

// close writes the lengths of the tags and of the feature, of which rest bytes are still to come.
func (e *Encoder) close(rest int) {
	if e.tags > 0 {
		e.patch(e.tags, len(e.features)-e.tags)
	}
	e.patch(e.start+2, len(e.features)-e.start-2+rest)
}

// patch puts a length into the byte before at, and makes room when it needs more than one.
func (e *Encoder) patch(at, length int) {
	if length < 1<<7 {
		e.features[at-1] = byte(length)
		return
	}
	n := sizeVarint(uint64(length))
	e.features = slices.Grow(e.features, n-1)[:len(e.features)+n-1]
	copy(e.features[at-1+n:], e.features[at:])
	appendVarint(e.features[:at-1], uint64(length))
}

// Append appends the layer, with its tag, to a tile. It appends nothing when the layer has no feature.
func (e *Encoder) Append(dst []byte, name string) []byte {
	if e.count == 0 {
		return dst
	}
	head := 2 + 1 + sizeVarint(uint64(len(name))) + len(name)
	body := len(e.features) + len(e.keyBytes) + len(e.valBytes)
	tail := 1 + sizeVarint(tiles.Extent)
	dst = slices.Grow(dst, head+body+tail+8)
	dst = appendVarint(append(dst, tagTileLayer), uint64(head+body+tail))
	dst = append(dst, tagLayerVersion, 2, tagLayerName)
	dst = appendVarint(dst, uint64(len(name)))
	dst = append(dst, name...)
	dst = append(dst, e.features...)
	dst = append(dst, e.keyBytes...)
	dst = append(dst, e.valBytes...)
	return appendVarint(append(dst, tagLayerExtent), tiles.Extent)
}
