package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
)

// base is the address of the server as the client knows it, without a slash at the end.
func (s *Server) base(r *http.Request) string {
	scheme, host, prefix := "http", r.Host, ""
	if r.TLS != nil {
		scheme = "https"
	}
	if s.TrustProxy {
		if v := first(r.Header.Get("X-Forwarded-Proto")); v == "http" || v == "https" {
			scheme = v
		}
		if v := first(r.Header.Get("X-Forwarded-Host")); v != "" {
			host = v
		}
		if v := first(r.Header.Get("X-Forwarded-Prefix")); strings.HasPrefix(v, "/") {
			prefix = strings.TrimRight(v, "/")
		}
	}
	return scheme + "://" + host + prefix
}

func first(list string) string {
	one, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(one)
}

// A link leads somewhere (RFC 8288).
type link struct {
	Href  string `json:"href"`
	Rel   string `json:"rel"`
	Type  string `json:"type,omitempty"`
	Title string `json:"title,omitempty"`
}

// here is the address of the request itself.
func (s *Server) here(r *http.Request) string { return s.base(r) + r.URL.RequestURI() }

// instead is the address with one parameter of the query changed, and others left out.
func (s *Server) instead(r *http.Request, name, value string, without ...string) string {
	q := r.URL.Query()
	for _, w := range without {
		q.Del(w)
	}
	q.Set(name, value)
	return s.base(r) + r.URL.EscapedPath() + "?" + q.Encode()
}

// collections are the layers whose features can be read.
func (s *Server) collections() []layers.Layer {
	var out []layers.Layer
	for _, l := range s.defs().Layers() {
		if l.Source.Type != layers.Archive {
			out = append(out, l)
		}
	}
	return out
}

// layer is the one that the path names; it has features to read.
func (s *Server) layer(c echo.Context) (layers.Layer, error) {
	name := param(c, "layer")
	l, known := s.defs().Layer(name)
	if !known {
		return layers.Layer{}, s.unknownLayer(name)
	}
	if l.Source.Type == layers.Archive {
		return layers.Layer{}, refuse(notFound, "layer %s comes from an archive: it has tiles, but no features to read", l.ID)
	}
	return l, nil
}

func (s *Server) unknownLayer(name string) error {
	var ids []string
	for _, l := range s.defs().Layers() {
		ids = append(ids, l.ID)
	}
	return refuse(notFound, "there is no layer %q; known are %s", clip(name), list(ids))
}

// itemPath is the path of a feature.
func itemPath(l layers.Layer, id string) string {
	return "/collections/" + l.ID + "/items/" + url.PathEscape(id)
}
