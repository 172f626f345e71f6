package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/api/feed"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// city is the load that Tile38 was measured with: movers with steps of 60 m, and star-shaped fences.
var city = drive{units: 100_000, fences: 10_000, batches: 500, batch: 1000}

// A bench is the live side of a server in this process, with everything that makes positions durable.
type bench struct {
	desk *desk
	base string
}

func openBench(b *testing.B, fences int) *bench {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	c := config{Data: b.TempDir(), KeepPositions: time.Hour, KeepEvents: time.Hour, KeepMB: 4000}
	_, store, err := open(ctx, c)
	if err != nil {
		b.Fatal(err)
	}
	d, err := openDesk(ctx, c, new(gate), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	var work sync.WaitGroup
	w := newWorld(store, 0, feed.NewHub("bench"), d.log)
	w.desk = d
	work.Go(func() {
		if err := d.tracker.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	d.populate(b, fences)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server, err := api.New(w.served(d.log))
	if err != nil {
		b.Fatal(err)
	}
	work.Go(func() { _ = server.Serve(ctx, ln) })
	b.Cleanup(func() {
		stop()
		work.Wait()
		_ = d.close()
		_ = store.Close()
	})
	return &bench{d, "http://" + ln.Addr().String()}
}

func (d *desk) populate(b *testing.B, fences int) {
	var e live.Entry
	for i := range city.units {
		e.Units = append(e.Units, live.Unit{ID: fmt.Sprint("u", i), Class: spatial.Vehicle, State: live.Available})
	}
	e.Fences = city.zones()[:fences]
	for _, one := range pieces(e) {
		if err := d.tracker.Apply(b.Context(), one); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLivePositions sends positions over sockets, in the compact form. Each is durable, evaluated against all
// fences, and every event is read, before the clock stops.
func BenchmarkLivePositions(b *testing.B) {
	for _, fences := range []int{0, city.fences} {
		b.Run(fmt.Sprintf("fences=%d", fences), func(b *testing.B) {
			s := openBench(b, fences)
			const senders = 8
			var consumed atomic.Uint64
			ctx, stop := context.WithCancel(b.Context())
			var reading sync.WaitGroup
			reading.Go(func() { consume(ctx, s.desk.outbox, &consumed) })
			from := time.Now().Add(-time.Minute)
			_ = s.load(b, senders, city.batchesOf(senders, from)[:200]) // everybody is somewhere
			batches := city.batchesOf(senders, from.Add(20*time.Second))
			runtime.GC()
			b.ResetTimer()
			n := 0
			for b.Loop() {
				n += s.load(b, senders, batches)
				for consumed.Load() < s.desk.picture.Seq() {
					time.Sleep(time.Millisecond)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "positions/s")
			b.ReportMetric(float64(consumed.Load()), "events")
			b.ReportMetric(0, "ns/op")
			stop()
			reading.Wait()
		})
	}
}

func consume(ctx context.Context, o *outbox, seen *atomic.Uint64) {
	for {
		events, err := o.Read(ctx, seen.Load(), 10_000)
		if err != nil {
			return
		}
		seen.Store(events[len(events)-1].Seq)
	}
}

// load sends batches by several senders and returns how many positions were acknowledged.
func (s *bench) load(b *testing.B, senders int, batches [][]live.Report) (n int) {
	bodies := make([][]byte, len(batches))
	for i, rs := range batches {
		bodies[i] = live.AppendReports(nil, rs)
		n += len(rs)
	}
	var sending sync.WaitGroup
	for sender := range senders {
		sending.Go(func() {
			for i := sender; i < len(bodies); i += senders {
				res, err := http.Post(s.base+"/positions", "application/vnd.wardmap.positions", bytes.NewReader(bodies[i]))
				if err != nil {
					b.Error(err)
					return
				}
				text, _ := io.ReadAll(res.Body)
				res.Body.Close()
				if res.StatusCode != http.StatusOK {
					b.Errorf("%s: %s", res.Status, text)
					return
				}
			}
		})
	}
	sending.Wait()
	return n
}

// BenchmarkLiveNearest asks for the 10 nearest of 100,000 units over HTTP, one question after the other.
func BenchmarkLiveNearest(b *testing.B) {
	s := openBench(b, 0)
	rng := rand.New(rand.NewPCG(driveSeed, 3))
	var rs []live.Report
	for i := range city.units {
		rs = append(rs, positioned(fmt.Sprint("u", i), time.Now(), place(rng)))
	}
	for some := range slices.Chunk(rs, 10_000) {
		if _, err := s.desk.tracker.Submit(b.Context(), some); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		p := place(rng)
		res, err := http.Get(fmt.Sprintf("%s/units/nearest?lon=%.6f&lat=%.6f&k=10", s.base, p[0], p[1]))
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			b.Fatalf("%s: %.300s", res.Status, body)
		}
	}
}

// BenchmarkLiveDelay measures from the call with a fix that enters or leaves a fence to its event at a reader of
// server-sent events, at 20,000 positions a second.
func BenchmarkLiveDelay(b *testing.B) {
	s := openBench(b, 100)
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	var mu sync.Mutex // guards sent and delays
	sent, delays := map[string]time.Time{}, []time.Duration{}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/alerts?after=0", nil)
	if err != nil {
		b.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	var reading sync.WaitGroup
	reading.Go(func() {
		readSSE(res.Body, func(data []byte) {
			var e struct {
				Unit string
				Time time.Time
			}
			if json.Unmarshal(data, &e) != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if at, ok := sent[e.Unit+e.Time.UTC().Format(time.RFC3339Nano)]; ok {
				delays = append(delays, time.Since(at))
			}
		})
	})
	for b.Loop() {
		s.pace(b, 20_000, 10*time.Second, func(r live.Report) {
			mu.Lock()
			defer mu.Unlock()
			sent[r.Device+r.Fix.Time().Format(time.RFC3339Nano)] = time.Now()
		})
	}
	time.Sleep(200 * time.Millisecond)
	stop()
	reading.Wait()
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(delays)
	if len(delays) < 100 {
		b.Fatalf("only %d events arrived", len(delays))
	}
	b.ReportMetric(float64(delays[len(delays)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(delays[len(delays)*99/100].Microseconds())/1000, "ms-p99")
	b.ReportMetric(float64(len(delays)), "events")
	b.ReportMetric(0, "ns/op")
}

// pace sends so many positions a second for a time, 200 in a request: half of the units walk in and out of fences.
func (s *bench) pace(b *testing.B, rate int, length time.Duration, sending func(live.Report)) {
	const batch = 200
	zones := city.zones()[:100]
	tick := time.NewTicker(time.Second * batch / time.Duration(rate))
	defer tick.Stop()
	began, i := time.Now(), 0
	var work sync.WaitGroup
	for range tick.C {
		if time.Since(began) > length {
			break
		}
		var rs []live.Report
		for k := range batch {
			u := (i*batch + k) % (rate * 2)
			p := zones[u%100].Area.(orb.Polygon)[0][0]
			if round := (i*batch + k) / (rate * 2); round%2 == 1 && u%50 == 0 {
				p = geo.PointAtBearingAndDistance(p, 0, 3000)
			} else {
				p, _ = centre(zones[u%100].Area.(orb.Polygon))
			}
			r := positioned(fmt.Sprint("u", u), time.Now(), p)
			rs = append(rs, r)
			if u%50 == 0 {
				sending(r)
			}
		}
		i++
		work.Go(func() {
			if err := report(s.base, rs); err != nil {
				b.Error(err)
			}
		})
	}
	work.Wait()
}

func centre(p orb.Polygon) (orb.Point, bool) { return p.Bound().Center(), true }

// readSSE calls told with the data of each event until the stream ends.
func readSSE(r io.Reader, told func(data []byte)) {
	buf := make([]byte, 0, 1<<16)
	chunk := make([]byte, 1<<16)
	for {
		n, err := r.Read(chunk)
		buf = append(buf, chunk[:n]...)
		for {
			line, rest, ok := bytes.Cut(buf, []byte("\n"))
			if !ok {
				break
			}
			if data, is := bytes.CutPrefix(line, []byte("data: ")); is {
				told(data)
			}
			buf = rest
		}
		if err != nil {
			return
		}
	}
}
