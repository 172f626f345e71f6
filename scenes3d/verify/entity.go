package verify

import (
	"encoding/json"
	"maps"
	"slices"
)

// class finds a class, noting if it is not there.
func (s *schema) class(at place, name string) *class {
	if s == nil {
		at.bad("schema-missing", "there is no schema with the class %q", name)
		return nil
	}
	c := s.Classes[name]
	if c == nil {
		at.bad("class-unknown", "the class %q is not in the schema", name)
	}
	return c
}

// entity checks the properties of a tileset, tile, content or group.
func (s *schema) entity(at place, e *entity) {
	if e == nil {
		return
	}
	c := s.class(at, e.Class)
	if c == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
		p := c.Properties[name]
		if p == nil {
			at.in("%s", name).bad("property-unknown", "is not in the class %s", e.Class)
			continue
		}
		if !s.fits(p, e.Properties[name]) {
			at.in("%s", name).bad("property-value", "%.60s is no %s", e.Properties[name], p.Type)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Properties)) {
		if _, ok := e.Properties[name]; !ok && c.Properties[name].Required {
			at.in("%s", name).bad("property-missing", "is required by the class %s", e.Class)
		}
	}
}

// fits says whether a JSON value is one of the property's type. Of arrays only
// the being an array is checked.
func (s *schema) fits(p *property, raw json.RawMessage) bool {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return false
	}
	list, isList := v.([]any)
	if p.Array {
		return isList && (p.Count == nil || len(list) == *p.Count)
	}
	switch p.Type {
	case "STRING":
		_, ok := v.(string)
		return ok
	case "BOOLEAN":
		_, ok := v.(bool)
		return ok
	case "ENUM":
		name, ok := v.(string)
		return ok && s.Enums[p.EnumType].has(name)
	case "SCALAR":
		_, ok := v.(float64)
		return ok
	}
	return isList && len(list) == elements[p.Type]
}

func (e *enum) has(name string) bool {
	if e == nil {
		return false
	}
	for _, v := range e.Values {
		if v.Name == name {
			return true
		}
	}
	return false
}
