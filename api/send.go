package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/tiles"
)

// smallBody is the size in bytes below which coding does not pay.
const smallBody = 860

const (
	typeJSON    = "application/json"
	typeGeoJSON = "application/geo+json"
	typeSchema  = "application/schema+json"
	typeOpenAPI = "application/vnd.oai.openapi+json;version=3.0"
	typeEvents  = "text/event-stream"
	typeHTML    = "text/html; charset=utf-8"
)

// sendBytes sends a whole body: coded as the client likes, with an ETag that differs by coding, or 304.
// tag names the state without quotes; "" takes it from the body.
func sendBytes(c echo.Context, status int, mediaType, tag string, body []byte) error {
	how, plain, err := coding(c.Request())
	if err != nil {
		return err
	}
	if len(body) < smallBody && plain {
		how = tiles.Identity
	}
	if tag == "" {
		tag = strconv.FormatUint(xxhash.Sum64(body), 16)
	}
	h := c.Response().Header()
	vary(h, "Accept-Encoding")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	etag := quote(tag, how)
	h["Etag"] = []string{etag}
	if status == http.StatusOK && fresh(c.Request(), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return sendCoded(c, status, mediaType, how, encode(how, body))
}

// fresh tells whether a reader has this state already.
func fresh(r *http.Request, etag string) bool {
	given := r.Header.Get("If-None-Match")
	return given != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && matches(given, etag)
}

// quote makes an entity tag of a state and a coding.
func quote(tag string, how tiles.Encoding) string {
	if how == tiles.Identity {
		return `"` + tag + `"`
	}
	return `"` + tag + "-" + string(how) + `"`
}

// sendCoded writes bytes that are coded already.
func sendCoded(c echo.Context, status int, mediaType string, how tiles.Encoding, body []byte) error {
	res := c.Response()
	h := res.Header()
	h["Content-Type"] = []string{mediaType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	if how != tiles.Identity {
		h["Content-Encoding"] = []string{string(how)}
	}
	res.WriteHeader(status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	if _, err := res.Write(body); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// vary says on which header of the request the answer depends.
func vary(h http.Header, names ...string) {
	for _, name := range names {
		switch old := h.Get("Vary"); {
		case old == "":
			h["Vary"] = []string{name}
		case !slices.Contains(strings.Split(old, ", "), name):
			h["Vary"] = []string{old + ", " + name}
		}
	}
}

// sendJSON sends a value as JSON.
func sendJSON(c echo.Context, status int, mediaType string, v any) error {
	body, err := toJSON(v)
	if err != nil {
		return err
	}
	return sendBytes(c, status, mediaType, "", body)
}

// toJSON writes < > & as they are: answers are never part of a page, and not every reader of a style knows \u003e.
func toJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
