package importer

import (
	"maps"
	"slices"
)

// cityGroup is the type of what only gathers others: its members stand for themselves.
const cityGroup = "CityObjectGroup"

// standing are the objects that are no parts of others, in order. Where objects are parts of each other in a circle, the
// first of them stands for all; those come last, and circles has them.
func (d *cityDocument) standing() (ids []string, circles map[string]bool) {
	reached, circles := map[string]bool{}, map[string]bool{}
	parts := d.parts()
	sorted := slices.Sorted(maps.Keys(d.CityObjects))
	for _, id := range sorted {
		if !parts[id] && d.CityObjects[id] != nil && d.CityObjects[id].Type != cityGroup {
			ids = append(ids, id)
			d.reach(id, reached)
		}
	}
	for _, id := range sorted {
		if parts[id] && !reached[id] {
			ids, circles[id] = append(ids, id), true
			d.reach(id, reached)
		}
	}
	return ids, circles
}

// parts are the objects that name a parent which is there, names them as its children and is no group.
func (d *cityDocument) parts() map[string]bool {
	type link struct{ parent, child string }
	named := map[link]bool{}
	for id, o := range d.CityObjects {
		if o != nil && o.Type != cityGroup {
			for _, child := range o.Children {
				named[link{id, child}] = true
			}
		}
	}
	parts := map[string]bool{}
	for id, o := range d.CityObjects {
		if o != nil && o.Type != cityGroup {
			parts[id] = slices.ContainsFunc(o.Parents, func(parent string) bool { return named[link{parent, id}] })
		}
	}
	return parts
}

// reach marks an object, its parts and theirs.
func (d *cityDocument) reach(id string, reached map[string]bool) {
	for open := []string{id}; len(open) > 0; {
		id, open = open[len(open)-1], open[:len(open)-1]
		if o := d.CityObjects[id]; o != nil && !reached[id] {
			reached[id] = true
			open = append(open, o.Children...)
		}
	}
}
