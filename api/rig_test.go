package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/api/feed"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// A rig is a server over a store in memory.
type rig struct {
	t      testing.TB
	store  *storetest.Memory
	index  *layers.Index
	hub    *feed.Hub
	source *fakeTiles
	config api.Config
	server *api.Server
	url    string
	client *http.Client // its transport holds every answer against the OpenAPI document
	ready  atomic.Pointer[string]
	log    *bytes.Buffer
}

// definitions are a layer of each kind and each source.
func definitions(t testing.TB) *layers.Catalogue {
	beats, cameras, roads := storetest.Layer("beats", layers.PolygonKind), storetest.Layer("cameras", layers.PointKind), storetest.Layer("roads", layers.LineKind)
	cameras.Properties = append(cameras.Properties, layers.Property{
		Name: "grade", Title: layers.Text{Zh: "等级", En: "Grade"}, Type: layers.TextType, Tile: true,
		Values: []layers.Value{{Value: "a", Title: layers.Text{Zh: "甲", En: "A"}}, {Value: "b", Title: layers.Text{Zh: "乙", En: "B"}}},
	}, layers.Property{
		Name: "keyword", Title: layers.Text{Zh: "密码", En: "Password"}, Type: layers.TextType, Sensitivity: layers.Restricted,
	})
	cameras.Style = []layers.StyleItem{{"type": "circle", "filter": []any{">=", []any{"zoom"}, 3}, "paint": map[string]any{"circle-color": "#fff"}}}
	secret, foreign, archive := storetest.Layer("tracks", layers.PointKind), storetest.Layer("foreign", layers.PointKind), storetest.Layer("world", layers.PolygonKind)
	secret.Sensitivity = layers.Restricted
	foreign.Source = layers.Source{Type: layers.Table, Table: "gis.foreign", ID: "gid"}
	archive.Source = layers.Source{Type: layers.Archive, Archive: "world.pmtiles"}
	group := layers.Group{ID: "samples", Title: layers.Text{Zh: "样例", En: "Samples"}, Order: 1}
	for i, l := range []layers.Layer{beats, roads, cameras, secret, foreign, archive} {
		l.Order = i
		group.Layers = append(group.Layers, l)
	}
	c, ps := layers.NewCatalogue(group)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	return c
}

// fakeTiles answers with a text that names the tile, and with nothing at zoom 1.
type fakeTiles struct{ names []string }

func (f *fakeTiles) Tile(_ context.Context, r tiles.Request) (tiles.Tile, error) {
	if r.ID.Z == 1 {
		return tiles.Tile{Type: tiles.MediaType, ETag: `"empty"`}, nil
	}
	if r.ID.Z == 2 {
		return tiles.Tile{}, errors.New("the disk is on fire")
	}
	if r.ID.Z == 3 {
		panic("a tile panics")
	}
	data := encode(r.Encoding, fmt.Appendf(nil, "%s %v %s", strings.Join(f.names, "+"), r.ID, r.Encoding))
	return tiles.Tile{Data: data, Type: tiles.MediaType, Encoding: r.Encoding, ETag: fmt.Sprintf(`"t-%s"`, r.Encoding)}, nil
}

func newRig(t testing.TB, change ...func(*api.Config)) *rig {
	t.Helper()
	defs := definitions(t)
	r := &rig{t: t, store: new(storetest.Memory), index: layers.NewIndex(), hub: feed.NewHub("test"), source: &fakeTiles{}, log: new(bytes.Buffer)}
	if err := r.store.Sync(t.Context(), defs.Layers()); err != nil {
		t.Fatal(err)
	}
	observe := func(changes []layers.Change) {
		for _, c := range changes {
			if l, _ := defs.Layer(c.Layer); c.Feature != nil {
				r.index.Put(&l, *c.Feature)
			} else {
				r.index.Remove(c.Layer, c.ID, c.Version)
			}
		}
		r.hub.Observe(changes)
	}
	catalogue := func() *layers.Catalogue { return defs }
	r.config = api.Config{
		View:      layers.View{Level: layers.Internal, Live: true},
		Catalogue: catalogue,
		Reader:    func(layers.Layer) layers.Reader { return r.store },
		Editor:    layers.NewEditor(r.store, catalogue, observe),
		Tiles: func(names []string) (tiles.Source, error) {
			r.source.names = names
			return r.source, nil
		},
		Search: r.index, Feed: r.hub, Version: "test",
		Ready: func(context.Context) error {
			if why := r.ready.Load(); why != nil {
				return errors.New(*why)
			}
			return nil
		},
		Web: fstest.MapFS{
			"index.html":         {Data: []byte("<!doctype html><title>wall</title>")},
			"favicon.svg":        {Data: []byte("<svg/>")},
			"assets/app-1a2b.js": {Data: []byte("console.log(" + strings.Repeat("1,", 2000) + "1)")},
		},
		Log: slog.New(slog.NewTextHandler(r.log, nil)),
	}
	for _, f := range change {
		f(&r.config)
	}
	server, err := api.New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	r.server = server
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	r.url = web.URL
	r.client = &http.Client{
		Transport:     r.contract(&http.Transport{DisableCompression: true}),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return r
}

// An answer is a response that was read.
type answer struct {
	*http.Response
	body []byte
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%s %s: %v in %.300s", a.Request.Method, a.Request.URL, err, a.body)
	}
	return v
}

// do sends a request; headers are pairs of name and value.
func (r *rig) do(method, path, body string, headers ...string) answer {
	r.t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, content)
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/geo+json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{res, data}
}

func (r *rig) get(path string, headers ...string) answer {
	r.t.Helper()
	return r.do("GET", path, "", headers...)
}

// want fails the test when the status is another one.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d: %.500s", a.Request.Method, a.Request.URL, a.StatusCode, status, a.body)
	}
	return a
}

// fill puts n random features into a layer, and returns them.
func (r *rig) fill(layer string, n int) []spatial.Feature {
	r.t.Helper()
	l, _ := r.config.Catalogue().Layer(layer)
	fs := storetest.RandomFeatures(rand.New(rand.NewPCG(1, 2)), l, n)
	r.put(layer, fs...)
	return fs
}

func (r *rig) put(layer string, fs ...spatial.Feature) {
	r.t.Helper()
	edits := make([]layers.Edit, len(fs))
	for i, f := range fs {
		edits[i] = layers.Edit{Op: layers.Create, Layer: layer, Feature: f}
	}
	if _, err := r.config.Editor.Apply(r.t.Context(), edits); err != nil {
		r.t.Fatal(err)
	}
}

func camera(id string, at orb.Point) spatial.Feature {
	return spatial.Feature{ID: id, Geometry: at, Properties: map[string]any{"name": "camera " + id, "number": int64(7), "height": 4.0}}
}

// bare is a client that holds nothing against the document.
var bare = &http.Client{Transport: &http.Transport{DisableCompression: true}}
