package safety

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wardmap/wardmap/layers/safety"
)

// Sweep destroys what is over: first the keys, then the partitions. The certificates are for the audit log.
func (s *Store) Sweep() (out []Certificate, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.now()
	if err != nil {
		return nil, err
	}
	var numbers []string
	for number, h := range s.orders {
		if h.order.State(now) != safety.Over {
			continue
		}
		why := "ended"
		switch {
		case !h.order.Withdrawn.IsZero():
			why = "withdrawn"
		case h.order.Approved.IsZero():
			why = "never approved"
		}
		numbers = append(numbers, number)
		out = append(out, Certificate{number, h.order.Ground, h.order.Case, now, h.fixes, why})
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	if err := s.ring.destroy(numbers...); err != nil {
		return nil, fmt.Errorf("safety tracks: destroy keys: %w", err)
	}
	if err := s.noteGone(numbers); err != nil {
		return nil, fmt.Errorf("safety tracks: %w", err)
	}
	for _, number := range numbers {
		h := s.orders[number]
		s.release(h)
		delete(s.orders, number)
		err = errors.Join(err, h.journal.close(), wipe(filepath.Join(s.dir, number+ending)))
	}
	return out, err
}

// noteGone writes down beside the data what was destroyed.
func (s *Store) noteGone(numbers []string) error {
	f, err := os.OpenFile(s.goneFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	for _, number := range numbers {
		_, err = f.WriteString(number + "\n")
		if err != nil {
			break
		}
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
