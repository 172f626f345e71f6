package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/road"
)

// crowd is a city with n units that are free, spread over 50 km by 50 km.
func crowd(b *testing.B, n int, change ...func(*api.Config)) (*rig, *city) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	r, y := newLiveRig(b, change...)
	rs := make([]live.Report, n)
	us := make([]live.Unit, n)
	for i := range rs {
		us[i] = live.Unit{ID: fmt.Sprint("u", i)}
		rs[i] = y.report(us[i].ID, off(rng.Float64()*500, rng.Float64()*500))
	}
	y.register(us...)
	if _, err := y.submit(b.Context(), rs); err != nil {
		b.Fatal(err)
	}
	return r, y
}

// BenchmarkNearest is the 10 nearest of many units, over a connection that is kept alive and without one.
func BenchmarkNearest(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		r, _ := crowd(b, n)
		rng := rand.New(rand.NewPCG(2, 2))
		var paths []string
		for range 256 {
			paths = append(paths, "/units/nearest?k=10&"+lonlat(off(rng.Float64()*500, rng.Float64()*500)))
		}
		b.Run(fmt.Sprintf("units=%d/explained/handler", n), func(b *testing.B) { handle(b, r.server, paths) })
		for i := range paths {
			paths[i] += "&explain=false"
		}
		b.Run(fmt.Sprintf("units=%d/handler", n), func(b *testing.B) { handle(b, r.server, paths) })
		b.Run(fmt.Sprintf("units=%d/loopback", n), func(b *testing.B) { ask(b, r.server, paths) })
	}
}

// BenchmarkNearestByRoad is the 10 of 500 units that arrive first, on 3,600 crossings.
func BenchmarkNearestByRoad(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 3))
	r, y := newLiveRig(b)
	m := newMesh(rng, 60)
	y.roads = road.Build(slices.Values(m.list), road.Options{})
	for i := range 500 {
		y.place(live.Unit{ID: fmt.Sprint("u", i)}, m.at[rng.IntN(len(m.at))])
	}
	var paths []string
	for range 256 {
		paths = append(paths, "/units/nearest?k=10&by=road&"+lonlat(m.at[rng.IntN(len(m.at))]))
	}
	handle(b, r.server, paths)
}

func handle(b *testing.B, h http.Handler, paths []string) {
	var requests []*http.Request
	for _, p := range paths {
		requests = append(requests, httptest.NewRequest("GET", p, nil))
	}
	w := &nowhere{header: http.Header{}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		clear(w.header)
		h.ServeHTTP(w, requests[i%len(requests)])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
}

// ask goes over several connections at once, as many as there are processors.
func ask(b *testing.B, h http.Handler, paths []string) {
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}}
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			res, err := client.Get(server.URL + paths[i%len(paths)])
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
}

// BenchmarkPositions is the door alone: 1,000 positions a request, and nobody behind it.
func BenchmarkPositions(b *testing.B) {
	verdicts := make([]live.Verdict, 10_000)
	r, y := newLiveRig(b, func(c *api.Config) {
		c.Live.Submit = func(_ context.Context, rs []live.Report) ([]live.Verdict, error) { return verdicts[:len(rs)], nil }
	})
	rs := make([]live.Report, 1000)
	texts := make([]map[string]any, len(rs))
	for i := range rs {
		rs[i] = y.report(fmt.Sprint("unit-", i), off(float64(i)/10, 0))
		rs[i].Speed, rs[i].Course = 12.5, 270
		texts[i] = map[string]any{"device": rs[i].Device, "time": int64(rs[i].Fix), "lon": rs[i].Point[0], "lat": rs[i].Point[1], "speed": 12.5, "course": 270, "accuracy": 5}
	}
	text, err := json.Marshal(texts)
	if err != nil {
		b.Fatal(err)
	}
	for _, form := range []struct {
		mediaType string
		body      []byte
	}{{compactType, live.AppendReports(nil, rs)}, {jsonType, text}} {
		b.Run("type="+form.mediaType[len("application/"):], func(b *testing.B) {
			w := &nowhere{header: http.Header{}}
			b.ReportAllocs()
			b.SetBytes(int64(len(form.body)))
			for b.Loop() {
				req := httptest.NewRequest("POST", "/positions", bytes.NewReader(form.body))
				req.Header.Set("Content-Type", form.mediaType)
				clear(w.header)
				r.server.ServeHTTP(w, req)
			}
			b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "positions/s")
		})
	}
}

// BenchmarkFrame makes the frame that a wall of 100,000 units is sent after some of them have moved.
func BenchmarkFrame(b *testing.B) {
	for _, moved := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("moved=%d", moved), func(b *testing.B) {
			_, y := crowd(b, 100_000)
			next := api.Frames(y.picture)
			next(began)
			rs := make([]live.Report, moved)
			b.ReportAllocs()
			b.ResetTimer()
			size := 0
			for round := range b.N {
				b.StopTimer()
				y.mu.Lock()
				y.now = y.now.Add(time.Second)
				y.mu.Unlock()
				for i := range rs {
					id := (round*moved + i*7) % 100_000
					v, _ := y.picture.Unit(fmt.Sprint("u", id))
					rs[i] = y.report(fmt.Sprint("u", id), [2]float64{v.Point[0] + 1e-5, v.Point[1]})
				}
				verdicts, _ := y.picture.Report(spatial.InstantOf(y.clock()), rs, nil, nil)
				if verdicts[0] != live.Accepted {
					b.Fatal(verdicts[0])
				}
				b.StartTimer()
				frame, _ := next(began)
				size = len(frame)
			}
			b.ReportMetric(float64(size), "bytes/frame")
		})
	}
}

// BenchmarkUnits is a page of 1,000 units of a box.
func BenchmarkUnits(b *testing.B) {
	r, _ := crowd(b, 10_000)
	handle(b, r.server, []string{"/units?limit=1000"})
}

// BenchmarkContains looks up the fence of a place among 2,500 beats.
func BenchmarkContains(b *testing.B) {
	r, y := newLiveRig(b)
	for i := range 2500 {
		x, z := float64(i%50)*2, float64(i/50)*2
		y.fence(&fence.Fence{ID: fmt.Sprint("beats/B", i), Area: block(x, z, x+2, z+2)})
	}
	rng := rand.New(rand.NewPCG(4, 4))
	var paths []string
	for range 256 {
		paths = append(paths, "/fences/contains?layer=beats&"+lonlat(off(rng.Float64()*100, rng.Float64()*100)))
	}
	handle(b, r.server, paths)
}
