package api

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
)

// A definition is a layer's definition with what the layer holds.
type definition struct {
	layers.Layer
	Editable bool        `json:"editable"`
	Count    *int64      `json:"count,omitempty"`  // none for an archive
	Extent   *[4]float64 `json:"extent,omitempty"` // west, south, east, north; none when it is empty or an archive
}

func (s *Server) define(ctx context.Context, l layers.Layer) (definition, error) {
	d := definition{Layer: l, Editable: l.IsManaged()}
	if l.Source.Type == layers.Archive {
		return d, nil
	}
	stat, err := s.stat(ctx, l)
	if err != nil {
		return d, err
	}
	d.Count = &stat.Count
	if b := stat.Bound; !b.IsEmpty() {
		d.Extent = &[4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
	}
	return d, nil
}

// getLayers answers with the groups and, in drawing order, all layers.
func (s *Server) getLayers(c echo.Context) error {
	params, err := query(c, "f")
	if err != nil {
		return err
	}
	all := []definition{}
	for _, l := range s.defs().Layers() {
		d, err := s.define(c.Request().Context(), l)
		if err != nil {
			return err
		}
		all = append(all, d)
	}
	return sendDocument(c, params["f"], typeJSON, "Layers", map[string]any{"groups": s.defs().Groups(), "layers": all})
}

func (s *Server) getLayer(c echo.Context) error {
	name := param(c, "layer")
	params, err := query(c, "f")
	if err != nil {
		return err
	}
	l, known := s.defs().Layer(name)
	if !known {
		return s.unknownLayer(name)
	}
	d, err := s.define(c.Request().Context(), l)
	if err != nil {
		return err
	}
	return sendDocument(c, params["f"], typeJSON, l.Title.Zh+" / "+l.Title.En, d)
}

func (s *Server) getStyle(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	return sendJSON(c, 200, typeJSON, layers.Style(s.defs(), s.base(c.Request())))
}
