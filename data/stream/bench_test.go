package stream_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/stream"
)

// positionBytes is what one position takes in the compact form.
const positionBytes = 48

func batch(positions int) []byte {
	rng := rand.New(rand.NewPCG(1, uint64(positions)))
	data := make([]byte, positions*positionBytes)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	return data
}

func BenchmarkAppend(b *testing.B) {
	for _, positions := range []int{1, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("positions=%d", positions), func(b *testing.B) {
			l := opened(b, stream.Options{Dir: b.TempDir()}).Positions()
			data := batch(positions)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := l.Append(context.Background(), data, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			b.ReportMetric(float64(b.N*positions)/b.Elapsed().Seconds(), "positions/s")
		})
	}
}

func BenchmarkReplay(b *testing.B) {
	for _, positions := range []int{10, 1000} {
		b.Run(fmt.Sprintf("positions=%d", positions), func(b *testing.B) {
			l := opened(b, stream.Options{Dir: b.TempDir()}).Positions()
			data := batch(positions)
			n := min(2000, 40_000_000/len(data))
			for range n {
				if _, err := l.Append(context.Background(), data, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(n * len(data)))
			for b.Loop() {
				got := 0
				err := l.Replay(context.Background(), 1, func(stream.Message) error { got++; return nil })
				if err != nil || got != n {
					b.Fatal(got, err)
				}
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

func BenchmarkCursor(b *testing.B) {
	c := opened(b, stream.Options{Dir: b.TempDir()}).Cursors()
	value := make([]byte, 400)
	began := time.Now()
	for b.Loop() {
		if err := c.Put(context.Background(), "deliver/desk/state", value); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "puts/s")
}
