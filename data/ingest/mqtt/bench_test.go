package mqtt_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/ingest/mqtt"
	"github.com/wardmap/wardmap/spatial/live"
)

// groupCommit is a Submit that takes 200 µs, the time of a small write to disk, for everything that waits.
func groupCommit(ctx context.Context) func(context.Context, []live.Report) ([]live.Verdict, error) {
	var mu sync.Mutex // guards turn
	turn := make(chan struct{})
	go func() {
		for ctx.Err() == nil {
			time.Sleep(200 * time.Microsecond)
			mu.Lock()
			close(turn)
			turn = make(chan struct{})
			mu.Unlock()
		}
	}()
	return func(_ context.Context, rs []live.Report) ([]live.Verdict, error) {
		mu.Lock()
		t := turn
		mu.Unlock()
		<-t
		return slices.Repeat([]live.Verdict{live.Accepted}, len(rs)), nil
	}
}

// BenchmarkQoS1 is one report per message over TCP, acknowledged when durable; each client has 32 under way.
func BenchmarkQoS1(b *testing.B) {
	for _, clients := range []int{8, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			ctx, stop := context.WithCancel(b.Context())
			defer stop()
			door := mqtt.New(mqtt.Options{Submit: groupCommit(ctx), Authorise: rights})
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- door.Serve(ctx, l, nil) }()
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for i := range clients {
				all.Go(func() { flood(b, l.Addr().String(), fmt.Sprint("d", i), (b.N+clients-1)/clients) })
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
			stop()
			<-done
		})
	}
}

// flood publishes n messages with 32 under way. It is no client but bytes, so that mostly the server is measured.
func flood(b *testing.B, address, user string, n int) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Error(err)
		return
	}
	defer c.Close()
	in, out := bufio.NewReader(c), bufio.NewWriter(c)
	field := func(dst []byte, text string) []byte {
		return append(binary.BigEndian.AppendUint16(dst, uint16(len(text))), text...)
	}
	packet := func(kind byte, body []byte) {
		out.WriteByte(kind)
		out.Write(binary.AppendUvarint(nil, uint64(len(body)))) // MQTT's lengths, too
		out.Write(body)
	}
	packet(0x10, field(field(field(append(field(nil, "MQTT"), 4, 0xc2, 0, 60), user), user), "secret"))
	out.Flush()
	if _, err := io.ReadFull(in, make([]byte, 4)); err != nil {
		b.Error(err)
		return
	}
	payload := fmt.Sprintf(report, 3)
	for sent, heard := 0, 0; heard < n; {
		for ; sent < n && sent < heard+32; sent++ {
			packet(0x32, append(binary.BigEndian.AppendUint16(field(nil, "wardmap/positions/"+user), uint16(sent%60000+1)), payload...))
		}
		out.Flush()
		for once := true; heard < sent && (once || in.Buffered() >= 4); once = false {
			if _, err := io.ReadFull(in, make([]byte, 4)); err != nil {
				b.Error(err)
				return
			}
			heard++
		}
	}
}
