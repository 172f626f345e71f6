package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/tiles"
)

// What is secret in the tests below is a word "tok…x" of its own. levelOf, and codes where there are any, say who may
// see a word; this is the oracle, and knows nothing of layers.View.
type word struct {
	level int    // 0 public, 1 internal, 2 restricted
	codes bool   // it belongs to a body
	code  string //
}

func (w word) seenBy(a asking) bool {
	if w.level > a.level {
		return false
	}
	return !w.codes || a.org == "" || w.code != "" && strings.HasPrefix(w.code, a.org)
}

// asking is a view as the header of a request says it.
type asking struct {
	level int
	org   string
}

func (a asking) String() string { return fmt.Sprintf("%d/%s", a.level, a.org) }

var rank = []layers.Sensitivity{layers.Public, layers.Internal, layers.Restricted}

type believing struct{}

func (believing) Who(r *http.Request) (*api.Asker, error) {
	level, org, _ := strings.Cut(r.Header.Get("X-View"), "/")
	n := slices.Index([]string{"0", "1", "2"}, level)
	if n < 0 {
		return nil, api.ErrStranger
	}
	return &api.Asker{ID: r.Header.Get("X-View"), Kind: "person", View: layers.View{Level: rank[n], Org: org, Live: true}, May: func(string) bool { return true }}, nil
}

const secretLayers = `group: secrets
title: {zh-CN: 密, en: Secrets}
order: 1
layers:
  - id: tokopenx
    title: {zh-CN: 开, en: Open}
    geometry: polygon
    label: name
    properties: [{name: name, title: {zh-CN: 名, en: Name}, type: text, tile: true, search: true}]
  - id: tokinnerx
    title: {zh-CN: 内, en: Inner}
    geometry: polygon
    sensitivity: internal
    label: name
    fence: {events: "enter,exit"}
    properties: [{name: name, title: {zh-CN: 名, en: Name}, type: text, tile: true, search: true}]
  - id: tokclosedx
    title: {zh-CN: 闭, en: Closed}
    geometry: polygon
    sensitivity: restricted
    label: name
    scene: {}
    fence: {events: "enter,exit"}
    properties: [{name: name, title: {zh-CN: 名, en: Name}, type: text, tile: true, search: true}]
  - id: sites
    title: {zh-CN: 点, en: Sites}
    geometry: polygon
    label: name
    labelled: label
    jurisdiction: code
    scene: {default: 12}
    fence: {events: "enter,exit"}
    properties:
      - {name: name, title: {zh-CN: 名, en: Name}, type: text, tile: true, search: true}
      - {name: label, title: {zh-CN: 密级, en: Label}, type: text}
      - {name: code, title: {zh-CN: 代码, en: Code}, type: text}
      - {name: tokdutyx, title: {zh-CN: 岗, en: Duty}, type: text, tile: true, search: true, sensitivity: internal}
      - {name: tokplanx, title: {zh-CN: 案, en: Plan}, type: text, search: true, sensitivity: restricted}
  - id: crew
    title: {zh-CN: 员, en: Crew}
    geometry: point
    label: name
    jurisdiction: org
    registry: {class: vehicle}
    properties:
      - {name: name, title: {zh-CN: 名, en: Name}, type: text, tile: true}
      - {name: org, title: {zh-CN: 单位, en: Org}, type: text}
  - id: herd
    title: {zh-CN: 犬, en: Herd}
    geometry: point
    sensitivity: restricted
    label: name
    counts: {by: [tokopenx], cells: 16, of: [breed], sensitivity: public}
    properties:
      - {name: name, title: {zh-CN: 名, en: Name}, type: text}
      - {name: breed, title: {zh-CN: 种, en: Breed}, type: text}
`

var (
	middle = orb.Point{105.72, 34.58}
	block  = orb.Polygon{{{105.71, 34.57}, {105.73, 34.57}, {105.73, 34.59}, {105.71, 34.59}, {105.71, 34.57}}}
)

// A vault is a server with words of all kinds in it.
type vault struct {
	world *world
	desk  *desk
	url   string
	words map[string]word
	paths []string
}

// plantWords puts a feature for each label and code into the layers, and units that go in and out of them.
func plantWords() (edits []layers.Edit, words map[string]word, ids []string) {
	words = map[string]word{"tokopenx": {}, "tokinnerx": {level: 1}, "tokclosedx": {level: 2}, "tokdutyx": {level: 1}, "tokplanx": {level: 2}}
	put := func(layer, id string, g orb.Geometry, props map[string]any) {
		e := layers.Edit{Op: layers.Put, Layer: layer}
		e.Feature.ID, e.Feature.Geometry, e.Feature.Properties = id, g, props
		edits, ids = append(edits, e), append(ids, layer+"/"+id)
	}
	for i, layer := range []string{"tokopenx", "tokinnerx", "tokclosedx"} {
		id, name := fmt.Sprint("tokid", i, "x"), fmt.Sprint("tokname", i, "x")
		words[id], words[name] = word{level: i}, word{level: i}
		put(layer, id, block, map[string]any{"name": name})
	}
	n := 0
	for level, label := range []string{"public", "internal", "restricted"} {
		for _, code := range []string{"620502", "620503", "620502520000", "6205", ""} {
			n++
			id, name, duty, plan := fmt.Sprintf("toksite%dx", n), fmt.Sprintf("toksitename%dx", n), fmt.Sprintf("toksiteduty%dx", n), fmt.Sprintf("toksiteplan%dx", n)
			words[id], words[name] = word{level, true, code}, word{level, true, code}
			words[duty], words[plan] = word{max(level, 1), true, code}, word{2, true, code}
			props := map[string]any{"name": name, "label": label, "tokdutyx": duty, "tokplanx": plan}
			if code != "" {
				props["code"] = code
			}
			put("sites", id, block, props)
		}
	}
	for i, org := range []string{"620502", "620503", "620502520000", ""} {
		id, name := fmt.Sprintf("tokunit%dx", i), fmt.Sprintf("tokunitname%dx", i)
		words[id], words[name] = word{0, true, org}, word{0, true, org}
		props := map[string]any{"name": name}
		if org != "" {
			props["org"] = org
		}
		put("crew", id, middle, props)
	}
	for i := range 12 { // everybody may know of a breed of which there are many, and of no other
		id, name, breed := fmt.Sprintf("tokdog%dx", i), fmt.Sprintf("tokdogname%dx", i), "tokbreedx"
		if i < 2 {
			breed = "tokrarex"
		}
		words[id], words[name] = word{level: 2}, word{level: 2}
		put("herd", id, middle, map[string]any{"name": name, "breed": breed})
	}
	words["tokbreedx"], words["tokrarex"] = word{}, word{level: 2}
	return edits, words, ids
}

// secretFeeds are sources of all layers, named like them, that have rejected what is planted there.
type secretFeeds struct{ api.Sources }

func (secretFeeds) Status(context.Context) (out []api.Source, _ layers.Problems, _ error) {
	for _, l := range []string{"tokopenx", "tokinnerx", "tokclosedx", "sites", "crew"} {
		out = append(out, api.Source{Name: l, Layer: l, Kind: "folder"})
	}
	return out, nil, nil
}

func (secretFeeds) Quarantine(_ context.Context, name, _ string, _ int) (out []api.QuarantinedRecord, err error) {
	edits, _, _ := plantWords()
	for _, e := range edits {
		if e.Layer != name {
			continue
		}
		text, err := json.Marshal(map[string]any{"type": "Feature", "id": e.Feature.ID, "geometry": nil, "properties": e.Feature.Properties})
		if err != nil {
			return nil, err
		}
		out = append(out, api.QuarantinedRecord{Key: "0", Feature: text})
	}
	return out, nil
}

func openVault(t *testing.T) *vault {
	t.Helper()
	group, ps := layers.Parse("secrets.yaml", []byte(secretLayers))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	defs, ps := layers.NewCatalogue(group)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	edits, words, ids := plantWords()
	w := bareWorld(new(storetest.Memory), 8<<20)
	desk, err := openDesk(t.Context(), config{Data: t.TempDir(), Roads: "roads", Turns: "turns"}, new(gate), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.desk = desk
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- desk.run(ctx, w) }()
	if err := errors.Join(w.define(ctx, defs), w.rules(ctx)); err != nil {
		t.Fatal(err)
	}
	served := w.served(slog.New(slog.DiscardHandler))
	served.Guard, served.Sources = believing{}, secretFeeds{}
	server, err := api.New(served)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := served.Editor.Apply(ctx, edits); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
		stop()
		if err := errors.Join(<-ended, desk.close()); err != nil {
			t.Error(err)
		}
	})
	v := &vault{world: w, desk: desk, url: web.URL, words: words}
	v.drive(t, desk)
	v.paths = v.addresses(ids)
	return v
}

// drive takes all units out of the block and in again, so that there are events.
func (v *vault) drive(t *testing.T, d *desk) {
	from := time.Now().Add(-2 * time.Minute)
	for step, at := range []orb.Point{middle, {105.74, 34.58}, middle} {
		for i := range 4 {
			r := positioned(fmt.Sprintf("tokunit%dx", i), from.Add(time.Duration(step)*time.Minute), at)
			vs, err := d.tracker.Submit(t.Context(), []live.Report{r})
			if err != nil || vs[0] != live.Accepted {
				t.Fatal(vs, err)
			}
		}
	}
}

// addresses are all that words could come out at.
func (v *vault) addresses(ids []string) (out []string) {
	all := []string{"tokopenx", "tokinnerx", "tokclosedx", "sites", "crew", "herd"}
	out = []string{
		"/", "/?f=json", "/api", "/conformance", "/collections", "/layers", "/style.json", "/search?q=tok&limit=100", "/search?q=toksiteplan&limit=100",
		"/search?q=toksiteduty&limit=100", "/units", "/units?class=vehicle&stale=true&limit=1000", "/units/nearest?lon=105.72&lat=34.58&k=50&state=any",
		"/units/nearest?lon=105.72&lat=34.58&k=50", "/units/nearest?lon=105.72&lat=34.58&k=50&by=road&state=any", "/fences?limit=1000",
		"/fences/contains?lon=105.72&lat=34.58", "/alerts/log?after=0&limit=1000", "/live/counts", "/tiles/tokopenx,sites/10/812/406.mvt", "/tiles/nothing/0/0/0.mvt",
		"/alerts?after=0", "/events", "/scenes", "/sources", "/cordon?incident=tokid0x&elapsed=60&state=any",
		"/collections/herd/counts?of=breed", "/collections/herd/counts?of=breed&f=csv", "/collections/herd/counts?by=cells",
	}
	for _, l := range all {
		out = append(out, "/sources/"+l, "/sources/"+l+"/quarantine")
	}
	z := tiles.Project(middle)
	for _, l := range []string{"sites", "tokclosedx", "tokopenx"} {
		out = append(out, "/scenes/"+l+"/tileset.json", "/scenes/"+l+"/plain/tileset.json", "/scenes/"+l+"/implicit/tileset.json", "/scenes/"+l+"/overlook?at=105.72,34.5801,1&radius=1000",
			"/scenes/"+l+"/sight?from=105.71,34.58,2&to=105.73,34.58,2", "/scenes/"+l+"/viewshed?at=105.72,34.5801,30")
		for zoom := range uint8(16) { // the block stands on one of them
			out = append(out, fmt.Sprintf("/scenes/%s/plain/%v.glb", l, z.At(zoom)), fmt.Sprintf("/scenes/%s/%v.json", l, z.At(zoom)))
			cell := tiles.ID{Z: zoom, X: z.At(zoom).X, Y: uint32((middle[1] + 90) / 180 * float64(uint32(1)<<zoom))}
			out = append(out, fmt.Sprintf("/scenes/%s/implicit/0-0-0/%v.glb", l, cell), fmt.Sprintf("/scenes/%s/implicit/0-0-0/%v.subtree", l, cell))
		}
	}
	for _, l := range all {
		out = append(out,
			"/collections/"+l, "/collections/"+l+"/schema", "/collections/"+l+"/queryables", "/collections/"+l+"/items?limit=1000", "/collections/"+l+"/items?f=html&limit=1000",
			"/collections/"+l+"/items?limit=3", "/layers/"+l, "/collections/"+l+"/findings", "/collections/"+l+"/uptime", "/tiles/"+l+".json", "/fences?layer="+l, "/units?within="+l+"/tokid2x", "/alerts/log?after=0&layer="+l)
		for _, zoom := range []uint8{0, 8, 12, 14} {
			out = append(out, fmt.Sprintf("/tiles/%s/%v.mvt", l, z.At(zoom)))
		}
	}
	for _, id := range ids {
		layer, feature, _ := strings.Cut(id, "/")
		out = append(out, "/collections/"+layer+"/items/"+feature, "/collections/"+layer+"/items/"+feature+"?f=html", "/units?within="+url.QueryEscape(id), "/fences?after="+url.QueryEscape(id))
		if layer == "crew" {
			out = append(out, "/units/"+feature, fmt.Sprintf("/units/%s/track?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z&reason=case+1234", feature),
				fmt.Sprintf("/units/%s/duty?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z&reason=case+1234", feature))
		}
	}
	return out
}

var token = regexp.MustCompile(`tok[a-z]+[0-9]*x`)

// ask returns the words of an answer, head and body, without those that the address itself has.
func (v *vault) ask(client *http.Client, a asking, path string, headers ...string) (found []string, res *http.Response, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+path, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("X-View", a.String())
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err = client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := bodyOf(res, cancel)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	text := string(body) + fmt.Sprint(res.Header)
	own := token.FindAllString(path, -1)
	for _, w := range token.FindAllString(text, -1) {
		if !slices.Contains(own, w) && !slices.Contains(found, w) {
			found = append(found, w)
		}
	}
	return found, res, nil
}

// bodyOf reads and decodes a body; of a stream what comes within a moment.
func bodyOf(res *http.Response, cancel func()) ([]byte, error) {
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		defer time.AfterFunc(300*time.Millisecond, cancel).Stop()
		body, _ := io.ReadAll(res.Body)
		return body, nil
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	switch res.Header.Get("Content-Encoding") {
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case "zstd":
		r, err := zstd.NewReader(nil)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return r.DecodeAll(body, nil)
	}
	return body, nil
}

// leaks are the words of an answer that its reader may not see.
func (v *vault) leaks(a asking, found []string) (out []string) {
	for _, w := range found {
		if one, known := v.words[w]; !known || !one.seenBy(a) {
			out = append(out, w)
		}
	}
	return out
}

func everyView() (all []asking) {
	for level := range 3 {
		for _, org := range []string{"", "6205", "620502", "620503", "62050252", "99"} {
			all = append(all, asking{level, org})
		}
	}
	return all
}

// TestNoAnswerTellsWhatItsReaderMayNotSee asks every address by every view, in every coding, with the entity tags that
// others got, and looks for words in heads, bodies and errors.
func TestNoAnswerTellsWhatItsReaderMayNotSee(t *testing.T) {
	v := openVault(t)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	tags := map[string][]string{} // by path
	for _, coding := range []string{"identity", "gzip", "zstd"} {
		for _, a := range everyView() {
			for _, path := range v.paths {
				if coding != "identity" && !strings.HasPrefix(path, "/tiles/") && !strings.Contains(path, "limit=1000") {
					continue
				}
				found, res, err := v.ask(client, a, path, "Accept-Encoding", coding, "Accept", "*/*")
				if err != nil {
					t.Fatal(err)
				}
				if out := v.leaks(a, found); len(out) > 0 {
					t.Errorf("%s tells %v of %v (%d)", path, a, out, res.StatusCode)
				}
				if tag := res.Header.Get("ETag"); tag != "" && !slices.Contains(tags[path], tag) {
					tags[path] = append(tags[path], tag)
				}
			}
		}
	}
	for path, all := range tags { // a tag of somebody else's answer is none of one's own
		for _, a := range everyView() {
			_, res, err := v.ask(client, a, path, "Accept-Encoding", "identity")
			if err != nil {
				t.Fatal(err)
			}
			for _, tag := range all {
				_, again, err := v.ask(client, a, path, "Accept-Encoding", "identity", "If-None-Match", tag)
				if err != nil {
					t.Fatal(err)
				}
				if (again.StatusCode == http.StatusNotModified) != (tag == res.Header.Get("ETag")) {
					t.Errorf("%s by %v: tag %s is answered %d, its own is %s (%d)", path, a, tag, again.StatusCode, res.Header.Get("ETag"), res.StatusCode)
				}
			}
		}
	}
}

// TestEveryoneSeesWhatHeMay: nothing is hidden that need not be.
func TestEveryoneSeesWhatHeMay(t *testing.T) {
	v := openVault(t)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	z := tiles.Project(middle)
	for _, a := range everyView() {
		for path, kinds := range map[string]string{
			"/collections/sites/items?limit=1000":                              "toksite|toksitename|toksiteduty|toksiteplan",
			fmt.Sprintf("/tiles/sites/%v.mvt", z.At(14)):                       "toksite|toksitename|toksiteduty",
			fmt.Sprintf("/scenes/sites/plain/%v.glb", z.At(8)):                 "toksite|toksitename|toksiteduty",
			"/scenes/sites/implicit/8-203-177/0/0/0.glb":                       "toksite|toksitename|toksiteduty",
			"/search?q=toksitename&limit=100":                                  "toksite|toksitename",
			"/fences?layer=sites&limit=1000":                                   "toksite|toksitename",
			"/units?class=vehicle&stale=true&state=any&limit=1000":             "tokunit|tokunitname",
			"/units/nearest?lon=105.72&lat=34.58&k=50&state=any&explain=false": "tokunit|tokunitname",
		} {
			found, res, err := v.ask(client, a, path)
			if err != nil {
				t.Fatal(err)
			}
			for w, one := range v.words {
				kind := strings.TrimRight(strings.TrimSuffix(w, "x"), "0123456789")
				if slices.Contains(strings.Split(kinds, "|"), kind) && one.seenBy(a) && !slices.Contains(found, w) {
					t.Errorf("%s hides %s from %v (%d)", path, w, a, res.StatusCode)
				}
			}
		}
	}
}

// TestNoLeakUnderLoad: 10,000 mixed requests of 50 principals.
func TestNoLeakUnderLoad(t *testing.T) {
	v := openVault(t)
	paths := slices.DeleteFunc(slices.Clone(v.paths), func(p string) bool { return p == "/events" || strings.HasPrefix(p, "/alerts?") })
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 50}}
	requests := 10_000
	if testing.Short() {
		requests = 1000
	}
	views := everyView()
	var asked sync.WaitGroup
	for p := range 50 {
		asked.Go(func() {
			rng := rand.New(rand.NewPCG(7, uint64(p)))
			a := views[p%len(views)]
			for range requests / 50 {
				path := paths[rng.IntN(len(paths))]
				found, res, err := v.ask(client, a, path, "Accept-Encoding", []string{"identity", "gzip", "zstd"}[rng.IntN(3)])
				if err != nil {
					t.Error(err)
					return
				}
				if out := v.leaks(a, found); len(out) > 0 {
					t.Errorf("%s tells %v of %v (%d)", path, a, out, res.StatusCode)
				}
			}
		})
	}
	asked.Wait()
}
