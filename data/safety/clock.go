package safety

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/wardmap/wardmap/data/wholefile"
	"github.com/wardmap/wardmap/layers/safety"
)

// now is the time, which never goes back: within slack it stands still, and beyond it is refused. It is written down
// each minute, and whenever something is seen to be over, so that a restart notices, too.
func (s *Store) now() (time.Time, error) {
	if s.closed {
		return time.Time{}, ErrClosed
	}
	clock := s.o.Clock()
	if clock.UnixNano() < s.mark-int64(slack) {
		return clock, ErrClock
	}
	s.mark = max(s.mark, clock.UnixNano())
	if s.mark < s.noted+int64(time.Minute) {
		return time.Unix(0, s.mark).UTC(), nil
	}
	return time.Unix(0, s.mark).UTC(), s.note()
}

func (s *Store) note() error {
	if s.mark == s.noted {
		return nil
	}
	if err := wholefile.Write(s.markFile(), []byte(strconv.FormatInt(s.mark, 10))); err != nil {
		return fmt.Errorf("safety tracks: %w", err)
	}
	s.noted = s.mark
	return nil
}

// state is the state of an order. That it is over is written down before anybody is told.
func (s *Store) state(h *held, now time.Time) (safety.State, error) {
	switch state := h.order.State(now); {
	case h.over:
		return safety.Over, nil
	case state != safety.Over:
		return state, nil
	}
	if err := s.note(); err != nil {
		return safety.Over, err
	}
	h.over = true
	return safety.Over, nil
}

// slack is by how much clocks are put right in daily use.
const slack = 5 * time.Second

func (s *Store) markFile() string { return filepath.Join(s.dir, "clock") }

func (s *Store) readMark() error {
	data, err := os.ReadFile(s.markFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		s.mark, err = strconv.ParseInt(string(bytes.TrimSpace(data)), 10, 64)
		s.noted = s.mark
	}
	return err
}
