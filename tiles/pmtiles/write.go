package pmtiles

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

// maxRoot is how long the root directory may be: header and root are read at once, 16 KiB.
const maxRoot = 16<<10 - headerSize

// A Content is a tile for the writer: raw MVT bytes.
type Content struct {
	ID   tiles.ID
	Data []byte
}

// Write writes an archive: clustered, equal tiles once, everything in gzip. The tiles may come in any order;
// empty ones are left out. They are held compressed in memory until the end, for the directory comes first.
func Write(w io.Writer, content iter.Seq2[Content, error], bound orb.Bound, metadata map[string]any) error {
	s := stock{at: map[uint64]int{}, low: math.MaxUint8}
	for c, err := range content {
		if err != nil {
			return err
		}
		if err := s.add(c); err != nil {
			return fmt.Errorf("tile %v: %w", c.ID, err)
		}
	}
	meta, err := json.Marshal(metadata)
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	return s.write(w, bound, meta)
}

// stock is what has been added: distinct blobs, and which tile has which.
type stock struct {
	blobs     [][]byte
	at        map[uint64]int // hash of the raw bytes -> blob
	numbers   []numbered
	low, high uint8
}

type numbered struct {
	number uint64
	blob   int
}

func (s *stock) add(c Content) error {
	if len(c.Data) == 0 {
		return nil
	}
	hash := xxhash.Sum64(c.Data)
	blob, known := s.at[hash]
	if !known {
		packed, err := pack(c.Data)
		if err != nil {
			return err
		}
		blob = len(s.blobs)
		s.blobs, s.at[hash] = append(s.blobs, packed), blob
	}
	s.numbers = append(s.numbers, numbered{Number(c.ID), blob})
	s.low, s.high = min(s.low, c.ID.Z), max(s.high, c.ID.Z)
	return nil
}

var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func pack(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	z.Reset(&out)
	_, err := z.Write(b)
	if err == nil {
		err = z.Close()
	}
	return out.Bytes(), err
}

func (s *stock) write(w io.Writer, bound orb.Bound, meta []byte) error {
	entries, order, size, err := s.arrange()
	if err != nil {
		return err
	}
	root, leaves, err := directories(entries)
	if err != nil {
		return err
	}
	if meta, err = pack(meta); err != nil {
		return err
	}
	if len(entries) == 0 {
		s.low = 0
	}
	h := Header{
		RootAt: headerSize, RootSize: uint64(len(root)), MetaSize: uint64(len(meta)), LeavesSize: uint64(len(leaves)), TilesSize: size,
		Addressed: uint64(len(s.numbers)), Entries: uint64(len(entries)), Contents: uint64(len(s.blobs)),
		MinZoom: s.low, MaxZoom: s.high, Bound: bound,
	}
	h.MetaAt = h.RootAt + h.RootSize
	h.LeavesAt = h.MetaAt + h.MetaSize
	h.TilesAt = h.LeavesAt + h.LeavesSize
	for _, part := range [][]byte{h.encode(), root, meta, leaves} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	for _, blob := range order {
		if _, err := w.Write(s.blobs[blob]); err != nil {
			return err
		}
	}
	return nil
}

// arrange orders the tiles along the curve and gives each blob its place where it is first needed.
func (s *stock) arrange() (entries []entry, order []int, size uint64, err error) {
	slices.SortFunc(s.numbers, func(a, b numbered) int {
		if a.number < b.number {
			return -1
		}
		return 1
	})
	places := make([]uint64, len(s.blobs))
	placed := make([]bool, len(s.blobs))
	for i, n := range s.numbers {
		if i > 0 && n.number == s.numbers[i-1].number {
			return nil, nil, 0, fmt.Errorf("tile number %d was given twice", n.number)
		}
		if !placed[n.blob] {
			placed[n.blob], places[n.blob] = true, size
			order, size = append(order, n.blob), size+uint64(len(s.blobs[n.blob]))
		}
		e := entry{n.number, places[n.blob], uint32(len(s.blobs[n.blob])), 1}
		if last := len(entries) - 1; last >= 0 && entries[last].at == e.at && entries[last].first+uint64(entries[last].run) == e.first {
			entries[last].run++
			continue
		}
		entries = append(entries, e)
	}
	return entries, order, size, nil
}

// directories gives the root and the leaf section, with leaves as long as need be for the root to be short.
func directories(all []entry) (root, leaves []byte, err error) {
	if root, err = encodeDirectory(all); err != nil || len(root) <= maxRoot {
		return root, nil, err
	}
	for size := 4096; ; size *= 2 {
		var top []entry
		leaves = leaves[:0]
		for chunk := range slices.Chunk(all, size) {
			b, err := encodeDirectory(chunk)
			if err != nil {
				return nil, nil, err
			}
			top = append(top, entry{chunk[0].first, uint64(len(leaves)), uint32(len(b)), 0})
			leaves = append(leaves, b...)
		}
		if root, err = encodeDirectory(top); err != nil || len(root) <= maxRoot {
			return root, leaves, err
		}
	}
}

func encodeDirectory(dir []entry) ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(len(dir)))
	last := uint64(0)
	for _, e := range dir {
		b, last = binary.AppendUvarint(b, e.first-last), e.first
	}
	for _, e := range dir {
		b = binary.AppendUvarint(b, uint64(e.run))
	}
	for _, e := range dir {
		b = binary.AppendUvarint(b, uint64(e.size))
	}
	for i, e := range dir {
		if i > 0 && e.at == dir[i-1].at+uint64(dir[i-1].size) {
			b = append(b, 0)
		} else {
			b = binary.AppendUvarint(b, e.at+1)
		}
	}
	return pack(b)
}

func (h Header) encode() []byte {
	b := append(make([]byte, 0, headerSize), "PMTiles\x03"...)
	for _, v := range []uint64{h.RootAt, h.RootSize, h.MetaAt, h.MetaSize, h.LeavesAt, h.LeavesSize, h.TilesAt, h.TilesSize, h.Addressed, h.Entries, h.Contents} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	b = append(b, 1, codingGzip, codingGzip, tileTypeMVT, h.MinZoom, h.MaxZoom)
	center := h.Bound.Center()
	for _, v := range []float64{h.Bound.Min[0], h.Bound.Min[1], h.Bound.Max[0], h.Bound.Max[1]} {
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(v*1e7))))
	}
	b = append(b, h.MinZoom)
	for _, v := range center {
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(v*1e7))))
	}
	return b
}
