package api

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
)

// tileJSON is a TileJSON 3.0 document.
type tileJSON struct {
	Version     string        `json:"tilejson"`
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Scheme      string        `json:"scheme"`
	Tiles       []string      `json:"tiles"`
	MinZoom     uint8         `json:"minzoom"`
	MaxZoom     uint8         `json:"maxzoom"`
	Bounds      [4]float64    `json:"bounds"`
	Layers      []vectorLayer `json:"vector_layers"`
}

type vectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description,omitempty"`
	MinZoom     uint8             `json:"minzoom"`
	MaxZoom     uint8             `json:"maxzoom"`
	Fields      map[string]string `json:"fields"`
}

func (s *Server) getTileJSON(c echo.Context) error {
	names, is := strings.CutSuffix(param(c, "layers"), ".json")
	if !is {
		return refuse(notFound, "there are /tiles/{layers}.json and /tiles/{layers}/{z}/{x}/{y}.mvt")
	}
	if _, err := query(c); err != nil {
		return err
	}
	list, err := s.tileLayers(names)
	if err != nil {
		return err
	}
	if s.areMoving(list) {
		return sendJSON(c, 200, typeJSON, describeMoving(s.base(c.Request()), s.Live.TileFields))
	}
	set := make([]layers.Layer, len(list))
	for i, name := range list {
		set[i], _ = s.defs().Layer(name)
	}
	bounds, err := s.extent(c.Request().Context(), set)
	if err != nil {
		return err
	}
	doc := describe(set)
	doc.Tiles = []string{s.base(c.Request()) + "/tiles/" + strings.Join(list, ",") + "/{z}/{x}/{y}.mvt"}
	doc.Bounds = [4]float64{bounds.Min[0], bounds.Min[1], bounds.Max[0], bounds.Max[1]}
	return sendJSON(c, 200, typeJSON, doc)
}

// describeMoving is the TileJSON of what moves.
func describeMoving(base string, fields map[string]string) tileJSON {
	if fields == nil {
		fields = map[string]string{}
	}
	return tileJSON{
		Version: "3.0.0", Name: "单元位置", Description: "Units where they are now", Scheme: "xyz", MaxZoom: 22,
		Tiles:  []string{base + "/tiles/" + movingTiles + "/{z}/{x}/{y}.mvt"},
		Bounds: [4]float64{mercator.Min[0], mercator.Min[1], mercator.Max[0], mercator.Max[1]},
		Layers: []vectorLayer{{ID: movingTiles, Description: "单元 / Units", MaxZoom: 22, Fields: fields}},
	}
}

// describe is the part of a TileJSON that the definitions say.
func describe(set []layers.Layer) tileJSON {
	doc := tileJSON{Version: "3.0.0", Scheme: "xyz", MinZoom: set[0].MinZoom}
	var names, titles []string
	for _, l := range set {
		doc.MinZoom, doc.MaxZoom = min(doc.MinZoom, l.MinZoom), max(doc.MaxZoom, l.MaxZoom)
		names, titles = append(names, l.Title.Zh), append(titles, l.Title.En)
		v := vectorLayer{ID: l.ID, Description: l.Title.Zh + " / " + l.Title.En, MinZoom: l.MinZoom, MaxZoom: l.MaxZoom, Fields: map[string]string{}}
		for _, p := range l.Properties {
			if p.Tile {
				v.Fields[p.Name] = field(p)
			}
		}
		doc.Layers = append(doc.Layers, v)
		if labels := l.LabelLayer(); labels != "" {
			v.ID, v.Description = labels, v.Description+": one point for each name"
			doc.Layers = append(doc.Layers, v)
		}
	}
	doc.Name, doc.Description = strings.Join(names, ", "), strings.Join(titles, ", ")
	return doc
}

// field describes a property: "number (m): 高度 / Height".
func field(p layers.Property) string {
	kind := string(p.Type)
	if p.Unit != "" {
		kind += " (" + p.Unit + ")"
	}
	return kind + ": " + p.Title.Zh + " / " + p.Title.En
}

// mercator is what web mercator tiles can show.
var mercator = orb.Bound{Min: orb.Point{-180, -85.0511287798066}, Max: orb.Point{180, 85.0511287798066}}

// extent is the box around all features of the layers; of empty layers and archives it is what tiles can show.
func (s *Server) extent(ctx context.Context, set []layers.Layer) (orb.Bound, error) {
	all := layers.Nowhere
	for _, l := range set {
		if l.Source.Type == layers.Archive {
			return mercator, nil
		}
		stat, err := s.stat(ctx, l)
		if err != nil {
			return all, err
		}
		switch {
		case stat.Bound.IsEmpty():
		case all.IsEmpty():
			all = stat.Bound
		default:
			all = all.Union(stat.Bound)
		}
	}
	if all.IsEmpty() {
		return mercator, nil
	}
	all.Min[1], all.Max[1] = max(all.Min[1], mercator.Min[1]), min(all.Max[1], mercator.Max[1])
	return all, nil
}
