package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// conformsTo are the classes that hold, and no others.
var conformsTo = []string{
	"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/update",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags",
	"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
	"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/queryables",
}

// home is the map wall for browsers and the OGC landing page for programs.
func (s *Server) home(c echo.Context) error {
	req := c.Request()
	vary(c.Response().Header(), "Accept")
	if f := req.URL.Query().Get("f"); f == "" && accepted(req.Header.Get("Accept"), typeJSON, typeHTML) == typeHTML {
		switch who := asker(c); {
		case s.Accounts != nil && who.Half:
			return seeOther(c, "/me")
		case s.Accounts != nil && who.ID == "":
			return seeOther(c, "/sign-in")
		}
		return s.sendWall(c)
	}
	params, err := query(c, "f")
	if err != nil {
		return err
	}
	base := s.base(req)
	links := []link{
		{base + "/?f=json", "self", typeJSON, "this document"},
		{base + "/?f=html", "alternate", "text/html", "this document as a page"},
		{base + "/api", "service-desc", typeOpenAPI, "the API's definition"},
		{base + "/api.html", "service-doc", "text/html", "the API's documentation"},
		{base + "/conformance", "conformance", typeJSON, "classes of OGC API that hold"},
		{base + "/collections", "data", typeJSON, "the collections"},
		{base + "/layers", "related", typeJSON, "definitions of the layers"},
		{base + "/style.json", "related", "application/vnd.mapbox.style+json", "style for MapLibre"},
		{base + "/events", "related", typeEvents, "what changes"},
	}
	if s.Live != nil {
		links = append(links,
			link{base + "/units", "related", typeGeoJSON, "what moves"},
			link{base + "/fences", "related", typeJSON, "rules about places"},
			link{base + "/alerts", "related", typeEvents, "what happens"},
			link{base + "/tiles/" + movingTiles + ".json", "related", typeJSON, "TileJSON of what moves"},
		)
	}
	return sendDocument(c, params["f"], typeJSON, "Wardmap", map[string]any{
		"title":       "Wardmap",
		"description": "Map layers of a city's public safety: features, vector tiles, changes. 城市公共安全地图图层：要素、矢量瓦片与变更。",
		"version":     s.Version,
		"links":       links,
	})
}

func (s *Server) getConformance(c echo.Context) error {
	params, err := query(c, "f")
	if err != nil {
		return err
	}
	return sendDocument(c, params["f"], typeJSON, "Conformance", map[string]any{"conformsTo": conformsTo})
}

func (s *Server) getHealth(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string]string{"status": "alive", "version": s.Version})
}
