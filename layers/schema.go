package layers

// JSONSchema describes the features of a layer as a JSON Schema (2020-12) of their GeoJSON form, with the
// keywords of OGC API Features Part 5 for roles and units.
func JSONSchema(l Layer) map[string]any {
	properties := map[string]any{
		"id":       map[string]any{"type": "string", "minLength": 1, "maxLength": 200, "x-ogc-role": "id", "readOnly": true},
		"geometry": map[string]any{"format": "geometry-" + string(l.Kind) + geometrySuffix(l.Kind), "x-ogc-role": "primary-geometry"},
	}
	required := []string{}
	for i, p := range l.Properties {
		one := PropertySchema(p)
		one["x-ogc-propertySeq"] = i + 1
		properties[p.Name] = one
		if p.Required {
			required = append(required, p.Name)
		}
	}
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
		"title": l.Title.Zh, "description": l.Title.En,
		"properties": properties, "required": required, "additionalProperties": false,
	}
}

func geometrySuffix(k Kind) string {
	if k == AnyKind {
		return ""
	}
	return "-or-multi" + string(k)
}

// PropertySchema describes the values of one property.
func PropertySchema(p Property) map[string]any {
	s := map[string]any{"title": p.Title.Zh, "description": p.Title.En}
	switch p.Type {
	case IntegerType, NumberType, BooleanType:
		s["type"] = string(p.Type)
	case DateType:
		s["type"], s["format"] = "string", "date"
	case TimeType:
		s["type"], s["format"] = "string", "date-time"
	default:
		s["type"] = "string"
		if p.Format != "" {
			s["format"] = string(p.Format)
			break
		}
		s["maxLength"] = maxText
		if p.MaxLength > 0 {
			s["maxLength"] = p.MaxLength
		}
	}
	if p.Min != nil {
		s["minimum"] = *p.Min
	}
	if p.Max != nil {
		s["maximum"] = *p.Max
	}
	if p.Unit != "" {
		s["x-ogc-unit"] = p.Unit
	}
	if len(p.Values) > 0 {
		values, titles := make([]string, len(p.Values)), map[string]Text{}
		for i, v := range p.Values {
			values[i], titles[v.Value] = v.Value, v.Title
		}
		s["enum"], s["x-titles"] = values, titles
	}
	return s
}
