package stream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/stream"
)

func TestEveryWriteIsSynced(t *testing.T) {
	if !opened(t, stream.Options{Dir: t.TempDir()}).SyncsAlways() {
		t.Error("the server acknowledges before it syncs")
	}
}

// whole is a closed log of 100 messages of 1 kB, with cursors that were each put twice. It is made once and copied.
var whole = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "wardmap-stream-")
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	s, err := stream.Open(ctx, stream.Options{Dir: dir})
	if err != nil {
		return "", err
	}
	for i := range 100 {
		if _, err := s.Positions().Append(ctx, fmt.Append(nil, i, strings.Repeat("x", 1000)), nil); err != nil {
			return "", err
		}
	}
	for i := range 40 {
		if err := s.Cursors().Put(ctx, fmt.Sprint("cursor ", i%20), make([]byte, 300)); err != nil {
			return "", err
		}
	}
	return dir, s.Close()
})

func copied(t *testing.T) (dir string) {
	t.Helper()
	from, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func change(t *testing.T, path string, how func(data []byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, how(data), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func half(data []byte) []byte { return data[:len(data)/2] }
func empty([]byte) []byte     { return nil }
func flipped(d []byte) []byte { d[len(d)/2] ^= 0xff; return d }
func garbage(d []byte) []byte {
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range d {
		d[i] = byte(rng.Uint32())
	}
	return d
}
func zeroEnd(d []byte) []byte { clear(d[len(d)-3000:]); return d }

func TestDamageIsSaid(t *testing.T) {
	tests := []struct {
		name string
		how  func([]byte) []byte
	}{
		{"cut in half", half}, {"empty", empty}, {"one byte wrong", flipped}, {"all wrong", garbage}, {"end is zero", zeroEnd},
	}
	for _, keepIndex := range []bool{true, false} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s, index kept %v", test.name, keepIndex), func(t *testing.T) {
				dir := copied(t)
				blocks := blocksOf(t, dir, "wardmap-positions")
				change(t, blocks[0], test.how)
				if !keepIndex {
					if err := os.Remove(filepath.Join(filepath.Dir(blocks[0]), "index.db")); err != nil {
						t.Fatal(err)
					}
				}
				s, err := stream.Open(t.Context(), stream.Options{Dir: dir, Warn: func(m string, a ...any) { t.Log(m, a) }})
				if err == nil {
					defer s.Close()
					next := uint64(1)
					err = s.Positions().Replay(t.Context(), 1, func(m stream.Message) error {
						if m.Seq != next || !strings.HasPrefix(string(m.Data), fmt.Sprint(m.Seq-1, "x")) {
							t.Errorf("message %d is %.20q, want %d", m.Seq, m.Data, next)
						}
						next++
						return nil
					})
				}
				if !errors.Is(err, stream.ErrDamaged) {
					t.Errorf("a damaged log gives %v", err)
				}
				t.Log(err)
			})
		}
	}
}

func TestDamageOfCursorsIsSaid(t *testing.T) {
	for i, how := range []func([]byte) []byte{half, empty, flipped, garbage, zeroEnd} {
		for _, keepIndex := range []bool{true, false} {
			dir := copied(t)
			block := blocksOf(t, dir, "KV_wardmap-cursors")[0]
			change(t, block, how)
			if !keepIndex {
				if err := os.Remove(filepath.Join(filepath.Dir(block), "index.db")); err != nil {
					t.Fatal(err)
				}
			}
			s, err := stream.Open(t.Context(), stream.Options{Dir: dir})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, stream.ErrDamaged) {
				t.Errorf("damage %d, index kept %v: %v", i, keepIndex, err)
			}
		}
	}
}

func TestADamagedDescriptionIsNotReplaced(t *testing.T) {
	for _, of := range []string{"wardmap-positions", "wardmap-events", "KV_wardmap-cursors"} {
		for _, file := range []string{"meta.inf", "meta.sum"} {
			for _, how := range []func([]byte) []byte{half, empty, flipped} {
				dir := copied(t)
				change(t, filepath.Join(dir, "jetstream", "$G", "streams", of, file), how)
				s, err := stream.Open(t.Context(), stream.Options{Dir: dir})
				if err == nil {
					s.Close()
				}
				if !errors.Is(err, stream.ErrDamaged) || !strings.Contains(err.Error(), dir) {
					t.Errorf("%s of %s: %v", file, of, err)
				}
			}
		}
	}
}

func TestAChangedRetentionIsNoDamage(t *testing.T) {
	dir := t.TempDir()
	for i, keep := range []stream.Retention{{Bytes: 50_000}, {}, {Age: time.Hour}, {}, {Bytes: 20_000, Age: time.Hour}, {}} {
		s := opened(t, stream.Options{Dir: dir, Positions: keep})
		for range 10 {
			add(t, s.Positions(), strings.Repeat("x", 10_000))
		}
		s.Stop() // without noting what is there
		if t.Failed() {
			t.Fatalf("retention %d", i)
		}
	}
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		o    stream.Options
		want string
	}{
		{"nothing is given", stream.Options{}, "neither a folder nor an address"},
		{"the folder is a file", stream.Options{Dir: file}, "not a directory"},
		{"nobody is at the address", stream.Options{URL: "nats://127.0.0.1:1"}, "connect to the logs"},
		{"the address is none", stream.Options{URL: "nats://[::"}, "connect to the logs"},
		{"no port to listen at", stream.Options{Dir: t.TempDir(), Listen: "localhost"}, "listen for other systems"},
		{"a strange port to listen at", stream.Options{Dir: t.TempDir(), Listen: "localhost:x"}, "listen for other systems"},
	}
	for _, test := range tests {
		if s, err := stream.Open(t.Context(), test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v %v", test.name, s, err)
		}
	}
}
