package deliver_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/spatial/live"
)

// What a subscriber gets per second over loopback, and what a sink does, with a keep that costs nothing.
func BenchmarkDeliver(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	b.Cleanup(server.Close)
	sink := deliver.Sink{Name: "sink", Send: func(context.Context, []live.Event) error { return nil }}
	for _, name := range []string{"webhook", "sink"} {
		b.Run(name, func(b *testing.B) {
			out, k := newOutbox(0), newKeep()
			o := loopback(b)
			o.Now = time.Now
			var d *desk
			if name == "sink" {
				d = work(b, out, k, o, sink)
			} else {
				d = work(b, out, k, o)
				d.put(b, deliver.Subscriber{Name: name, URL: server.URL, Secret: secret})
			}
			const events = 20_000
			city()
			for b.Loop() {
				out.grow(events)
				d.settled(b, name)
			}
			b.ReportMetric(float64(b.N*events)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(k.puts)/float64(b.N*events)*1000, "puts/1000events")
			d.stop()
		})
	}
}

// What a look at the books costs when so many events have come since the last one.
func BenchmarkStatus(b *testing.B) {
	for _, events := range []uint64{0, 1000} {
		b.Run(fmt.Sprintf("events=%d", events), func(b *testing.B) {
			out := newOutbox(0)
			d := work(b, out, newKeep(), loopback(b))
			d.put(b, deliver.Subscriber{Name: "desk", URL: "http://127.0.0.1:1/", Secret: secret})
			d.stop()
			for b.Loop() {
				out.grow(events)
				d.of(b, "desk")
			}
		})
	}
}
