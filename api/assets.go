package api

import (
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/tiles"
)

// An asset is a file of the browser client. It is coded once per coding, when it is first asked for.
type asset struct {
	mediaType string
	tag       string
	plain     []byte
	gzip      func() []byte
	zstd      func() []byte
}

// readAssets reads all files, by their path with a leading slash.
func readAssets(files fs.FS) (map[string]*asset, error) {
	all := map[string]*asset{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		all["/"+name] = newAsset(name, data)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return all, err
}

func newAsset(name string, data []byte) *asset {
	a := &asset{mediaType: mediaTypeOf(name), tag: strconv.FormatUint(xxhash.Sum64(data), 16), plain: data}
	a.gzip = sync.OnceValue(func() []byte { return encode(tiles.Gzip, data) })
	a.zstd = sync.OnceValue(func() []byte { return encode(tiles.Zstd, data) })
	return a
}

// mediaTypeOf does not depend on what the machine knows for the types that matter.
func mediaTypeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return typeHTML
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return typeJSON
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// rootFiles are the files beside /assets, which have a route each.
func (s *Server) rootFiles() []string {
	var out []string
	for p := range s.assets {
		if !strings.HasPrefix(p, "/assets/") && p != "/index.html" && !strings.ContainsAny(p, ":*") {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// getAsset answers with a file. Names in /assets carry a hash of the content, so they never change.
func (s *Server) getAsset(c echo.Context) error {
	name := c.Request().URL.Path
	a := s.assets[name]
	if a == nil {
		return refuse(notFound, "the browser client has no file %s", clip(name))
	}
	if strings.HasPrefix(name, "/assets/") {
		c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	return a.send(c)
}

func (a *asset) send(c echo.Context) error {
	how, plain, err := coding(c.Request())
	if err != nil {
		return err
	}
	body := a.plain
	if plain && (len(body) < smallBody || packed(a.mediaType)) {
		how = tiles.Identity
	}
	switch how {
	case tiles.Gzip:
		body = a.gzip()
	case tiles.Zstd:
		body = a.zstd()
	}
	h := c.Response().Header()
	vary(h, "Accept-Encoding")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Etag", quote(a.tag, how))
	h["Content-Security-Policy"] = pageOnly // of pages, and of scripts that run as workers
	if fresh(c.Request(), quote(a.tag, how)) {
		return c.NoContent(http.StatusNotModified)
	}
	return sendCoded(c, http.StatusOK, a.mediaType, how, body)
}

// packed tells whether files of a type are compressed by themselves.
func packed(mediaType string) bool {
	return strings.HasPrefix(mediaType, "image/") && mediaType != "image/svg+xml" || strings.HasPrefix(mediaType, "font/")
}

const unbuilt = pageHead + `<title>Wardmap</title><h1>Wardmap</h1>
<p>服务器正在运行，但此程序未包含地图客户端。请在源码目录运行 <code>make web</code>，然后重新编译。</p>
<p>The server runs, but this binary was built without the map client. Run <code>make web</code> in the source tree, then build again.</p>
<p><a href="/?f=html">API</a></p>`

// sendWall answers with the map wall.
func (s *Server) sendWall(c echo.Context) error {
	if index := s.assets["/index.html"]; index != nil {
		return index.send(c)
	}
	c.Response().Header()["Content-Security-Policy"] = pageOnly
	return sendBytes(c, http.StatusOK, typeHTML, "", []byte(unbuilt))
}
