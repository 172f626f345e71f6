package accounts

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"time"
)

// watch notices what other processes change, writes down what was used when, and forgets what has ended.
func (s *Store) watch(ctx context.Context) {
	defer close(s.ended)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var written time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.notice(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Error("the accounts cannot be read: nobody is let in by what was known before", "error", err)
			s.forget(func(*holding) bool { return true })
		}
		if now := time.Now(); now.Sub(written) > time.Minute {
			written = now
			if err := errors.Join(s.writeUses(ctx), s.clean(ctx)); err != nil && ctx.Err() == nil {
				s.o.Log.Error("it cannot be written down when accounts were used", "error", err)
			}
		}
	}
}

// notice reviews what is known when another process has written.
func (s *Store) notice(ctx context.Context) error {
	var version int64
	if err := s.db.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return err
	}
	s.mu.Lock()
	same := s.version == version
	s.version = version
	s.mu.Unlock()
	if same {
		return nil
	}
	return s.review(ctx)
}

// review asks the file again for all tokens that are known, and lets go of those that are not as they were.
func (s *Store) review(ctx context.Context) error {
	s.mu.Lock()
	s.reviews++
	all := maps.Clone(s.known)
	s.mu.Unlock()
	var failed error
	for sum, h := range all {
		now, err := s.look(ctx, h.id, hex.EncodeToString(sum[:]))
		if err != nil && !errors.Is(err, ErrToken) {
			failed = err
		}
		if err != nil || !same(now.principal, h.principal) {
			s.forget(func(one *holding) bool { return one == h })
		}
	}
	if failed != nil {
		return fmt.Errorf("accounts: %w", failed)
	}
	return nil
}

// same tells whether a principal may still what it could.
func same(a, b *Principal) bool {
	x, y := *a, *b
	x.Gone, y.Gone, x.Used, y.Used = nil, nil, time.Time{}, time.Time{}
	return fmt.Sprint(x) == fmt.Sprint(y)
}

// forget lets go of tokens: who holds one has to prove it again, and his streams end.
func (s *Store) forget(which func(*holding) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reviews++
	for sum, h := range s.known {
		if which(h) {
			delete(s.known, sum)
			close(h.gone)
		}
	}
}

// writeUses writes down when tokens that are known were used, so that a restart does not lengthen or end a session.
func (s *Store) writeUses(ctx context.Context) error {
	s.mu.RLock()
	all := make([]*holding, 0, len(s.known))
	for _, h := range s.known {
		all = append(all, h)
	}
	s.mu.RUnlock()
	if len(all) == 0 {
		return nil
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, h := range all {
		used := h.used.Load()
		_, err = tx.ExecContext(ctx, "UPDATE tokens SET used = max(used, ?) WHERE id = ?", used, h.id)
		if err == nil {
			_, err = tx.ExecContext(ctx, "UPDATE accounts SET used = max(used, ?) WHERE id = ?", used, h.principal.ID)
		}
		if err != nil {
			return errors.Join(err, ignoreDone(tx.Rollback()))
		}
	}
	return tx.Commit()
}

// clean deletes what has ended.
func (s *Store) clean(ctx context.Context) error {
	now := s.now().UnixMilli()
	s.forget(func(h *holding) bool { return s.inTime(h, now) != nil })
	_, err := s.db.ExecContext(ctx, "DELETE FROM tokens WHERE until > 0 AND until <= ? AND session = 1; DELETE FROM failures WHERE at < ?", now, now-lockFor.Milliseconds())
	return err
}
