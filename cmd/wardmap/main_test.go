package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/api/feed"
	"github.com/wardmap/wardmap/data/postgis/pgtest"
	"github.com/wardmap/wardmap/layers"
)

// asCommand makes the test binary behave as wardmap itself, so that tests can start and kill real processes.
const asCommand = "WARDMAP_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	pgtest.Main(m)
}

// wardmap is the command line of a real process.
func wardmap(ctx context.Context, args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}

// A running is a server process.
type running struct {
	*exec.Cmd
	base  string            // address without slash at the end
	doors map[string]string // addresses of the other doors, by name
	log   *bytes.Buffer
}

// start starts a server on a free port and waits until it prints its address.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{Cmd: wardmap(context.Background(), append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...), log: new(bytes.Buffer), doors: map[string]string{}}
	r.Stderr = r.log
	out, err := r.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "positions by "); ok {
			name, _, _ := strings.Cut(text, " ")
			r.doors[name] = text[strings.LastIndex(text, " ")+1:]
		}
		if _, address, ok := strings.Cut(lines.Text(), "http://"); ok {
			r.base = "http://" + strings.TrimSuffix(address, "/")
			go io.Copy(io.Discard, out)
			return r
		}
	}
	_ = r.Wait()
	t.Fatalf("the server did not start: %s", r.log)
	return nil
}

// kill ends the server as kill -9 does.
func (r *running) kill() {
	_ = r.Process.Kill() // it may have ended already
	_ = r.Wait()
}

// bareWorld is the world of a store that nobody serves.
func bareWorld(store layers.Store, cache int64) *world {
	w := newWorld(store, cache, feed.NewHub("test"), slog.New(slog.DiscardHandler))
	w.other = outside(config{}, store, w)
	return w
}

// marks is a small layer of the operator's own.
const marks = `group: marks
title: {zh-CN: 标记, en: Marks}
order: 99
layers:
  - id: marks
    title: {zh-CN: 标记, en: Marks}
    geometry: point
    properties:
      - {name: n, title: {zh-CN: 数, en: Number}, type: integer, tile: true}
  - id: bulk
    title: {zh-CN: 批量, en: Bulk}
    geometry: point
    properties:
      - {name: n, title: {zh-CN: 数, en: Number}, type: integer, tile: true}
`

// dataFolder makes a data folder with the layers of marks.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "catalogue"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "catalogue", "marks.yaml"), []byte(marks), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// mark is feature number i with a value, in the one tile 12/3251/1628 near Tianshui.
func mark(i, n int) map[string]any {
	return map[string]any{
		"type": "Feature", "properties": map[string]any{"n": n},
		"geometry": map[string]any{"type": "Point", "coordinates": []float64{105.75 + .0005*float64(i%20), 34.57 + .0005*float64(i/20%20)}},
	}
}

var client = &http.Client{Timeout: 20 * time.Second}

// put writes a mark by an atomic edit of one.
func put(base, layer string, i, n int) error {
	body, err := json.Marshal([]any{map[string]any{"op": "put", "layer": layer, "id": fmt.Sprint("m", i), "feature": mark(i, n)}})
	if err != nil {
		return err
	}
	res, err := client.Post(base+"/edits", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, text)
	}
	return err
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		t.Fatalf("GET %s: %s, %v: %.300s", url, res.Status, err, body)
	}
	return body
}

// stored reads what the features of a layer say by id.
func stored(t *testing.T, base, layer string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for url := base + "/collections/" + layer + "/items?limit=10000"; url != ""; {
		var page struct {
			Features []struct {
				ID         string
				Properties struct{ N int }
			}
			Links []struct{ Rel, Href string }
		}
		if err := json.Unmarshal(get(t, url), &page); err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Features {
			out[f.ID] = f.Properties.N
		}
		url = ""
		for _, l := range page.Links {
			if l.Rel == "next" {
				url = l.Href
			}
		}
	}
	return out
}

// drawn reads the same from the tile that shows all marks.
func drawn(t *testing.T, base, layer string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, f := range features(t, base+"/tiles/"+layer+"/12/3251/1628.mvt") {
		id, _ := f.Properties["id"].(string)
		n, _ := f.Properties["n"].(float64)
		out[id] = int(n)
	}
	return out
}

// features reads all features of a tile.
func features(t *testing.T, url string) (all []*geojson.Feature) {
	t.Helper()
	ls, err := mvt.Unmarshal(get(t, url))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range ls {
		all = append(all, l.Features...)
	}
	return all
}
