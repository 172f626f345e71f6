package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/tiles"
)

// revalidate is a header value that every tile shares. It is never changed.
var revalidate = []string{"no-cache"}

// getTile answers with one tile of one or several layers.
func (s *Server) getTile(c echo.Context) error {
	row, suffix, _ := strings.Cut(c.Param("y"), ".")
	if suffix != "mvt" && suffix != "pbf" { // GDAL asks for .pbf whatever the TileJSON says
		return refuse(notFound, "a tile's address ends in .mvt: /tiles/{layers}/{z}/{x}/{y}.mvt")
	}
	if _, err := query(c); err != nil {
		return err
	}
	set, err := s.tileLayers(param(c, "layers"))
	if err != nil {
		return err
	}
	id, err := tiles.ParseID(c.Param("z"), c.Param("x"), row)
	if err != nil {
		return err
	}
	how, plain, err := coding(c.Request())
	if err != nil {
		return err
	}
	tile, err := s.tile(c.Request().Context(), set, id, how)
	if err != nil {
		return err
	}
	if tile.Encoding == tiles.Identity && !plain { // small tiles come plain, which this client refuses
		tile.Data, tile.Encoding = encode(how, tile.Data), how
		tile.ETag = quote(strings.Trim(tile.ETag, `"`), how)
	}
	if s.areMoving(set) {
		c.Response().Header()["Cache-Control"] = noStore
	}
	return sendTile(c, tile)
}

// movingTiles is the name of the tiles that show what moves. They come alone: they change while the others keep.
const movingTiles = "units"

// areMoving tells whether a set of tiles shows what moves.
func (s *Server) areMoving(set []string) bool {
	if len(set) != 1 || set[0] != movingTiles || s.Live == nil {
		return false
	}
	_, layer := s.seen().order[movingTiles]
	return !layer
}

// sendTile answers 200, 204 for an empty tile, or 304.
func sendTile(c echo.Context, t tiles.Tile) error {
	h := c.Response().Header()
	vary(h, "Accept-Encoding")
	if h["Cache-Control"] == nil {
		h["Cache-Control"] = revalidate
	}
	if len(t.Data) == 0 {
		c.Response().WriteHeader(http.StatusNoContent)
		return nil
	}
	h["Etag"] = []string{t.ETag}
	if fresh(c.Request(), t.ETag) {
		c.Response().WriteHeader(http.StatusNotModified)
		return nil
	}
	return sendCoded(c, http.StatusOK, t.Type, t.Encoding, t.Data)
}

// tileLayers reads a comma-separated list of layers. The answer is in drawing order, so that all orders of one
// list are one set of tiles.
func (s *Server) tileLayers(text string) ([]string, error) {
	order := s.seen().order
	names := strings.Split(text, ",")
	if s.areMoving(names) {
		return names, nil
	}
	for i, name := range names {
		if _, known := order[name]; !known {
			return nil, s.unknownLayer(name)
		}
		if slices.Contains(names[:i], name) {
			return nil, badValue("layers", "layer "+name+" stands there twice")
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(order[a], order[b]) })
	return names, nil
}
