package safety

import (
	"bytes"
	"cmp"
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

// Read gives one order to one of its named viewers, who says why. That he reads is on record before he gets anything,
// and what ends in the meantime is not given out. While it is put on record, and read, others go on.
func (s *Store) Read(ctx context.Context, number, by, purpose string) (Reading, error) {
	purpose = strings.TrimSpace(purpose)
	if n := utf8.RuneCountInString(purpose); n < 4 || n > 500 || !utf8.ValidString(purpose) {
		return Reading{}, layers.Problems{{Place: "reason", Message: "say in 4 to 500 characters why it is read"}}
	}
	if s.o.Record == nil {
		return Reading{}, errors.New("safety tracks: nothing keeps who reads, so nobody does")
	}
	look, part, err := s.look(number, by, purpose)
	if err != nil {
		return Reading{}, err
	}
	defer clear(part.key)
	if err := s.o.Record(ctx, look); err != nil {
		return Reading{}, fmt.Errorf("it could not be put on record who reads: %w", err)
	}
	if err := s.still(look, func(h *held) error { return h.journal.add(entry{Look: &look}) }); err != nil {
		return Reading{}, err
	}
	r, err := part.read()
	if gone := s.still(look, func(*held) error { return nil }); gone != nil {
		return Reading{}, gone // which is why it could not be read, if so
	}
	r.Looks = nil // they are for the person
	return r, err
}

// look decides whether somebody may read, and what he would be given now.
func (s *Store) look(number, by, purpose string) (look Look, part partition, err error) {
	err = s.still(Look{Number: number, By: by}, func(h *held) error {
		now, err := s.now()
		look = Look{Number: number, Case: h.order.Case, By: by, Purpose: purpose, At: now, Count: h.fixes}
		part = partition{filepath.Join(s.dir, number+ending), number, bytes.Clone(h.journal.key), h.journal.size}
		return err
	})
	return look, part, err
}

// still does something with an order, if who looks may read it at this time.
func (s *Store) still(look Look, do func(h *held) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.now()
	if err != nil {
		return err
	}
	h := s.orders[look.Number]
	if h == nil {
		return ErrNotFound
	}
	if state, err := s.state(h, now); err != nil || state != safety.Active || !h.order.MayRead(look.By, now) {
		return cmp.Or(err, ErrNotFound)
	}
	if err := do(h); err != nil {
		return fmt.Errorf("safety tracks: %w", err)
	}
	return nil
}

// A partition is what it takes to read one order, up to a size of its file.
type partition struct {
	path, number string
	key          []byte
	size         int64
}

// read reads a partition without changing it.
func (p partition) read() (Reading, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return Reading{}, err
	}
	defer f.Close()
	var r Reading
	j := &journal{file: f, key: p.key, number: p.number}
	err = j.read(p.size, func(plain []byte) error {
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
	if err != nil {
		return Reading{}, err
	}
	return r, nil
}

// Held is all that is held of one order, and who looked: for the person whom it is about. It may be asked while a
// server keeps the tracks, by who can read both folders.
func Held(dir, keys, number string) (Reading, error) {
	if keys == "" {
		keys = filepath.Join(filepath.Dir(dir), "keys")
	}
	r := &ring{dir: keys, keys: map[string][]byte{}}
	var err error
	for range 20 { // a server may change the ring while it is read
		if err = r.latest(); err == nil {
			break
		}
	}
	if err != nil {
		return Reading{}, fmt.Errorf("the keys in %s: %w", keys, err)
	}
	key := r.keys[number]
	if key == nil || strings.ContainsAny(number, `/\`) {
		return Reading{}, ErrNotFound
	}
	path := filepath.Join(dir, number+ending)
	info, err := os.Stat(path)
	if err != nil {
		return Reading{}, err
	}
	return partition{path, number, key, info.Size()}.read()
}
