package importer

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb"
)

// OpenOSM opens an OSM file whatever its content looks like.
func OpenOSM(path string, o Options) (Source, error) { return openOSM(path, o) }

// OSMWay makes a member of a relation, for tests outside of the package.
func OSMWay(id int64, role string) osmMember { return osmMember{1, id, role} }

// AssembleRelation lets tests make areas of ways that come from elsewhere.
func AssembleRelation(members []osmMember, lineOf func(int64) ([]orb.Point, bool, error)) (orb.Geometry, []string, error) {
	return assembleRelation(members, lineOf)
}

// AssembleMembers is an empty list of members.
func AssembleMembers() []osmMember { return nil }

// Digest sums up all that a reader found in an OSM file.
type Digest struct {
	Nodes, Ways, Relations int
	Sum                    uint64
}

func (d *Digest) add(parts ...any) { d.Sum += xxhash.Sum64String(fmt.Sprint(parts...)) }

func (d *Digest) Node(id int64, lon, lat float64, tags []string) {
	d.Nodes++
	d.add("n", id, math.Round(lon*1e7), math.Round(lat*1e7), strings.Join(tags, "|"))
}

func (d *Digest) Way(id int64, refs []int64, tags []string) {
	d.Ways++
	d.add("w", id, refs, strings.Join(tags, "|"))
}

func (d *Digest) Relation(id int64, refs []int64, tags []string) {
	d.Relations++
	d.add("r", id, refs, strings.Join(tags, "|"))
}

// OSMDigest reads all of a file.
func OSMDigest(path string) (out Digest, err error) {
	file, err := openOSMFile(path)
	if err != nil {
		return out, err
	}
	pass := osmPass[Digest]{file: file, work: func(b *osmBlock, data []byte) (d Digest, kinds blockKinds, err error) {
		kinds, err = b.read(data, osmVisitor{
			wants: func(string) bool { return true },
			node:  func(id int64, at osmPlace, tags osmTags) { p := at.point(); d.Node(id, p[0], p[1], tags) },
			way:   func(id int64, refs []int64, tags osmTags) { d.Way(id, refs, tags) },
			relation: func(id int64, members []osmMember, tags osmTags) {
				var refs []int64
				for _, m := range members {
					refs = append(refs, m.id)
				}
				d.Relation(id, refs, tags)
			},
		})
		return d, kinds, err
	}}
	err = pass.all(func(d Digest) {
		out.Nodes, out.Ways, out.Relations, out.Sum = out.Nodes+d.Nodes, out.Ways+d.Ways, out.Relations+d.Relations, out.Sum+d.Sum
	})
	return out, err
}

type openBytes struct{ *bytes.Reader }

func (openBytes) Close() error { return nil }

// ReadOSMBytes reads the buildings of bytes to the end or the first error.
func ReadOSMBytes(data []byte) {
	file, err := newOSMFile(openBytes{bytes.NewReader(data)}, int64(len(data)))
	if err != nil {
		return
	}
	theme, _ := findTheme("buildings")
	src := newOSMSource(file, theme)
	for {
		if _, err := src.Next(); err != nil {
			if err == io.EOF {
				src.Notes()
			}
			return
		}
	}
}

// OSMRecord is what becomes of tags.
func OSMRecord(theme string, tags []string) Record {
	t, _ := findTheme(theme)
	return t.record("way", 1, tags)
}
