// Package safety keeps safety tracks (layers/safety): each order and its fixes in an encrypted partition of its own,
// under a key that is destroyed when the order ends. There is no question that concerns several of them: not who was
// somewhere, not where all are. A fix of a device without an active order is dropped before anything is written. What
// ended is gone from reads at once, and from the disk with the next Sweep; a copy of the disk has no key for it.
package safety

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardmap/wardmap/data/lockfile"
	"github.com/wardmap/wardmap/layers/safety"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("there is no such safety track, or not for you, or not any more")
	ErrClock    = errors.New("the clock was set back: safety tracks are closed until it is right")
	ErrUsed     = errors.New("another process keeps these safety tracks")
	ErrClosed   = errors.New("these safety tracks are closed")
)

// Options of a store. Zero values get the default in brackets.
type Options struct {
	Keys   string                                  // folder of the keys, which no backup may have (keys beside the data)
	Record func(ctx context.Context, l Look) error // puts on record, durably, who is about to read; safe for concurrent use; without it nobody reads
	Gone   []string                                // numbers that were destroyed, as the audit log knows
	Clock  func() time.Time
}

// A Look is that somebody read an order.
type Look struct {
	Number  string    `json:"number"`
	Case    string    `json:"case"`
	By      string    `json:"by"`
	Purpose string    `json:"purpose"`
	At      time.Time `json:"at"`
	Count   int       `json:"count"` // of fixes that he was given
}

// A Certificate says that an order was destroyed.
type Certificate struct {
	Number string
	Ground safety.Ground
	Case   string
	At     time.Time
	Fixes  int
	Why    string // ended, withdrawn, never approved
}

// A Store is open for this process alone. It is safe for concurrent use.
type Store struct {
	dir  string
	o    Options
	lock *os.File

	mu     sync.Mutex // guards what follows; held while something is written, never while somebody else is asked
	ring   *ring
	orders map[string]*held // by number
	mark   int64            // the latest time that was seen, ns: time stands still rather than going back
	noted  int64            // of it, what is on the disk
	closed bool

	devices atomic.Pointer[map[string]*held] // by serial number, of orders that are not over; never changed in place
	dropped atomic.Uint64
}

// A held order.
type held struct {
	order   safety.Order
	journal *journal
	watch   safety.Watch
	fixes   int
	over    bool // seen to be over, which is written down: it stays so
}

// An entry of a partition is one of these.
type entry struct {
	Order *safety.Order `json:"order,omitempty"`
	Fix   *safety.Kept  `json:"fix,omitempty"`
	Look  *Look         `json:"look,omitempty"`
}

const ending = ".track"

// Open opens the tracks of a folder. What is over is destroyed by then, see Sweep.
func Open(dir string, o Options) (s *Store, err error) {
	if o.Keys == "" {
		o.Keys = filepath.Join(filepath.Dir(dir), "keys")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("safety tracks: %w", err)
	}
	s = &Store{dir: dir, o: o, orders: map[string]*held{}}
	s.devices.Store(&map[string]*held{})
	if s.lock, err = lockfile.Take(filepath.Join(dir, "lock")); err != nil {
		if errors.Is(err, lockfile.ErrTaken) {
			err = ErrUsed
		}
		return nil, fmt.Errorf("safety tracks in %s: %w", dir, err)
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("safety tracks in %s: %w", dir, err), s.Close())
	}
	return s, nil
}

// load reads every partition of which there is a key, and does away with the others.
func (s *Store) load() (err error) {
	if s.ring, err = openRing(s.o.Keys); err != nil {
		return err
	}
	if err := s.bury(); err != nil {
		return err
	}
	if err := s.readMark(); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(s.dir, "*"+ending))
	if err != nil {
		return err
	}
	for _, path := range files {
		number := strings.TrimSuffix(filepath.Base(path), ending)
		if s.ring.keys[number] == nil {
			if !s.ring.gone[number] {
				return fmt.Errorf("%s has no key: was the data restored without the folder %s? Delete the file, or bring the keys back", path, s.o.Keys)
			}
			if err := wipe(path); err != nil {
				return err
			}
			continue
		}
		if err := s.hold(path, number); err != nil {
			return err
		}
	}
	return nil
}

// bury destroys the keys of what was destroyed before, as the data or the audit log know: keys that come back with an
// old copy of their folder do not bring it back.
func (s *Store) bury() error {
	data, err := os.ReadFile(s.goneFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var back []string
	for _, number := range append(strings.Fields(string(data)), s.o.Gone...) {
		if !s.ring.gone[number] {
			back = append(back, number)
		}
	}
	if len(back) == 0 {
		return nil
	}
	return s.ring.destroy(back...)
}

func (s *Store) goneFile() string { return filepath.Join(s.dir, "gone") }

func (s *Store) hold(path, number string) (err error) {
	h := &held{}
	h.journal, err = openJournal(path, number, s.ring.keys[number], func(plain []byte) error {
		var e entry
		if err := json.Unmarshal(plain, &e); err != nil {
			return err
		}
		switch {
		case e.Order != nil:
			h.order = *e.Order
		case e.Fix != nil:
			h.fixes++
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.orders[number] = h
	if at := time.Unix(0, max(s.mark, s.o.Clock().UnixNano())); h.order.State(at) != safety.Over {
		s.bind(h)
	}
	return nil
}

// Close ends.
func (s *Store) Close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.orders {
		err = errors.Join(err, h.journal.close())
	}
	s.orders, s.closed = map[string]*held{}, true
	s.devices.Store(&map[string]*held{})
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}
