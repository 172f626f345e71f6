package safety

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/wardmap/wardmap/layers/safety"
)

// Sweep destroys what is over: first the keys, then the partitions. The certificates are for the audit log. A crash
// loses none: they are given out with each Sweep until Certified says that the log has them.
func (s *Store) Sweep() ([]Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.now()
	if err != nil {
		return nil, err
	}
	over, err := s.over(now)
	if err != nil {
		return nil, err
	}
	if len(over) > 0 {
		err = s.destroy(over)
	}
	return slices.Clone(s.ring.due), err
}

// over says what is to be destroyed.
func (s *Store) over(now time.Time) (out []Certificate, err error) {
	for number, h := range s.orders {
		state, err := s.state(h, now)
		if err != nil {
			return nil, err
		}
		if state == safety.Over {
			out = append(out, Certificate{number, h.order.Ground, h.order.Case, now, h.fixes, why(&h.order)})
		}
	}
	return out, nil
}

func why(o *safety.Order) string {
	switch {
	case !o.Withdrawn.IsZero():
		return "withdrawn"
	case o.Approved.IsZero():
		return "never approved"
	}
	return "ended"
}

func (s *Store) destroy(over []Certificate) error {
	var numbers []string
	for _, c := range over {
		numbers = append(numbers, c.Number)
	}
	had := s.ring.due
	s.ring.due = append(without(had, numbers), over...)
	if err := s.ring.destroy(numbers...); err != nil {
		s.ring.due = had
		return fmt.Errorf("safety tracks: destroy keys: %w", err)
	}
	if err := s.noteGone(numbers); err != nil {
		return fmt.Errorf("safety tracks: %w", err)
	}
	var err error
	for _, number := range numbers {
		err = errors.Join(err, s.drop(number))
	}
	return err
}

// drop does away with a partition whose key is destroyed.
func (s *Store) drop(number string) error {
	h := s.orders[number]
	s.release(h)
	delete(s.orders, number)
	return errors.Join(h.journal.close(), wipe(filepath.Join(s.dir, number+ending)))
}

// Certified says that the audit log has the certificates of these orders.
func (s *Store) Certified(numbers ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	had := s.ring.due
	rest := without(had, numbers)
	if len(rest) == len(had) {
		return nil
	}
	s.ring.due = rest
	if err := s.ring.write(); err != nil {
		s.ring.due = had
		return fmt.Errorf("safety tracks: %w", err)
	}
	return nil
}

func without(all []Certificate, numbers []string) []Certificate {
	return slices.DeleteFunc(slices.Clone(all), func(c Certificate) bool { return slices.Contains(numbers, c.Number) })
}

// noteGone writes down beside the data what was destroyed.
func (s *Store) noteGone(numbers []string) error {
	f, err := os.OpenFile(s.goneFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	for _, number := range numbers {
		_, err = f.WriteString("\n" + number + "\n") // the first one ends a line that a crash broke off
		if err != nil {
			break
		}
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
