package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/tiles"
)

// BenchmarkCachedTile compares a tile from the cache with an echo handler that does nothing but write the same
// bytes, over a real connection and without one. The metric is the bare handler's time through ours: 1 is as
// fast, below 1 slower.
func BenchmarkCachedTile(b *testing.B) {
	fs := make([]spatial.Feature, 2000)
	for i := range fs {
		fs[i] = camera(fmt.Sprint(i+1), [2]float64{105.7 + float64(i%50)*1e-4, 34.58 + float64(i/50)*1e-4})
		fs[i].Version = int64(i + 1)
	}
	path := "/tiles/cameras/" + tiles.Project([2]float64{105.7, 34.58}).At(10).String() + ".mvt"
	for _, how := range []string{"", "gzip", "zstd"} {
		ours := newRig(b, realTiles(fs)).server
		first := httptest.NewRecorder()
		ours.ServeHTTP(first, request(path, how))
		if first.Code != 200 || first.Header().Get("Content-Encoding") != how {
			b.Fatal(first.Code, first.Header())
		}
		bare := echo.New()
		body := first.Body.Bytes()
		bare.GET("/tiles/:layers/:z/:x/:y", func(c echo.Context) error {
			if how != "" {
				c.Response().Header().Set("Content-Encoding", how)
			}
			return c.Blob(200, tiles.MediaType, body)
		})
		name := fmt.Sprintf("coding=%s/bytes=%d", how, len(body))
		b.Run(name+"/handler", func(b *testing.B) {
			compare(b, func(h http.Handler) func() {
				req, w := request(path, how), &nowhere{header: http.Header{}}
				return func() {
					clear(w.header)
					h.ServeHTTP(w, req)
				}
			}, ours, bare)
		})
		b.Run(name+"/loopback", func(b *testing.B) {
			compare(b, func(h http.Handler) func() { return loopback(b, h, path, how) }, ours, bare)
		})
	}
}

func request(path, how string) *http.Request {
	req := httptest.NewRequest("GET", path, nil)
	if how != "" {
		req.Header.Set("Accept-Encoding", how)
	}
	return req
}

// compare runs both in turns, so that both see the same machine.
func compare(b *testing.B, prepare func(http.Handler) func(), ours, bare http.Handler) {
	a, z := prepare(ours), prepare(bare)
	var took [2]time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for range 20 {
			a()
		}
		middle := time.Now()
		for range 20 {
			z()
		}
		took[0] += middle.Sub(start)
		took[1] += time.Since(middle)
	}
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "bare/ours")
	b.ReportMetric(float64(took[0].Nanoseconds())/float64(b.N)/20, "ns/tile")
	b.ReportMetric(0, "ns/op")
}

func loopback(b *testing.B, h http.Handler, path, how string) func() {
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	req, err := http.NewRequest("GET", server.URL+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	if how != "" {
		req.Header.Set("Accept-Encoding", how)
	}
	return func() {
		res, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
}

// nowhere is a ResponseWriter that forgets.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(int)             {}

// BenchmarkItems is a page of 1,000 features, from the store in memory.
func BenchmarkItems(b *testing.B) {
	for _, layer := range []string{"cameras", "beats"} {
		r := newRig(b)
		r.fill(layer, 1000)
		for _, how := range []string{"", "gzip", "zstd"} {
			b.Run(fmt.Sprintf("layer=%s/coding=%s", layer, how), func(b *testing.B) {
				req, w := request("/collections/"+layer+"/items?limit=1000", how), &nowhere{header: http.Header{}}
				b.ReportAllocs()
				for b.Loop() {
					clear(w.header)
					r.server.ServeHTTP(w, req)
				}
				b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "features/s")
			})
		}
	}
}
