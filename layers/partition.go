package layers

import (
	"fmt"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/partition"
)

// A Partition says that the features of a layer cover ground each place once, as beats do. Who breaks that by an edit is
// told where; see Survey.
type Partition struct {
	Within string  `yaml:"within,omitempty" json:"within,omitempty"` // layer whose features together are what shall be covered; unset or empty: gaps are the holes left between
	By     string  `yaml:"by,omitempty" json:"by,omitempty"`         // property: features with different values lie over each other, as sectors over beats
	Sliver float64 `yaml:"sliver,omitempty" json:"sliver,omitempty"` // m: what is narrower is not told; 0 is 1
}

// usualSliver is how wide a piece must be to be told, in metres, where a definition says nothing.
const usualSliver = 1

func (p *Partition) sliver() float64 {
	if p.Sliver == 0 {
		return usualSliver
	}
	return p.Sliver
}

// partOf is a feature as a part of what it covers with others.
func partOf(f *spatial.Feature) partition.Part {
	return partition.Part{ID: f.ID, Area: f.Geometry, Effective: f.Effective}
}

func checkPartition(ps *Problems, l Layer, at func(...any) string) {
	p := l.Partition
	if p == nil {
		return
	}
	if l.Kind != PolygonKind {
		ps.add(at("partition"), "only polygons cover ground: the geometry of the layer is %s", l.Kind)
	}
	if p.Within == l.ID {
		ps.add(at("partition", "within"), "a layer cannot be what it shall cover itself; name another, or leave it out")
	}
	if p.Within != "" && !idRule.MatchString(p.Within) {
		ps.add(at("partition", "within"), "%q is no layer id", p.Within)
	}
	if by, ok := l.Property(p.By); p.By != "" {
		switch {
		case !ok || by.Type != TextType:
			ps.add(at("partition", "by"), "%q is none of the text properties", p.By)
		case levels[by.Sensitivity] > levels[l.Sensitivity]:
			ps.add(at("partition", "by"), "%q is %s and the layer is not: findings would tell of it", p.By, by.Sensitivity)
		}
	}
	if !(p.Sliver >= 0 && p.Sliver <= 1000) {
		ps.add(at("partition", "sliver"), "the width %v is not within 0 to 1000 m", p.Sliver)
	}
}

// checkPartitions holds what partitions say of other layers against the definitions of those.
func (c *Catalogue) checkPartitions(ps *Problems) {
	for _, l := range c.layers {
		if l.Partition == nil || l.Partition.Within == "" {
			continue
		}
		place := fmt.Sprintf("%s:%d %s.partition.within", l.File, l.Line, l.ID)
		if other, known := c.Layer(l.Partition.Within); !known {
			ps.add(place, "there is no layer %q", l.Partition.Within)
		} else if other.Kind != PolygonKind {
			ps.add(place, "layer %s holds %s: only polygons can be covered", other.ID, other.Kind)
		}
	}
}
