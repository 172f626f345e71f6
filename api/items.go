package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/tiles"
)

// getItems answers with a page of features.
func (s *Server) getItems(c echo.Context) error {
	l, err := s.layer(c)
	if err != nil {
		return err
	}
	shown := l.Properties
	params, err := query(c, itemParameters(shown)...)
	if err != nil {
		return err
	}
	mediaType, err := form(c, params["f"], typeGeoJSON, typeJSON, typeHTML)
	if err != nil {
		return err
	}
	q, err := itemQuery(shown, params)
	if err != nil {
		return err
	}
	page, err := s.read(l).Features(c.Request().Context(), l.ID, q)
	if err != nil {
		return err
	}
	c.Set(countKey, len(page.Features))
	links := s.pageLinks(c.Request(), mediaType, l, page)
	if mediaType == typeHTML {
		body := appendPage(nil, shown, page, links, nil)
		return sendPage(c, l.Title.Zh+" / "+l.Title.En, body)
	}
	return s.streamPage(c, mediaType, shown, page, links)
}

func (s *Server) pageLinks(r *http.Request, mediaType string, l layers.Layer, page layers.Page) []link {
	other := link{Href: s.instead(r, "f", "html"), Rel: "alternate", Type: "text/html"}
	if mediaType == typeHTML {
		other = link{Href: s.instead(r, "f", "json"), Rel: "alternate", Type: typeGeoJSON}
	}
	mediaType, _, _ = strings.Cut(mediaType, ";")
	links := []link{
		{Href: s.here(r), Rel: "self", Type: mediaType, Title: l.Title.En},
		other,
		{Href: s.base(r) + "/collections/" + l.ID, Rel: "collection", Type: typeJSON, Title: l.Title.En},
	}
	if page.Next != "" {
		links = append(links, link{Href: s.instead(r, "after", page.Next, "offset"), Rel: "next", Type: mediaType, Title: "next page"})
	}
	return links
}

// chunk is after how many bytes a long answer is handed on.
const chunk = 64 << 10

// streamPage writes a page while it is made, in one buffer.
func (s *Server) streamPage(c echo.Context, mediaType string, shown []layers.Property, page layers.Page, links []link) error {
	how, _, err := coding(c.Request())
	if err != nil {
		return err
	}
	res := c.Response()
	h := res.Header()
	vary(h, "Accept", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", mediaType)
	if how != tiles.Identity {
		h.Set("Content-Encoding", string(how))
	}
	res.WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	w := coder(how, res)
	buf := appendPage(make([]byte, 0, chunk+chunk/4), shown, page, links, w)
	_, err = w.Write(buf)
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("write a page of features: %w", err)
	}
	return nil
}

// appendPage appends a FeatureCollection. With a writer the buffer is handed on whenever it is full, and only
// its rest is returned; an error of the writer shows at the next Write, because writers of answers keep theirs.
func appendPage(dst []byte, shown []layers.Property, page layers.Page, links []link, w io.Writer) []byte {
	dst = append(dst, `{"type":"FeatureCollection","timeStamp":"`...)
	dst = time.Now().UTC().Truncate(time.Millisecond).AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","numberMatched":`...)
	dst = strconv.AppendInt(dst, page.Matched, 10)
	dst = append(dst, `,"numberReturned":`...)
	dst = strconv.AppendInt(dst, int64(len(page.Features)), 10)
	dst = append(dst, `,"links":`...)
	dst = append(dst, mustJSON(links)...)
	dst = append(dst, `,"features":[`...)
	for i := range page.Features {
		if i > 0 {
			dst = append(dst, ',', '\n')
		}
		dst = appendFeature(dst, shown, &page.Features[i], "")
		if w != nil && len(dst) > chunk {
			if _, err := w.Write(dst); err != nil {
				return dst[:0]
			}
			dst = dst[:0]
		}
	}
	return append(dst, ']', '}')
}

// mustJSON is for values of strings and numbers, which always can be written.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
