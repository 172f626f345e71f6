package safety

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/wardmap/wardmap/data/wholefile"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/safety"
)

// Propose takes an order that somebody asks for, and gives it a number that nobody guesses. Nothing is tracked before
// it is approved.
func (s *Store) Propose(o safety.Order) (safety.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.now()
	if err != nil {
		return o, err
	}
	if ps := o.Check(now); len(ps) > 0 {
		return o, ps
	}
	if err := s.free(o.Device, now); err != nil {
		return o, err
	}
	o.Number, o.Proposed = "ST-"+now.UTC().Format("060102")+"-"+rand.Text()[:10], now
	o.Approver, o.Approved, o.Renewals, o.Withdrawn, o.Why = safety.Party{}, time.Time{}, nil, time.Time{}, ""
	if err := s.begin(o); err != nil {
		return o, fmt.Errorf("safety tracks: %w", err)
	}
	return o, nil
}

// free refuses a device that is bound already.
func (s *Store) free(device string, now time.Time) error {
	other := (*s.devices.Load())[device]
	if other == nil {
		return nil
	}
	if state, err := s.state(other, now); err != nil || state == safety.Over {
		return err
	}
	return layers.Problems{{Place: "device", Message: "it is bound to another order that is not over"}}
}

// begin gives an order its key and its partition, or nothing at all.
func (s *Store) begin(o safety.Order) error {
	key, err := s.ring.make(o.Number)
	if err != nil {
		return err
	}
	path := filepath.Join(s.dir, o.Number+ending)
	h := &held{order: o}
	if h.journal, err = openJournal(path, o.Number, key, func([]byte) error { return nil }); err != nil {
		return errors.Join(err, s.ring.destroy(o.Number), wipe(path))
	}
	if err = h.journal.add(entry{Order: &o}); err == nil {
		err = wholefile.SyncFolder(s.dir)
	}
	if err != nil {
		return errors.Join(err, s.ring.destroy(o.Number), h.journal.close(), wipe(path))
	}
	s.orders[o.Number] = h
	s.bind(h)
	return nil
}

// decide changes an order by one of the rules.
func (s *Store) decide(number string, rule func(o safety.Order, now time.Time) (safety.Order, error)) (safety.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.now()
	if err != nil {
		return safety.Order{}, err
	}
	h := s.orders[number]
	if h == nil {
		return safety.Order{}, ErrNotFound
	}
	if state, err := s.state(h, now); err != nil || state == safety.Over {
		return safety.Order{}, cmp.Or(err, ErrNotFound)
	}
	o, err := rule(h.order, now)
	if err != nil {
		return safety.Order{}, err
	}
	if err := h.journal.add(entry{Order: &o}); err != nil {
		return safety.Order{}, fmt.Errorf("safety tracks: %w", err)
	}
	h.order = o
	state, err := s.state(h, now)
	if state == safety.Over {
		s.release(h)
	}
	return o, err
}

// Approve, Renew and Withdraw decide an order by the rules of layers/safety.
func (s *Store) Approve(number string, by safety.Party) (safety.Order, error) {
	return s.decide(number, func(o safety.Order, now time.Time) (safety.Order, error) { return o.Approve(by, now) })
}

// Renew lengthens the track of a missing person.
func (s *Store) Renew(number string, by safety.Party, until time.Time) (safety.Order, error) {
	return s.decide(number, func(o safety.Order, now time.Time) (safety.Order, error) { return o.Renew(by, until, now) })
}

// Withdraw ends an order; nothing of it is read or taken from then on.
func (s *Store) Withdraw(number, why string) (safety.Order, error) {
	return s.decide(number, func(o safety.Order, now time.Time) (safety.Order, error) { return o.Withdraw(why, now) })
}
