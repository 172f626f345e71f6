package api

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
)

// crs84 is lon, lat in degrees: the only coordinate system that is spoken here.
const crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

// A collection is a layer as OGC API sees it.
type collection struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	ItemType    string   `json:"itemType"`
	ItemCount   int64    `json:"itemCount"`
	Extent      *extents `json:"extent,omitempty"` // none when the layer is empty
	CRS         []string `json:"crs"`
	StorageCRS  string   `json:"storageCrs"`
	Links       []link   `json:"links"`
}

type extents struct {
	Spatial struct {
		BBox [][4]float64 `json:"bbox"`
		CRS  string       `json:"crs"`
	} `json:"spatial"`
}

func (s *Server) collection(ctx context.Context, base string, l layers.Layer) (collection, error) {
	stat, err := s.stat(ctx, l)
	if err != nil {
		return collection{}, err
	}
	at := base + "/collections/" + l.ID
	out := collection{
		ID: l.ID, Title: l.Title.Zh, Description: l.Title.En, ItemType: "feature", ItemCount: stat.Count,
		CRS: []string{crs84}, StorageCRS: crs84,
		Links: []link{
			{at, "self", typeJSON, l.Title.En},
			{at + "?f=html", "alternate", "text/html", l.Title.En},
			{at + "/items", "items", typeGeoJSON, l.Title.En},
			{at + "/items?f=html", "items", "text/html", l.Title.En},
			{at + "/schema", "http://www.opengis.net/def/rel/ogc/1.0/schema", typeSchema, "schema of the features"},
			{at + "/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", typeSchema, "properties to filter by"},
			{base + "/tiles/" + l.ID + ".json", "related", typeJSON, "TileJSON"},
			{base + "/layers/" + l.ID, "related", typeJSON, "definition of the layer"},
		},
	}
	if b := stat.Bound; !b.IsEmpty() {
		out.Extent = &extents{}
		out.Extent.Spatial.BBox = [][4]float64{{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}}
		out.Extent.Spatial.CRS = crs84
	}
	return out, nil
}

func (s *Server) getCollections(c echo.Context) error {
	params, err := query(c, "f")
	if err != nil {
		return err
	}
	base, all := s.base(c.Request()), []collection{}
	for _, l := range s.collections() {
		one, err := s.collection(c.Request().Context(), base, l)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	return sendDocument(c, params["f"], typeJSON, "Collections", map[string]any{
		"links": []link{
			{base + "/collections", "self", typeJSON, "this document"},
			{base + "/collections?f=html", "alternate", "text/html", "this document as a page"},
		},
		"crs":         []string{crs84},
		"collections": all,
	})
}

func (s *Server) getCollection(c echo.Context) error {
	l, params, err := s.layerAndForm(c)
	if err != nil {
		return err
	}
	one, err := s.collection(c.Request().Context(), s.base(c.Request()), l)
	if err != nil {
		return err
	}
	return sendDocument(c, params["f"], typeJSON, l.Title.Zh+" / "+l.Title.En, one)
}

func (s *Server) getSchema(c echo.Context) error {
	l, params, err := s.layerAndForm(c)
	if err != nil {
		return err
	}
	doc := layers.JSONSchema(l)
	doc["$id"] = s.base(c.Request()) + "/collections/" + l.ID + "/schema"
	return sendDocument(c, params["f"], typeSchema, l.Title.Zh+" / "+l.Title.En, doc)
}

// getQueryables describes the properties that /items filters by: by equality, besides bbox and datetime.
func (s *Server) getQueryables(c echo.Context) error {
	l, params, err := s.layerAndForm(c)
	if err != nil {
		return err
	}
	properties := map[string]any{}
	for _, p := range l.Properties {
		if !reserved[p.Name] {
			properties[p.Name] = layers.PropertySchema(p)
		}
	}
	return sendDocument(c, params["f"], typeSchema, l.Title.Zh+" / "+l.Title.En, map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": s.base(c.Request()) + "/collections/" + l.ID + "/queryables",
		"type": "object", "title": l.Title.Zh, "description": l.Title.En,
		"properties": properties, "additionalProperties": false,
	})
}

func (s *Server) layerAndForm(c echo.Context) (layers.Layer, map[string]string, error) {
	l, err := s.layer(c)
	if err != nil {
		return l, nil, err
	}
	params, err := query(c, "f")
	return l, params, err
}
