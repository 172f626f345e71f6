package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/project"

	"github.com/wardmap/wardmap/tiles"
)

const (
	million       = 1_000_000
	mostMemory    = 2_000_000_000 // of a server with a million buildings, in bytes
	mostFirstView = 2_000_000     // bytes on the wire until all of them are seen from afar
	firstZoom     = 11
)

// A million buildings are imported, and a server shows them, in 3D from afar to the last of them and as a map, in less than
// 2 GB of memory.
func TestAMillionBuildingsTakeLessThan2GB(t *testing.T) {
	if os.Getenv("WARDMAP_SOAK") == "" {
		t.Skip("WARDMAP_SOAK=1 takes a million buildings in, which takes minutes")
	}
	file, data := filepath.Join(t.TempDir(), "million.geojsonl"), t.TempDir()
	repeatNewYork(t, file, million)
	began := time.Now()
	if out, err := wardmap(t.Context(), "import", file, "--layer", "million", "--create", "--quiet", "--data", data).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("imported in %.1f s", time.Since(began).Seconds())
	began = time.Now()
	s := start(t, "--data", data)
	report := func(what string) {
		t.Logf("%s after %.1f s; at most %d MB of memory until now", what, time.Since(began).Seconds(), highWater(t, s.Process.Pid)/1_000_000)
	}
	report("started")
	v := visitor{t: t}
	began = time.Now()
	v.look(s.base+"/scenes/million/tileset.json", firstZoom)
	report(fmt.Sprintf("seen from afar in %d bytes", v.received))
	if v.received > mostFirstView {
		t.Errorf("the first view takes %d bytes, want at most %d", v.received, mostFirstView)
	}
	began = time.Now()
	v.wander(s.base)
	report("a map of 2D tiles of all zooms")
	began = time.Now()
	for _, address := range v.deeper {
		v.look(address, tiles.MaxZoom)
	}
	report(fmt.Sprintf("all seen in %d contents, %d bytes", v.contents, v.received))
	if n := highWater(t, s.Process.Pid); n > mostMemory {
		t.Errorf("the server took %d MB of memory", n/1_000_000)
	}
}

// repeatNewYork writes so many buildings to a file: New York over and over on a grid, each with an id of its own.
func repeatNewYork(t *testing.T, file string, n int) {
	t.Helper()
	in, err := os.Open(realData(t, "02_3d/nyc_south_buildings_heights.geojsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	var city []*geojson.Feature
	for lines := bufio.NewScanner(z); lines.Scan(); {
		f, err := geojson.UnmarshalFeature(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		city = append(city, f)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range n {
		one, copied := *city[i%len(city)], i/len(city)
		one.ID = strconv.Itoa(copied) + "-" + strconv.Itoa(i%len(city))
		one.Geometry = project.Geometry(orb.Clone(one.Geometry), func(p orb.Point) orb.Point { return apart(p, copied) })
		text, err := json.Marshal(&one)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(w, "%s\n", text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// apart is a place of New York in one of its copies.
func apart(p orb.Point, copied int) orb.Point {
	return orb.Point{p[0] + 0.4*float64(copied%4), p[1] + 0.3*float64(copied/4)}
}

// A visitor asks for what browsers do, and counts the bytes on the wire.
type visitor struct {
	t                  *testing.T
	received, contents int
	deeper             []string // what it has not looked at yet
}

var onTheWire = &http.Client{Transport: &http.Transport{DisableCompression: true}}

func (v *visitor) get(address string) []byte {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := onTheWire.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		v.t.Fatalf("%s: %s %.200s %v", address, res.Status, data, err)
	}
	v.received += len(data)
	if res.Header.Get("Content-Encoding") != "gzip" {
		return data
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		v.t.Fatal(err)
	}
	if data, err = io.ReadAll(z); err != nil {
		v.t.Fatal(err)
	}
	return data
}

// look loads what an address of the tileset holds, and what that addresses down to a zoom.
func (v *visitor) look(address string, zoom int) {
	text := v.get(address)
	if !strings.HasSuffix(address, ".json") {
		v.contents++
		return
	}
	at, err := url.Parse(address)
	if err != nil {
		v.t.Fatal(err)
	}
	type tile struct {
		Content  *struct{ URI string }
		Children []tile
	}
	var doc struct{ Root tile }
	if err := json.Unmarshal(text, &doc); err != nil {
		v.t.Fatal(err)
	}
	var walk func(n tile)
	walk = func(n tile) {
		if n.Content != nil {
			next, err := at.Parse(n.Content.URI)
			if err != nil {
				v.t.Fatal(err)
			}
			var z, x, y int
			parts := strings.Split(next.Path, "/")
			if _, err := fmt.Sscanf(strings.Join(parts[len(parts)-3:], " "), "%d %d %d", &z, &x, &y); err != nil {
				v.t.Fatal(err)
			}
			if z <= zoom {
				v.look(next.String(), zoom)
			} else {
				v.deeper = append(v.deeper, next.String())
			}
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(doc.Root)
}

// wander loads 2D tiles of all zooms over all copies of the city.
func (v *visitor) wander(base string) {
	for zoom := uint8(6); zoom <= 16; zoom++ {
		for copied := range 16 {
			id := tiles.Project(apart(orb.Point{-73.98, 40.71}, copied)).At(zoom)
			v.get(fmt.Sprintf("%s/tiles/million/%v.mvt", base, id))
		}
	}
}

// highWater is the most memory that a process ever had, in bytes.
func highWater(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("this system does not say how much memory a process takes:", err)
	}
	_, text, _ = bytes.Cut(text, []byte("VmHWM:"))
	var kB int
	if _, err := fmt.Sscanf(string(text), "%d kB", &kB); err != nil {
		t.Fatal(err)
	}
	return kB * 1024
}
