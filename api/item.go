package api

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// getItem answers with one feature. Its ETag is "v" and the version, which If-Match takes; features of others
// have no version.
func (s *Server) getItem(c echo.Context) error {
	l, err := s.layer(c)
	if err != nil {
		return err
	}
	params, err := query(c, "f")
	if err != nil {
		return err
	}
	mediaType, err := form(c, params["f"], typeGeoJSON, typeJSON, typeHTML)
	if err != nil {
		return err
	}
	f, err := s.read(l).Feature(c.Request().Context(), l.ID, param(c, "id"))
	if err != nil {
		return err
	}
	c.Set(countKey, 1)
	vary(c.Response().Header(), "Accept")
	body := s.item(c.Request(), l, &f)
	if mediaType == typeHTML {
		return sendPage(c, l.Title.Zh+" "+f.ID, body)
	}
	tag := versionTag(f.Version)
	if !l.IsManaged() {
		tag = "" // what the body says
	}
	return sendBytes(c, http.StatusOK, mediaType, tag, body)
}

// item is a feature with its links.
func (s *Server) item(r *http.Request, l layers.Layer, f *spatial.Feature) []byte {
	base := s.base(r)
	links := []link{
		{Href: base + itemPath(l, f.ID), Rel: "self", Type: typeGeoJSON},
		{Href: base + itemPath(l, f.ID) + "?f=html", Rel: "alternate", Type: "text/html"},
		{Href: base + "/collections/" + l.ID, Rel: "collection", Type: typeJSON, Title: l.Title.En},
	}
	return appendFeature(nil, l.Properties, f, string(mustJSON(links)))
}

// versionTag names a version in an entity tag, without quotes.
func versionTag(v int64) string { return "v" + strconv.FormatInt(v, 10) }
