package verify

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
)

type schemaJSON struct {
	ID      string
	Classes map[string]*class
	Enums   map[string]*enum
}

// A class is a kind of things with properties.
type class struct{ Properties map[string]*property }

type property struct {
	Type          string
	ComponentType string
	EnumType      string
	Array         bool
	Count         *int
	Normalized    bool
	Required      bool
	Offset, Scale json.RawMessage
	Min, Max      json.RawMessage
	NoData        json.RawMessage
	Default       json.RawMessage
	Semantic      string
}

type enum struct {
	ValueType string
	Values    []struct {
		Name  string
		Value int64
	}
	names map[int64]string
}

// An entity is a tileset, tile, content or group with properties of its own.
type entity struct {
	Class      string
	Properties map[string]json.RawMessage
}

// A schema is one that was read. Of a nil schema everything is unknown.
type schema struct{ schemaJSON }

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// schema reads the schema of a document, by value or by URI; nil: none.
func (w *walker) schema(uri string, own *schemaJSON, ref string) *schema {
	at := w.at(uri, "schema")
	switch {
	case own != nil && ref != "":
		at.bad("schema-both", "there are both schema and schemaUri")
	case own != nil:
		return newSchema(at, own)
	case ref == "":
		return nil
	}
	path, data, ok := w.resource(uri, at.name, ref)
	if !ok {
		return nil
	}
	if s, ok := w.known[path]; ok {
		return s
	}
	var j schemaJSON
	if err := json.Unmarshal(data, &j); err != nil {
		w.at(path, "document").bad("schema-json", "%v", err)
		return nil
	}
	w.known[path] = newSchema(w.at(path, "schema"), &j)
	return w.known[path]
}

// newSchema checks a schema; what is wrong is left in.
func newSchema(at place, j *schemaJSON) *schema {
	if !identifier.MatchString(j.ID) {
		at.in("id").bad("schema-id", "%q is no identifier", j.ID)
	}
	for _, name := range slices.Sorted(maps.Keys(j.Enums)) {
		j.Enums[name].check(at.in("enums.%s", name))
	}
	for _, name := range slices.Sorted(maps.Keys(j.Classes)) {
		c := j.Classes[name]
		if c == nil || !identifier.MatchString(name) {
			at.in("classes").bad("schema-class", "%q is no class", name)
			delete(j.Classes, name)
			continue
		}
		semantics := map[string]bool{}
		for _, p := range slices.Sorted(maps.Keys(c.Properties)) {
			where := at.in("classes.%s.%s", name, p)
			if c.Properties[p] == nil || !identifier.MatchString(p) {
				where.bad("schema-property", "%q is no property", p)
				delete(c.Properties, p)
				continue
			}
			c.Properties[p].check(where, j.Enums)
			if s := c.Properties[p].Semantic; s != "" && semantics[s] {
				where.bad("schema-semantic", "%s is there twice", s)
			} else {
				semantics[s] = true
			}
		}
	}
	return &schema{*j}
}

func (e *enum) check(at place) {
	if e == nil {
		at.bad("schema-enum", "there is no enum")
		return
	}
	if e.ValueType == "" {
		e.ValueType = "UINT16"
	}
	if s, ok := scalars[e.ValueType]; !ok || s.float {
		at.bad("schema-enum", "the value type %s is no integer", e.ValueType)
	}
	e.names = map[int64]string{}
	names := map[string]bool{}
	for _, v := range e.Values {
		if _, ok := e.names[v.Value]; ok || names[v.Name] {
			at.bad("schema-enum", "%s or %d is there twice", v.Name, v.Value)
		}
		e.names[v.Value], names[v.Name] = v.Name, true
	}
	if len(e.Values) == 0 {
		at.bad("schema-enum", "there are no values")
	}
}

func (p *property) check(at place, enums map[string]*enum) {
	_, numeric := elements[p.Type]
	_, known := scalars[p.ComponentType]
	switch {
	case !numeric && p.Type != "STRING" && p.Type != "BOOLEAN" && p.Type != "ENUM":
		at.bad("schema-property", "%q is no type", p.Type)
	case numeric && !known:
		at.bad("schema-property", "%q is no component type", p.ComponentType)
	case !numeric && p.ComponentType != "":
		at.bad("schema-property", "%s has no component type", p.Type)
	case (p.Type == "ENUM") != (p.EnumType != "") || p.Type == "ENUM" && enums[p.EnumType] == nil:
		at.bad("schema-property", "the enum %q of a %s is not there", p.EnumType, p.Type)
	case p.Type == "BOOLEAN" && p.NoData != nil:
		at.bad("nodata-boolean", "a BOOLEAN cannot have a noData value")
	case p.Required && (p.NoData != nil || p.Default != nil):
		at.bad("schema-property", "a required property has no noData and no default")
	case p.Count != nil && (!p.Array || *p.Count < 2):
		at.bad("schema-property", "the count %d is not that of an array", *p.Count)
	case p.Normalized && (!numeric || scalars[p.ComponentType].float):
		at.bad("schema-property", "only integers are normalized")
	}
}
