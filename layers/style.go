package layers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Style is the MapLibre style of a catalogue: one vector source per group, the layers in drawing order, and
// all labels above everything else. base is the address of the server without a slash at its end. There are
// no glyphs and sprites: clients draw text with their own fonts.
func Style(c *Catalogue, base string) map[string]any {
	sources := map[string]any{}
	var shapes, labels []map[string]any
	for _, g := range c.Groups() {
		if len(g.Layers) == 0 {
			continue
		}
		sources[g.ID] = vectorSource(g, base)
		for _, l := range g.Layers {
			for i, item := range l.Style {
				drawn := draw(g, l, i, item)
				if drawn["type"] == "symbol" {
					labels = append(labels, drawn)
				} else {
					shapes = append(shapes, drawn)
				}
			}
		}
	}
	ground := map[string]any{"id": "ground", "type": "background", "paint": map[string]any{"background-color": "#0b1118"}}
	return map[string]any{
		"version": 8, "name": "Wardmap", "sources": sources,
		"layers": slices.Concat([]map[string]any{ground}, shapes, labels),
	}
}

// vectorSource covers the zooms of all layers of the group.
func vectorSource(g Group, base string) map[string]any {
	names, low, high := make([]string, len(g.Layers)), g.Layers[0].MinZoom, uint8(0)
	for i, l := range g.Layers {
		names[i], low, high = l.ID, min(low, l.MinZoom), max(high, l.MaxZoom)
	}
	return map[string]any{
		"type": "vector", "minzoom": low, "maxzoom": high,
		"tiles": []string{base + "/tiles/" + strings.Join(names, ",") + "/{z}/{x}/{y}.mvt"},
	}
}

func draw(g Group, l Layer, i int, item StyleItem) map[string]any {
	out := map[string]any{}
	maps.Copy(out, item)
	delete(out, "name")
	id := l.ID
	if name, ok := item["name"].(string); ok {
		id += "/" + name
	} else if i > 0 {
		id += fmt.Sprintf("/%d", i+1)
	}
	out["id"], out["source"], out["source-layer"] = id, g.ID, l.ID
	if labels := l.LabelLayer(); labels != "" && isLabel(item) {
		out["source-layer"] = labels
	}
	if l.Hidden {
		layout := map[string]any{}
		if old, ok := out["layout"].(map[string]any); ok {
			maps.Copy(layout, old)
		}
		layout["visibility"] = "none"
		out["layout"] = layout
	}
	return out
}

// LabelSuffix makes the name of the layer of label points that tiles carry beside a layer of polygons. A polygon
// lies on many tiles; its label point on one, so that its name is written once.
const LabelSuffix = "_label"

// LabelLayer is the name of the layer of label points, "" when the style writes no names into polygons.
func (l Layer) LabelLayer() string {
	if l.Kind == PolygonKind && l.Source.Type != Archive && slices.ContainsFunc(l.Style, isLabel) {
		return l.ID + LabelSuffix
	}
	return ""
}

// isLabel tells whether a style item writes at a point, and not along a line.
func isLabel(s StyleItem) bool {
	layout, _ := s["layout"].(map[string]any)
	placement, _ := layout["symbol-placement"].(string)
	return s["type"] == "symbol" && (placement == "" || placement == "point")
}
