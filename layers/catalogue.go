package layers

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
)

// A Catalogue is all definitions of a server at one moment. It is not changed after it was built.
type Catalogue struct {
	groups []Group
	layers []Layer
	byID   map[string]Layer
}

// Load reads all *.yaml files of the folders. A later folder adds to the groups of earlier ones and overrides
// their layers by id. When there are problems, the catalogue is nil: half a catalogue is none.
func Load(folders ...fs.FS) (*Catalogue, Problems) {
	var (
		all []Group
		ps  Problems
	)
	for _, folder := range folders {
		files, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			ps.add("catalogue", "%v", err)
		}
		for _, file := range files {
			data, err := fs.ReadFile(folder, file)
			if err != nil {
				ps.add(file, "%v", err)
				continue
			}
			g, more := Parse(file, data)
			ps = append(ps, more...)
			all = append(all, g)
		}
	}
	if len(ps) > 0 {
		return nil, ps
	}
	c, ps := NewCatalogue(all...)
	if len(ps) > 0 {
		return nil, ps
	}
	if c.checkPartitions(&ps); len(ps) == 0 {
		c.checkDuties(&ps)
		c.checkAreas(&ps)
	}
	if len(ps) > 0 {
		return nil, ps
	}
	return c, nil
}

// NewCatalogue merges groups; a layer of a later group replaces one of the same id in an earlier one.
func NewCatalogue(all ...Group) (*Catalogue, Problems) {
	c := &Catalogue{byID: map[string]Layer{}}
	var ps Problems
	for _, g := range all {
		at := slices.IndexFunc(c.groups, func(o Group) bool { return o.ID == g.ID })
		if at < 0 {
			c.groups = append(c.groups, Group{ID: g.ID, Title: g.Title, Order: g.Order})
			at = len(c.groups) - 1
		}
		for _, l := range g.Layers {
			if old, known := c.byID[l.ID]; known && old.Group != l.Group {
				ps.add(fmt.Sprintf("%s:%d", l.File, l.Line), "layer %q is defined in group %s already (%s:%d)", l.ID, old.Group, old.File, old.Line)
			}
			c.byID[l.ID] = l
			list := slices.DeleteFunc(c.groups[at].Layers, func(o Layer) bool { return o.ID == l.ID })
			c.groups[at].Layers = append(list, l)
		}
	}
	if len(ps) > 0 {
		return nil, ps
	}
	slices.SortStableFunc(c.groups, func(a, b Group) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) })
	for _, g := range c.groups {
		slices.SortStableFunc(g.Layers, func(a, b Layer) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) })
		c.layers = append(c.layers, g.Layers...)
	}
	return c, nil
}

// Groups are the subsystems with their layers, in drawing order. Do not modify them.
func (c *Catalogue) Groups() []Group { return c.groups }

// Layers are all layers, in drawing order. Do not modify them.
func (c *Catalogue) Layers() []Layer { return c.layers }

// Layer finds a layer.
func (c *Catalogue) Layer(id string) (Layer, bool) {
	l, ok := c.byID[id]
	return l, ok
}

// Managed are the layers that live in the store.
func (c *Catalogue) Managed() []Layer {
	return slices.DeleteFunc(slices.Clone(c.layers), func(l Layer) bool { return !l.IsManaged() })
}
