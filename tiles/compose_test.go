package tiles_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/tiles"
)

// paper is a layer whose content is a text that tests change.
type paper struct {
	*tiles.Epochs
	mu   sync.Mutex // guards text and err
	text string
	err  error
	cuts atomic.Int64
	slow time.Duration
}

func newPaper(text string) *paper { return &paper{Epochs: tiles.NewEpochs(), text: text} }

func (p *paper) Epoch(id tiles.ID) uint64 { return p.At(id) }

// Class is what the paper shows the same to: "friend" and "family" see alike.
func (p *paper) Class(class string) string { return strings.Replace(class, "family", "friend", 1) }

func (p *paper) Cut(ctx context.Context, dst []byte, _ tiles.ID, _ string) ([]byte, error) {
	p.cuts.Add(1)
	select {
	case <-time.After(p.slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(dst, p.text...), p.err
}

func (p *paper) write(text string) {
	p.mu.Lock()
	p.text = text
	p.mu.Unlock()
	p.Touch(orb.Bound{Min: orb.Point{-1, -1}, Max: orb.Point{1, 1}})
}

func unpack(t *testing.T, tile tiles.Tile) string {
	t.Helper()
	var r io.Reader = bytes.NewReader(tile.Data)
	switch tile.Encoding {
	case tiles.Gzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		z.Multistream(false) // browsers read one member only
		r = z
	case tiles.Zstd:
		z, err := zstd.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestEveryCodingOfEveryNumberOfLayersHoldsTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for _, sizes := range [][]int{{0}, {1}, {5000}, {0, 3000, 0}, {700, 700}, {100_000, 1, 30_000, 7}} {
		var parts []tiles.Part
		want := ""
		for i, size := range sizes {
			b := make([]byte, size)
			for j := range b {
				b[j] = byte('a' + rng.IntN(6))
			}
			want += string(b)
			parts = append(parts, tiles.Part{Name: fmt.Sprint("l", i), Cutter: newPaper(string(b))})
		}
		tags := map[string]tiles.Encoding{}
		for _, e := range []tiles.Encoding{tiles.Identity, tiles.Gzip, tiles.Zstd} {
			tile, err := tiles.Compose(tiles.NewCache(1<<20), parts...).Tile(t.Context(), tiles.Request{Encoding: e})
			if err != nil {
				t.Fatal(err)
			}
			if got := unpack(t, tile); got != want {
				t.Errorf("layers of %v bytes as %q: %d bytes came out, want %d", sizes, e, len(got), len(want))
			}
			if other, taken := tags[tile.ETag]; taken && other != tile.Encoding {
				t.Errorf("codings %q and %q share the ETag %s", other, tile.Encoding, tile.ETag)
			}
			tags[tile.ETag] = tile.Encoding
			if len(want) < 500 && tile.Encoding != tiles.Identity {
				t.Errorf("a tile of %d bytes was compressed", len(want))
			}
		}
	}
}

func TestATileIsCutOnceUntilItChanges(t *testing.T) {
	a, b := newPaper(strings.Repeat("a", 2000)), newPaper(strings.Repeat("b", 2000))
	src := tiles.Compose(tiles.NewCache(1<<20), tiles.Part{Name: "a", Cutter: a}, tiles.Part{Name: "b", Cutter: b})
	ask := func(e tiles.Encoding) tiles.Tile {
		tile, err := src.Tile(t.Context(), tiles.Request{Encoding: e})
		if err != nil {
			t.Fatal(err)
		}
		return tile
	}
	first := ask(tiles.Gzip)
	ask(tiles.Gzip)
	ask(tiles.Zstd)
	if a.cuts.Load() != 1 || b.cuts.Load() != 1 {
		t.Errorf("cut %d and %d times, want once each", a.cuts.Load(), b.cuts.Load())
	}
	b.write(strings.Repeat("c", 2000))
	second := ask(tiles.Gzip)
	if a.cuts.Load() != 1 || b.cuts.Load() != 2 {
		t.Errorf("after a change of b: cut %d and %d times, want 1 and 2", a.cuts.Load(), b.cuts.Load())
	}
	if first.ETag == second.ETag || !strings.Contains(unpack(t, second), "ccc") {
		t.Error("the change does not show")
	}
}

func TestOneMakesTheTileAndTheOthersWait(t *testing.T) {
	p := newPaper("slow")
	p.slow = 50 * time.Millisecond
	src := tiles.Compose(tiles.NewCache(1<<20), tiles.Part{Name: "p", Cutter: p})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if tile, err := src.Tile(t.Context(), tiles.Request{}); err != nil || string(tile.Data) != "slow" {
				t.Errorf("%q, %v", tile.Data, err)
			}
		})
	}
	wg.Wait()
	if n := p.cuts.Load(); n != 1 {
		t.Errorf("cut %d times, want once", n)
	}
}

func TestWhoWaitsDoesNotFailWithTheMakersRequest(t *testing.T) {
	p := newPaper("x")
	p.slow = 100 * time.Millisecond
	src := tiles.Compose(tiles.NewCache(1<<20), tiles.Part{Name: "p", Cutter: p})
	gone, leave := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := src.Tile(gone, tiles.Request{}); !errors.Is(err, context.Canceled) {
			t.Errorf("the one who left got %v", err)
		}
	})
	time.Sleep(20 * time.Millisecond)
	wg.Go(func() {
		if tile, err := src.Tile(t.Context(), tiles.Request{}); err != nil || string(tile.Data) != "x" {
			t.Errorf("the one who waited got %q, %v", tile.Data, err)
		}
	})
	time.Sleep(20 * time.Millisecond)
	leave()
	wg.Wait()
}

func TestAFailedLayerFailsTheTileAndIsNotRemembered(t *testing.T) {
	p := newPaper("fine")
	p.err = errors.New("disk on fire")
	src := tiles.Compose(tiles.NewCache(1<<20), tiles.Part{Name: "fine", Cutter: newPaper("ok")}, tiles.Part{Name: "p", Cutter: p})
	if _, err := src.Tile(t.Context(), tiles.Request{}); err == nil || !strings.Contains(err.Error(), "layer p: disk on fire") {
		t.Errorf("got %v", err)
	}
	p.err = nil
	if tile, err := src.Tile(t.Context(), tiles.Request{}); err != nil || string(tile.Data) != "okfine" {
		t.Errorf("after the fire: %q, %v", tile.Data, err)
	}
}

func TestTheCacheKeepsToItsSize(t *testing.T) {
	c := tiles.NewCache(1 << 20)
	src := tiles.Compose(c, tiles.Part{Name: "p", Cutter: newPaper(strings.Repeat("p", 5000))})
	for x := range uint32(2000) {
		if _, err := src.Tile(t.Context(), tiles.Request{ID: tiles.ID{Z: 12, X: x}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.Bytes(); n > 1<<20 || n < 1<<19 {
		t.Errorf("the cache of 1 MiB holds %d bytes", n)
	}
}

// Readers must never see an answer older than the last acknowledged write.
func TestNoAnswerIsOlderThanAnAcknowledgedWrite(t *testing.T) {
	p, q := newPaper("000000"), newPaper("other")
	src := tiles.Compose(tiles.NewCache(1<<20), tiles.Part{Name: "p", Cutter: p}, tiles.Part{Name: "q", Cutter: q})
	var acked atomic.Int64
	done := make(chan struct{})
	var wg sync.WaitGroup
	var stale, asked atomic.Int64
	for range 8 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				least := acked.Load()
				tile, err := src.Tile(context.Background(), tiles.Request{})
				if err != nil {
					t.Error(err)
					return
				}
				var seen int64
				if _, err := fmt.Sscanf(string(tile.Data), "%06d", &seen); err != nil || seen < least {
					stale.Add(1)
				}
				asked.Add(1)
			}
		})
	}
	for n := range int64(2000) {
		p.write(fmt.Sprintf("%06d", n+1))
		acked.Store(n + 1)
		if n%3 == 0 {
			q.write("other")
		}
	}
	close(done)
	wg.Wait()
	if stale.Load() > 0 {
		t.Errorf("%d of %d answers were stale", stale.Load(), asked.Load())
	}
	t.Logf("%d answers during 2,000 writes", asked.Load())
}

func BenchmarkTile(b *testing.B) {
	text := strings.Repeat("some map content, ", 3000)
	for _, hit := range []bool{true, false} {
		for _, e := range []tiles.Encoding{tiles.Identity, tiles.Gzip, tiles.Zstd} {
			b.Run(fmt.Sprintf("cached=%v/as=%s", hit, e), func(b *testing.B) {
				src := tiles.Compose(tiles.NewCache(64<<20), tiles.Part{Name: "p", Cutter: newPaper(text)})
				b.ReportAllocs()
				for i := uint32(0); b.Loop(); i++ {
					id := tiles.ID{Z: 22, X: i % 4194304}
					if hit {
						id = tiles.ID{}
					}
					if _, err := src.Tile(b.Context(), tiles.Request{ID: id, Encoding: e}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// TestClassesThatSeeTheSameShareTiles: "friend" and "family" do, "" does not.
func TestClassesThatSeeTheSameShareTiles(t *testing.T) {
	p, q := newPaper("a"), newPaper("b")
	s := tiles.Compose(tiles.NewCache(1<<20), tiles.Part{Name: "a", Cutter: p}, tiles.Part{Name: "b", Cutter: q})
	for range 3 {
		for _, class := range []string{"friend", "family", ""} {
			if _, err := s.Tile(t.Context(), tiles.Request{Class: class}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a, b := p.cuts.Load(), q.cuts.Load(); a != 2 || b != 2 {
		t.Errorf("for three classes of which two are one, %d and %d times was cut", a, b)
	}
	for i := range 5000 { // classes that somebody makes up cost no memory for ever
		if _, err := s.Tile(t.Context(), tiles.Request{Class: fmt.Sprint("x", i)}); err != nil {
			t.Fatal(err)
		}
	}
}
