// Package safety keeps safety tracks (layers/safety): each order and its fixes in an encrypted partition of its own,
// under a key that is destroyed when the order ends. There is no question that concerns several of them: not who was
// somewhere, not where all are. A fix of a device without an active order is dropped before anything is written. What
// ended is gone from reads at once, and from the disk with the next Sweep; a copy of the disk has no key for it.
package safety

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardmap/wardmap/data/lockfile"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/safety"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("there is no such safety track, or not for you, or not any more")
	ErrClock    = errors.New("the clock was set back: safety tracks are closed until it is right")
	ErrUsed     = errors.New("another process keeps these safety tracks")
)

// Options of a store. Zero values get the default in brackets.
type Options struct {
	Keys   string                                  // folder of the keys, which no backup may have (keys beside the data)
	Record func(ctx context.Context, l Look) error // puts on record who is about to read; without it nobody reads
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

	mu      sync.Mutex // guards all below
	ring    *ring
	orders  map[string]*held // by number
	devices map[string]*held // by serial number, of orders that are not over
	mark    int64            // the latest time that was written down, ms

	bound   atomic.Int64 // devices, so that who has none costs nothing
	dropped atomic.Uint64
}

// A held order.
type held struct {
	order   safety.Order
	journal *journal
	watch   safety.Watch
	fixes   int
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
	s = &Store{dir: dir, o: o, orders: map[string]*held{}, devices: map[string]*held{}}
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
	if now := s.o.Clock(); h.order.State(now) != safety.Over && h.order.Device != "" {
		s.devices[h.order.Device] = h
		s.bound.Store(int64(len(s.devices)))
	}
	return nil
}

// now is the time, if it has not gone back. It is written down now and then, so that a restart notices, too.
func (s *Store) now() (time.Time, error) {
	now := s.o.Clock()
	ms := now.UnixMilli()
	if ms < s.mark-slack.Milliseconds() {
		return now, ErrClock
	}
	if ms < s.mark+time.Minute.Milliseconds() {
		return now, nil
	}
	if err := writeWhole(s.markFile(), []byte(strconv.FormatInt(ms, 10))); err != nil {
		return now, err
	}
	s.mark = ms
	return now, nil
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
	}
	return err
}

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
	if other := s.devices[o.Device]; other != nil && other.order.State(now) != safety.Over {
		return o, layers.Problems{{Place: "device", Message: "it is bound to another order that is not over"}}
	}
	o.Number, o.Proposed = "ST-"+now.UTC().Format("060102")+"-"+rand.Text()[:10], now
	o.Approver, o.Approved, o.Renewals, o.Withdrawn, o.Why = safety.Party{}, time.Time{}, nil, time.Time{}, ""
	key, err := s.ring.make(o.Number)
	if err != nil {
		return o, fmt.Errorf("safety tracks: %w", err)
	}
	h := &held{order: o}
	if h.journal, err = openJournal(filepath.Join(s.dir, o.Number+ending), o.Number, key, func([]byte) error { return nil }); err == nil {
		err = h.journal.add(entry{Order: &o})
	}
	if err == nil {
		err = syncFolder(s.dir)
	}
	if err != nil {
		return o, fmt.Errorf("safety tracks: %w", err)
	}
	s.orders[o.Number], s.devices[o.Device] = h, h
	s.bound.Store(int64(len(s.devices)))
	return o, nil
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
	if h == nil || h.order.State(now) == safety.Over {
		return safety.Order{}, ErrNotFound
	}
	o, err := rule(h.order, now)
	if err != nil {
		return safety.Order{}, err
	}
	if err := h.journal.add(entry{Order: &o}); err != nil {
		return safety.Order{}, fmt.Errorf("safety tracks: %w", err)
	}
	h.order = o
	if o.State(now) == safety.Over {
		s.release(h)
	}
	return o, nil
}

// release lets go of a device.
func (s *Store) release(h *held) {
	if s.devices[h.order.Device] == h {
		delete(s.devices, h.order.Device)
		s.bound.Store(int64(len(s.devices)))
	}
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

// Bound tells whether a device is bound to an order: its fixes are for Take and for nobody else.
func (s *Store) Bound(device string) bool {
	if s.bound.Load() == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.devices[device] != nil
}

// Take keeps a fix of a device whose order is active, and drops it else: then nothing of it is written anywhere.
func (s *Store) Take(device string, f safety.Fix) (taken bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.devices[device]
	if h == nil {
		s.dropped.Add(1)
		return false, nil
	}
	now, err := s.now()
	if err != nil {
		s.dropped.Add(1)
		return false, err
	}
	if h.order.State(now) != safety.Active || f.At.Before(h.order.Start) || f.At.After(now.Add(time.Minute)) {
		s.dropped.Add(1)
		return false, nil
	}
	kept := h.watch.Keep(&h.order, f)
	if err := h.journal.add(entry{Fix: &kept}); err != nil {
		return false, fmt.Errorf("safety tracks: %w", err)
	}
	h.fixes++
	return true, nil
}

// Dropped is how many fixes had no active order.
func (s *Store) Dropped() uint64 { return s.dropped.Load() }

// Close ends.
func (s *Store) Close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.orders {
		err = errors.Join(err, h.journal.close())
	}
	s.orders, s.devices = map[string]*held{}, map[string]*held{}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// Any tells whether any device is bound at all.
func (s *Store) Any() bool { return s.bound.Load() > 0 }
