package accounts

import (
	"context"
	"fmt"
	"time"
)

// An Act is what was done to an account, by whatever process: it waits here until it is in the audit log.
type Act struct {
	ID      int64
	At      time.Time
	Actor   string // id of who did it, or os:name for somebody at the command line
	Action  string // add, rotate, disable, enable, change password, set up second factor
	Account string // id
}

// Note adds what somebody did at the command line that is not about an account; about names the thing.
func (s *Store) Note(ctx context.Context, by, action, about string) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO acts (at, actor, action, account) VALUES (?, ?, ?, ?)", millis(s.now()), by, action, about)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	return nil
}

// Acts are the oldest that wait.
func (s *Store) Acts(ctx context.Context) (all []Act, err error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, at, actor, action, account FROM acts ORDER BY id LIMIT 1000")
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a Act
		var at int64
		if err := rows.Scan(&a.ID, &at, &a.Actor, &a.Action, &a.Account); err != nil {
			return nil, fmt.Errorf("accounts: %w", err)
		}
		a.At = instant(at)
		all = append(all, a)
	}
	return all, rows.Err()
}

// Recorded forgets acts up to an ID: they are in the audit log.
func (s *Store) Recorded(ctx context.Context, to int64) error {
	if _, err := s.db.ExecContext(ctx, "DELETE FROM acts WHERE id <= ?", to); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	return nil
}
