package api

import (
	"slices"

	"github.com/wardmap/wardmap/layers"
)

// itemsPath documents /collections/{layer}/items of one layer, with a filter for each of its properties.
func itemsPath(l layers.Layer) object {
	params := []any{}
	for _, name := range []string{"bbox", "datetime", "limit", "after", "offset", "f"} {
		params = append(params, ref("parameters", name))
	}
	for _, p := range l.Properties {
		if reserved[p.Name] {
			continue
		}
		schema := layers.PropertySchema(p)
		for _, bound := range []string{"minimum", "maximum", "maxLength"} {
			delete(schema, bound) // asking for what cannot be is no mistake
		}
		params = append(params, object{
			"name": p.Name, "in": "query", "required": false, "style": "form", "explode": false,
			"description": p.Title.Zh + " / " + p.Title.En, "schema": schema,
		})
	}
	path := object{"get": object{
		"tags": []string{"features"}, "operationId": "items_" + l.ID, "summary": "Features of " + l.Title.En, "parameters": params,
		"responses": answers("404", object{"200": content("A page of features", object{
			typeGeoJSON: ref("schemas", "page_"+l.ID), typeJSON: ref("schemas", "page_"+l.ID), "text/html": object{"type": "string"},
		})}),
	}}
	if l.IsManaged() {
		created := content("It is created", object{typeGeoJSON: ref("schemas", "feature_"+l.ID)})
		created["headers"] = object{"Location": ref("headers", "Location"), "ETag": ref("headers", "ETag")}
		path["post"] = object{
			"tags": []string{"features"}, "operationId": "create_" + l.ID, "summary": "Create a feature of " + l.Title.En, "parameters": []any{ref("parameters", "strict")},
			"requestBody": writeBody("write_"+l.ID, typeGeoJSON, typeJSON),
			"responses":   answers("write", object{"201": created}),
		}
	}
	return path
}

// itemPathDoc documents /collections/{layer}/items/{id} of one layer.
func itemPathDoc(l layers.Layer) object {
	id := ref("parameters", "id")
	one := func(what string) object {
		out := content(what, object{typeGeoJSON: ref("schemas", "feature_"+l.ID), typeJSON: ref("schemas", "feature_"+l.ID)})
		out["headers"] = object{"ETag": ref("headers", "ETag")}
		return out
	}
	read := one("The feature")
	read["content"].(object)["text/html"] = object{"schema": object{"type": "string"}}
	path := object{"get": object{
		"tags": []string{"features"}, "operationId": "item_" + l.ID, "summary": "One feature of " + l.Title.En,
		"parameters": []any{id, ref("parameters", "f")}, "responses": answers("404", object{"200": read, "304": ref("responses", "notModified")}),
	}}
	if !l.IsManaged() {
		return path
	}
	guarded := []any{id, ref("parameters", "ifMatch"), ref("parameters", "strict")}
	path["put"] = object{
		"tags": []string{"features"}, "operationId": "replace_" + l.ID, "summary": "Replace a feature of " + l.Title.En, "parameters": guarded,
		"requestBody": writeBody("write_"+l.ID, typeGeoJSON, typeJSON), "responses": answers("write", object{"200": one("As it stands now")}),
	}
	path["patch"] = object{
		"tags": []string{"features"}, "operationId": "patch_" + l.ID, "summary": "Change parts of a feature of " + l.Title.En, "parameters": guarded,
		"requestBody": writeBody("patch_"+l.ID, typePatch, typeGeoJSON, typeJSON), "responses": answers("write", object{"200": one("As it stands now")}),
	}
	path["delete"] = object{
		"tags": []string{"features"}, "operationId": "delete_" + l.ID, "summary": "Delete a feature of " + l.Title.En, "parameters": guarded,
		"responses": answers("write", object{"204": ref("responses", "deleted")}),
	}
	return path
}

// answers adds the problems of reading or writing.
func answers(kind string, known object) object {
	codes := []string{"400", "404", "406", "500", "503"}
	if kind == "write" {
		codes = []string{"400", "404", "405", "409", "412", "413", "415", "422", "500", "503"}
	}
	for _, code := range codes {
		known[code] = ref("responses", "problem")
	}
	return known
}

func content(what string, schemas object) object {
	types := object{}
	for mediaType, schema := range schemas {
		types[mediaType] = object{"schema": schema}
	}
	return object{"description": what, "content": types}
}

func writeBody(schema string, types ...string) object {
	schemas := object{}
	for _, t := range types {
		schemas[t] = ref("schemas", schema)
	}
	body := content("", schemas)
	delete(body, "description")
	body["required"] = true
	return body
}

// itemSchemas are those of a layer: a feature as it is read, written and patched, and a page of features.
func itemSchemas(l layers.Layer) object {
	properties, nullable := object{}, object{}
	required := []string{}
	for _, p := range l.Properties {
		properties[p.Name], nullable[p.Name] = layers.PropertySchema(p), orNull(layers.PropertySchema(p))
		if p.Required {
			required = append(required, p.Name)
		}
	}
	feature := object{"type": "string", "enum": []string{"Feature"}}
	strict := func(properties object, required ...string) object {
		out := object{"type": "object", "additionalProperties": false, "properties": properties}
		if len(required) > 0 {
			out["required"] = required
		}
		return out
	}
	shape := geometrySchema(l.Kind)
	all := object{
		"feature_" + l.ID: strict(object{
			"type": feature, "id": object{"type": "string"}, "geometry": shape, "properties": strict(properties, required...),
			"common": ref("schemas", "common"), "links": ref("schemas", "links"), "findings": ref("schemas", "findings"),
		}, "type", "id", "geometry", "properties", "common"),
		"page_" + l.ID: strict(object{
			"type": object{"type": "string", "enum": []string{"FeatureCollection"}}, "timeStamp": object{"type": "string", "format": "date-time"},
			"numberMatched": object{"type": "integer", "minimum": 0}, "numberReturned": object{"type": "integer", "minimum": 0},
			"links": ref("schemas", "links"), "features": object{"type": "array", "items": ref("schemas", "feature_"+l.ID)},
		}, "type", "timeStamp", "numberMatched", "numberReturned", "links", "features"),
	}
	if l.IsManaged() {
		all["write_"+l.ID] = object{"type": "object", "required": []string{"type", "geometry"}, "properties": object{
			"type": feature, "id": object{"type": "string"}, "geometry": shape, "properties": strict(nullable, required...), "common": ref("schemas", "common"),
		}}
		all["patch_"+l.ID] = object{"type": "object", "properties": object{
			"type": feature, "id": object{"type": "string"}, "geometry": shape, "properties": strict(nullable), "common": ref("schemas", "common"),
		}}
	}
	return all
}

// orNull admits null, which stands for a value that is absent.
func orNull(schema object) object {
	schema["nullable"] = true
	if values, is := schema["enum"].([]string); is {
		all := []any{nil}
		for _, v := range values {
			all = append(all, v)
		}
		schema["enum"] = all
	}
	return schema
}

func geometrySchema(k layers.Kind) object {
	types := map[layers.Kind][]string{
		layers.PointKind: {"Point", "MultiPoint"}, layers.LineKind: {"LineString", "MultiLineString"}, layers.PolygonKind: {"Polygon", "MultiPolygon"},
	}[k]
	if types == nil {
		return ref("schemas", "geometry")
	}
	return object{
		"type": "object", "required": []string{"type", "coordinates"},
		"properties": object{
			"type":        object{"type": "string", "enum": slices.Clone(types)},
			"coordinates": object{"type": "array", "minItems": 1, "items": object{}},
		},
	}
}
