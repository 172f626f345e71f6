package safety

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/safety"
)

// A Reading is one order and what was kept of it.
type Reading struct {
	Order safety.Order  `json:"order"`
	Fixes []safety.Kept `json:"fixes"`
	Looks []Look        `json:"looks,omitempty"`
}

// Read gives one order to one of its named viewers, who says why. That he reads is on record before he gets anything.
func (s *Store) Read(ctx context.Context, number, by, purpose string) (r Reading, err error) {
	purpose = strings.TrimSpace(purpose)
	if n := utf8.RuneCountInString(purpose); n < 4 || n > 500 || !utf8.ValidString(purpose) {
		return r, layers.Problems{{Place: "reason", Message: "say in 4 to 500 characters why it is read"}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.now()
	if err != nil {
		return r, err
	}
	h := s.orders[number]
	if h == nil || !h.order.MayRead(by, now) {
		return r, ErrNotFound
	}
	if s.o.Record == nil {
		return r, errors.New("safety tracks: nothing keeps who reads, so nobody does")
	}
	look := Look{Number: number, Case: h.order.Case, By: by, Purpose: purpose, At: now, Count: h.fixes}
	if err := s.o.Record(ctx, look); err != nil {
		return r, fmt.Errorf("it could not be put on record who reads: %w", err)
	}
	if err := h.journal.add(entry{Look: &look}); err != nil {
		return r, fmt.Errorf("safety tracks: %w", err)
	}
	r, err = readAll(filepath.Join(s.dir, number+ending), number, h.journal.key)
	r.Looks = nil // they are for the person
	return r, err
}

// readAll reads a partition without changing it.
func readAll(path, number string, key []byte) (r Reading, err error) {
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	j := &journal{file: f, key: key, number: number}
	err = j.read(func(plain []byte) error {
		var e entry
		if err := json.Unmarshal(plain, &e); err != nil {
			return err
		}
		switch {
		case e.Order != nil:
			r.Order = *e.Order
		case e.Fix != nil:
			r.Fixes = append(r.Fixes, *e.Fix)
		case e.Look != nil:
			r.Looks = append(r.Looks, *e.Look)
		}
		return nil
	})
	return r, err
}

// Held is all that is held of one order, and who looked: for the person whom it is about. It may be asked while a
// server keeps the tracks, by who can read both folders.
func Held(dir, keys, number string) (Reading, error) {
	if keys == "" {
		keys = filepath.Join(filepath.Dir(dir), "keys")
	}
	r := &ring{dir: keys, keys: map[string][]byte{}}
	generations, err := r.generations()
	if err != nil {
		return Reading{}, err
	}
	for _, n := range generations {
		if err := r.read(n); err != nil && n == generations[len(generations)-1] {
			return Reading{}, fmt.Errorf("the keys in %s: %w", keys, err)
		}
	}
	key := r.keys[number]
	if key == nil || strings.ContainsAny(number, `/\`) {
		return Reading{}, ErrNotFound
	}
	return readAll(filepath.Join(dir, number+ending), number, key)
}
