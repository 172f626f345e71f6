package postgis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wardmap/wardmap/layers"
)

// How often Wait looks by itself: when changes stand beyond the horizon, and as a safety net.
const (
	heldPoll  = 100 * time.Millisecond
	quietPoll = 2 * time.Second
)

var errClosed = errors.New("the PostGIS store is closed")

// Wait sleeps until a change after the cursor is within the horizon. One connection listens for all that wait;
// it is made by the first Wait and made anew whenever it breaks. When the server cannot be reached, Wait goes
// on trying.
func (s *Store) Wait(ctx context.Context, after layers.Cursor) error {
	from, err := parseCursor(after)
	if err != nil {
		return err
	}
	for {
		woken, err := s.listener.next()
		if err != nil {
			return err
		}
		poll := quietPoll
		ready, held, err := s.pending(ctx, from)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !isLost(err):
			return fmt.Errorf("wait for changes: %w", err)
		case ready:
			return nil
		case held:
			poll = heldPoll
		}
		timer := time.NewTimer(poll)
		select {
		case <-woken:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// pending tells whether a change after a version can be read, and whether one is held back by an open transaction.
func (s *Store) pending(ctx context.Context, from int64) (ready, held bool, err error) {
	var h horizon
	var first *int64
	batch := &pgx.Batch{}
	h.ask(batch)
	batch.Queue("SELECT min(version) FROM wardmap._changes WHERE version > $1", from).QueryRow(func(row pgx.Row) error { return row.Scan(&first) })
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return false, false, err
	}
	if from > h.counter {
		return true, false, nil // Changes will say ErrGone
	}
	return first != nil && *first <= h.version(), first != nil, nil
}

// listener keeps one connection that listens, and wakes all who wait.
type listener struct {
	config *pgx.ConnConfig
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex    // guards the rest
	started bool          //
	woken   chan struct{} // closed and replaced at each notification
}

func newListener(config *pgx.ConnConfig) *listener {
	l := &listener{config: config.Copy(), woken: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// next gives a channel that is closed at the next notification. What was committed before is not told.
func (l *listener) next() (<-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return nil, errClosed
	}
	if !l.started {
		l.started = true
		l.done.Go(l.run)
	}
	return l.woken, nil
}

func (l *listener) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.woken)
	l.woken = make(chan struct{})
}

func (l *listener) close() {
	l.mu.Lock()
	l.cancel()
	l.mu.Unlock()
	l.done.Wait()
	l.wake()
}

// run listens until the store is closed. Each new connection wakes everybody: notifications may have been missed.
func (l *listener) run() {
	backoff := 50 * time.Millisecond
	for l.ctx.Err() == nil {
		began := time.Now()
		l.listen()
		if time.Since(began) > 10*time.Second {
			backoff = 50 * time.Millisecond
		}
		if pause(l.ctx, backoff) != nil {
			return
		}
		backoff = min(2*backoff, 5*time.Second)
	}
}

// listen returns when the connection breaks or cannot be made; Wait's polling goes on meanwhile.
func (l *listener) listen() {
	conn, err := pgx.ConnectConfig(l.ctx, l.config)
	if err != nil {
		return
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(ctx) // broken already, or of no use any more
	}()
	if _, err := conn.Exec(l.ctx, "LISTEN wardmap"); err != nil {
		return
	}
	for {
		l.wake()
		if _, err := conn.WaitForNotification(l.ctx); err != nil {
			return
		}
	}
}
