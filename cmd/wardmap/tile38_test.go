package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/spatial/live"
)

// BenchmarkLiveAgainstTile38 runs the same load against both, one after the other: 100,000 movers, 10,000 fences of
// 20 vertices, 8 connections, every event read. Ours is durable before it is acknowledged; Tile38 syncs its file
// once a second. Both answer who is nearest over HTTP to the same client; Tile38 closes its connection after each
// answer, so that it is asked in its own protocol too. The metrics are rates, and ours through theirs.
func BenchmarkLiveAgainstTile38(b *testing.B) {
	binary := os.Getenv("TILE38_SERVER")
	if binary == "" {
		b.Skip("TILE38_SERVER names no binary of its server: there is no ratio to Tile38 in this run")
	}
	for b.Loop() {
		ours, nearest := measureOurs(b)
		theirs, byHTTP, byRESP := measureTile38(b, binary)
		b.ReportMetric(ours, "positions/s")
		b.ReportMetric(theirs, "tile38-positions/s")
		b.ReportMetric(ours/theirs, "positions-ratio")
		b.ReportMetric(nearest, "nearest/s")
		b.ReportMetric(byHTTP, "tile38-nearest/s")
		b.ReportMetric(nearest/byHTTP, "nearest-ratio")
		b.ReportMetric(byRESP, "tile38-nearest-resp/s")
		b.ReportMetric(nearest/byRESP, "nearest-ratio-resp")
		b.ReportMetric(0, "ns/op")
	}
}

// asked is how many questions for the nearest units are timed.
const asked = 40_000

// against is the load of both: somebody must be somewhere first.
func against(from time.Time) (first, then [][]live.Report) {
	all := drive{units: city.units, fences: city.fences, batches: 1100, batch: 1000}.batchesOf(8, from)
	return all[:100], all[100:]
}

func measureOurs(b *testing.B) (positions, nearest float64) {
	s := openBench(b, city.fences)
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	var seen atomic.Uint64
	go consume(ctx, s.desk.outbox, &seen)
	first, then := against(time.Now().Add(-20 * time.Second))
	s.load(b, 8, first)
	began := time.Now()
	n := s.load(b, 8, then)
	for seen.Load() < s.desk.picture.Seq() {
		time.Sleep(time.Millisecond)
	}
	positions = float64(n) / time.Since(began).Seconds()
	return positions, ask8(func() func(p orb.Point) {
		c := &getter{address: strings.TrimPrefix(s.base, "http://")}
		return func(p orb.Point) {
			c.get(b, fmt.Sprintf("/units/nearest?lon=%.6f&lat=%.6f&k=10&explain=false", p[0], p[1]))
		}
	})
}

// ask8 is how many questions for the nearest units 8 clients get answered a second.
func ask8(client func() func(orb.Point)) float64 {
	began := time.Now()
	var asking sync.WaitGroup
	for c := range 8 {
		ask := client()
		asking.Go(func() {
			rng := rand.New(rand.NewPCG(driveSeed, uint64(c)))
			for range asked / 8 {
				ask(place(rng))
			}
		})
	}
	asking.Wait()
	return asked / time.Since(began).Seconds()
}

// A getter asks over HTTP with hardly any work of its own, as long as it may over one connection.
type getter struct {
	address string
	conn    net.Conn
	r       *bufio.Reader
}

func (g *getter) get(b *testing.B, target string) {
	if g.conn == nil {
		c, err := net.Dial("tcp", g.address)
		if err != nil {
			b.Error(err)
			return
		}
		b.Cleanup(func() { c.Close() })
		g.conn, g.r = c, bufio.NewReader(c)
	}
	if _, err := fmt.Fprintf(g.conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, g.address); err != nil {
		b.Error(err)
		return
	}
	last := false
	n := -1
	for first := true; ; first = false {
		line, err := g.r.ReadSlice('\n')
		if err != nil || first && !strings.Contains(string(line), " 200 ") {
			b.Errorf("%s: %q %v", target, line, err)
			return
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := strings.Cut(string(line), ":")
		switch value = strings.TrimSpace(value); strings.ToLower(name) {
		case "content-length":
			n, _ = strconv.Atoi(value)
		case "connection":
			last = value == "close"
		}
	}
	if _, err := io.CopyN(io.Discard, g.r, int64(n)); err != nil || n < 100 {
		b.Errorf("%s: %d bytes, %v", target, n, err)
	}
	if last {
		g.conn.Close()
		g.conn = nil
	}
}

func measureTile38(b *testing.B, binary string) (positions, byHTTP, byRESP float64) {
	address := startTile38(b, binary)
	admin := dialRESP(b, address)
	for _, f := range city.zones() {
		text, err := geojson.NewGeometry(f.Area).MarshalJSON()
		if err != nil {
			b.Fatal(err)
		}
		admin.do(b, "SETCHAN", strings.ReplaceAll(f.ID, "/", "-"), "WITHIN", "fleet", "FENCE", "DETECT", "enter,exit", "OBJECT", string(text))
	}
	var events atomic.Int64
	listener := dialRESP(b, address)
	listener.send("PSUBSCRIBE", "*")
	go func() {
		for {
			if _, err := listener.reply(); err != nil {
				return
			}
			events.Add(1)
		}
	}()
	first, then := against(time.Now())
	loadTile38(b, address, first)
	began := time.Now()
	n := loadTile38(b, address, then)
	for last := int64(-1); last != events.Load(); time.Sleep(20 * time.Millisecond) {
		last = events.Load()
	}
	positions = float64(n) / time.Since(began).Seconds()
	byHTTP = ask8(func() func(orb.Point) {
		c := &getter{address: address}
		return func(p orb.Point) {
			c.get(b, fmt.Sprintf("/NEARBY+fleet+LIMIT+10+DISTANCE+POINT+%.6f+%.6f", p[1], p[0]))
		}
	})
	byRESP = ask8(func() func(orb.Point) {
		c := dialRESP(b, address)
		return func(p orb.Point) {
			c.do(b, "NEARBY", "fleet", "LIMIT", "10", "DISTANCE", "POINT", fmt.Sprintf("%.6f", p[1]), fmt.Sprintf("%.6f", p[0]))
		}
	})
	return positions, byHTTP, byRESP
}

func startTile38(b *testing.B, binary string) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	ln.Close()
	cmd := exec.Command(binary, "-h", "127.0.0.1", "-p", port, "-d", b.TempDir(), "-q")
	if err := cmd.Start(); err != nil {
		b.Fatalf("TILE38_SERVER=%s: %v", binary, err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 100 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return "127.0.0.1:" + port
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Fatal("Tile38 does not listen")
	return ""
}

// loadTile38 sends the same batches by 8 connections, 64 commands at a time.
func loadTile38(b *testing.B, address string, batches [][]live.Report) (n int) {
	var sending sync.WaitGroup
	for sender := range 8 {
		sending.Go(func() {
			c := dialRESP(b, address)
			for i := sender; i < len(batches); i += 8 {
				for k, r := range batches[i] {
					c.queue("SET", "fleet", r.Device, "POINT", strconv.FormatFloat(r.Point[1], 'f', 7, 64), strconv.FormatFloat(r.Point[0], 'f', 7, 64))
					if k%64 == 63 || k == len(batches[i])-1 {
						c.flush(b)
					}
				}
			}
		})
	}
	for _, rs := range batches {
		n += len(rs)
	}
	sending.Wait()
	return n
}

// A resp is a connection in the protocol of Redis.
type resp struct {
	w       *bufio.Writer
	r       *bufio.Reader
	waiting int
}

func dialRESP(b *testing.B, address string) *resp {
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return &resp{w: bufio.NewWriter(c), r: bufio.NewReader(c)}
}

func (c *resp) queue(words ...string) {
	fmt.Fprintf(c.w, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(c.w, "$%d\r\n%s\r\n", len(w), w)
	}
	c.waiting++
}

func (c *resp) send(words ...string) {
	c.queue(words...)
	_ = c.w.Flush()
}

// flush sends what is queued and reads all answers.
func (c *resp) flush(b *testing.B) {
	if err := c.w.Flush(); err != nil {
		b.Error(err)
	}
	for ; c.waiting > 0; c.waiting-- {
		if _, err := c.reply(); err != nil {
			b.Error(err)
		}
	}
}

func (c *resp) do(b *testing.B, words ...string) {
	c.queue(words...)
	c.flush(b)
}

// reply reads one answer; those inside of it are only passed over.
func (c *resp) reply() (string, error) {
	line, err := c.r.ReadString('\n')
	if err != nil || len(line) < 3 {
		return "", errors.Join(err, io.ErrUnexpectedEOF)
	}
	text := line[1 : len(line)-2]
	n, _ := strconv.Atoi(text)
	switch line[0] {
	case '-':
		return "", errors.New(text)
	case '$':
		if n >= 0 {
			_, err = io.CopyN(io.Discard, c.r, int64(n)+2)
		}
	case '*':
		for range max(0, n) {
			if _, err := c.reply(); err != nil {
				return "", err
			}
		}
	}
	return text, err
}
