package safety

import (
	"fmt"
	"maps"
	"time"

	"github.com/wardmap/wardmap/layers/safety"
)

// bind makes a device that of an order.
func (s *Store) bind(h *held) {
	next := maps.Clone(*s.devices.Load())
	next[h.order.Device] = h
	s.devices.Store(&next)
}

// release lets go of a device.
func (s *Store) release(h *held) {
	if (*s.devices.Load())[h.order.Device] != h {
		return
	}
	next := maps.Clone(*s.devices.Load())
	delete(next, h.order.Device)
	s.devices.Store(&next)
}

// Bound tells whether a device is bound to an order: its fixes are for Take and for nobody else. It never waits.
func (s *Store) Bound(device string) bool { return (*s.devices.Load())[device] != nil }

// Take keeps a fix of a device whose order is active, and drops it else: then nothing of it is written anywhere.
func (s *Store) Take(device string, f safety.Fix) (taken bool, err error) {
	if !s.Bound(device) {
		s.dropped.Add(1)
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := (*s.devices.Load())[device]
	now, err := s.now()
	if err == nil && h != nil {
		taken, err = s.take(h, f, now)
	}
	if !taken {
		s.dropped.Add(1)
	}
	return taken, err
}

func (s *Store) take(h *held, f safety.Fix, now time.Time) (taken bool, err error) {
	if _, err := s.state(h, now); err != nil || h.over {
		return false, err
	}
	if why := h.order.Admit(f, now); why != "" {
		return false, nil
	}
	watch := h.watch.Clone()
	kept := watch.Keep(&h.order, f)
	kept.Taken = now
	if err := h.journal.add(entry{Fix: &kept}); err != nil {
		return false, fmt.Errorf("safety tracks: %w", err)
	}
	h.watch, h.fixes = watch, h.fixes+1
	return true, nil
}

// Dropped is how many fixes had no active order.
func (s *Store) Dropped() uint64 { return s.dropped.Load() }

// Any tells whether any device is bound at all.
func (s *Store) Any() bool { return len(*s.devices.Load()) > 0 }
