package api

import (
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// getSearch finds features by id, label or a text: points in the middle of the features, with their boxes.
func (s *Server) getSearch(c echo.Context) error {
	params, err := query(c, "q", "limit", "bbox")
	if err != nil {
		return err
	}
	q := strings.TrimSpace(params["q"])
	if q == "" || len(q) > 200 {
		return badValue("q", "give 1 to 200 bytes of text to search for")
	}
	limit, err := whole(params, "limit", 1, 100, 20)
	if err != nil {
		return err
	}
	near := []*orb.Bound{nil}
	if text, given := params["bbox"]; given {
		found, err := boxes(text)
		if err != nil {
			return err
		}
		near = near[:0]
		for i := range found {
			near = append(near, &found[i])
		}
	}
	var hits []layers.Hit
	for _, box := range near {
		more, err := s.Search.Search(c.Request().Context(), s.view, q, limit, box)
		if err != nil {
			return err
		}
		hits = append(hits, more...)
	}
	c.Set(countKey, min(limit, len(hits)))
	return sendBytes(c, 200, typeGeoJSON, "", s.appendHits(nil, hits[:min(limit, len(hits))]))
}

func (s *Server) appendHits(dst []byte, hits []layers.Hit) []byte {
	defs := s.defs()
	dst = append(dst, `{"type":"FeatureCollection","features":[`...)
	open := len(dst)
	for _, h := range hits {
		l, known := defs.Layer(h.Layer)
		if !known {
			continue
		}
		if len(dst) > open {
			dst = append(dst, ',')
		}
		dst = appendHit(dst, l, h)
	}
	return append(dst, ']', '}')
}

var hitProperties = []layers.Property{{Name: "id"}, {Name: "layer"}, {Name: "layer_title_zh"}, {Name: "layer_title_en"}, {Name: "label"}, {Name: "found"}}

func appendHit(dst []byte, l layers.Layer, h layers.Hit) []byte {
	dst = append(dst, `{"type":"Feature","id":`...)
	dst = appendString(dst, h.Layer+"/"+h.ID)
	dst = append(dst, `,"bbox":[`...)
	for i, v := range []float64{h.Bound.Min[0], h.Bound.Min[1], h.Bound.Max[0], h.Bound.Max[1]} {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendFloat(dst, v)
	}
	dst = append(dst, `],"geometry":`...)
	dst = appendGeometry(dst, h.Bound.Center())
	dst = append(dst, `,"properties":{`...)
	f := spatial.Feature{Properties: map[string]any{
		"id": h.ID, "layer": h.Layer, "layer_title_zh": l.Title.Zh, "layer_title_en": l.Title.En, "label": h.Label,
	}}
	if h.Found != "" {
		f.Properties["found"] = h.Found
	}
	dst = appendProperties(dst, hitProperties, &f)
	return append(dst, '}', '}')
}
