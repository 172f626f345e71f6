package ingest_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/wardmap/wardmap/data/ingest"
)

// pieces takes all pieces of r.
func pieces(r io.Reader, longest int) (all []string, err error) {
	p := ingest.NewPieces(r, '\n', longest)
	for {
		for piece, ok := p.Next(); ok; piece, ok = p.Next() {
			all = append(all, string(piece))
		}
		if err := p.Fill(); err != nil {
			return all, err
		}
	}
}

func TestPiecesAreCutHoweverTheyArrive(t *testing.T) {
	var want []string
	var text strings.Builder
	for i := range 3000 {
		want = append(want, strings.Repeat(string(rune('a'+i%26)), 1+i%90))
		text.WriteString(want[i] + strings.Repeat("\n", 1+i%3)) // empty pieces are none
	}
	for name, r := range map[string]io.Reader{
		"at once":         strings.NewReader(text.String()),
		"byte by byte":    iotest.OneByteReader(strings.NewReader(text.String())),
		"by halves":       iotest.HalfReader(strings.NewReader(text.String())),
		"with the error":  iotest.DataErrReader(strings.NewReader(text.String())),
		"not cut at last": strings.NewReader(text.String() + "rest"),
	} {
		if got, err := pieces(r, 100); !slices.Equal(got, want) || err != io.EOF {
			t.Errorf("%s: got %d pieces, %v", name, len(got), err)
		}
	}
}

func TestPiecesSurviveADeadline(t *testing.T) {
	r := &halting{parts: []string{"one\ntw", "", "o\n"}}
	p := ingest.NewPieces(r, '\n', 100)
	var got []string
	for range 3 {
		if err := p.Fill(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		for piece, ok := p.Next(); ok; piece, ok = p.Next() {
			got = append(got, string(piece))
		}
	}
	if !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("got %q", got)
	}
}

// halting gives its parts one by one; an empty part is a deadline.
type halting struct{ parts []string }

func (h *halting) Read(b []byte) (int, error) {
	part := h.parts[0]
	h.parts = h.parts[1:]
	if part == "" {
		return 0, os.ErrDeadlineExceeded
	}
	return copy(b, part), nil
}

func TestAPieceWithoutEndIsAnError(t *testing.T) {
	if _, err := pieces(bytes.NewReader(make([]byte, 1<<20)), 100); err == nil || err == io.EOF {
		t.Errorf("got %v", err)
	}
}
