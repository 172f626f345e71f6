package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wardmap/wardmap/layers/access"
)

// After so many failures within lockFor a name is locked until they are past, whether it exists or not.
const (
	mostFailures = 5
	lockFor      = 15 * time.Minute
)

// SignIn begins a session of a person. What failed it does not say: not whether the name exists, nor which of password
// and code was wrong. The session is Half when the second factor is not set up yet, or the password is one that
// somebody else gave out.
func (s *Store) SignIn(ctx context.Context, name, password, code string) (token string, p *Principal, err error) {
	name = fold(name)
	if len(name) > 256 || len(password) > mostPassword {
		return "", nil, ErrWrong
	}
	if err := s.attempt(ctx, name); err != nil {
		return "", nil, err
	}
	a, good, err := s.prove(ctx, name, password, code)
	if err != nil {
		return "", nil, err
	}
	if !good {
		return "", nil, ErrWrong
	}
	return s.begin(ctx, a)
}

// attempt counts a try as failed before it is made: thousands at once do not get more of them than one after another.
func (s *Store) attempt(ctx context.Context, name string) error {
	now := s.now()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	var failures int
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM failures WHERE name = ? AND at > ?", name, millis(now.Add(-lockFor))).Scan(&failures)
	if err == nil && failures < mostFailures {
		_, err = tx.ExecContext(ctx, "INSERT INTO failures (name, at) VALUES (?, ?)", name, millis(now))
	}
	if err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if failures >= mostFailures {
		return ErrLocked
	}
	return nil
}

// prove checks password and code, in the same time for everybody.
func (s *Store) prove(ctx context.Context, name, password, code string) (a Account, good bool, err error) {
	hash, seed, last := nobodys, "", int64(0)
	a, err = s.Find(ctx, access.Person, name)
	missing := errors.Is(err, ErrNotFound)
	if err != nil && !missing {
		return a, false, err
	}
	if !missing {
		if err := s.db.QueryRowContext(ctx, "SELECT password, seed, step FROM accounts WHERE id = ?", a.ID).Scan(&hash, &seed, &last); err != nil {
			return a, false, err
		}
	}
	if hash == "" {
		hash = nobodys // signs in by OpenID Connect only
	}
	right, err := s.isPassword(ctx, hash, password)
	if err != nil {
		return a, false, err
	}
	ended := !a.Disabled.IsZero() || !a.Expires.IsZero() && !s.now().Before(a.Expires)
	if missing || ended || !right {
		return a, false, nil
	}
	if !a.SecondFactor {
		return a, true, nil
	}
	good, err = s.useCode(ctx, a.ID, seed, code, last)
	return a, good, err
}

// useCode tells whether a code is right, and sees to it that nobody uses it again.
func (s *Store) useCode(ctx context.Context, id, seed, typed string, last int64) (bool, error) {
	step, ok := matching(seed, strings.ReplaceAll(typed, " ", ""), s.now(), last)
	if !ok {
		return false, nil
	}
	done, err := s.db.ExecContext(ctx, "UPDATE accounts SET step = ? WHERE id = ? AND step < ?", step, id, step)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// Enter begins a session of a person whom the identity provider has let in under this name. His second factor is the
// provider's business.
func (s *Store) Enter(ctx context.Context, name string) (token string, p *Principal, err error) {
	a, err := s.Find(ctx, access.Person, fold(name))
	if errors.Is(err, ErrNotFound) || err == nil && (!a.Elsewhere || !a.Disabled.IsZero() || !a.Expires.IsZero() && !s.now().Before(a.Expires)) {
		return "", nil, ErrWrong
	}
	if err != nil {
		return "", nil, err
	}
	return s.begin(ctx, a)
}

// begin makes a session, and forgets the failures before it.
func (s *Store) begin(ctx context.Context, a Account) (token string, p *Principal, err error) {
	now := s.now()
	half := !a.Elsewhere && (a.MustChange || !a.SecondFactor)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return "", nil, fmt.Errorf("accounts: %w", err)
	}
	token, err = issue(ctx, tx, &a, now, now.Add(s.o.Absolute), true, half)
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM failures WHERE name = ?", a.Name)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, "UPDATE accounts SET used = ? WHERE id = ?", millis(now), a.ID)
	}
	if err != nil {
		return "", nil, errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return "", nil, fmt.Errorf("accounts: %w", err)
	}
	p, err = s.Token(ctx, token)
	return token, p, err
}

// SignOut ends a session. A copy of its token is worth nothing from then on.
func (s *Store) SignOut(ctx context.Context, p *Principal) error {
	if _, err := s.db.ExecContext(ctx, "DELETE FROM tokens WHERE id = ? AND session = 1", p.Session); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	s.forget(func(h *holding) bool { return h.id == p.Session })
	return nil
}

// ChangePassword sets a password that the person chose. All other sessions end.
func (s *Store) ChangePassword(ctx context.Context, p *Principal, old, chosen string) error {
	if err := checkPassword(chosen, p.Name); err != nil {
		return err
	}
	if err := s.again(ctx, p, old); err != nil {
		return err
	}
	if old == chosen {
		return fmt.Errorf("%w: the new password is the old one", ErrInvalid)
	}
	hash, err := s.hashed(ctx, chosen)
	if err != nil {
		return err
	}
	return s.change(ctx, p.ID, "change password", p.ID, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE accounts SET password = ?, must_change = 0 WHERE id = ?", hash, p.ID)
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM tokens WHERE account = ? AND id <> ?", p.ID, p.Session)
		}
		if err == nil && p.SecondFactor {
			_, err = tx.ExecContext(ctx, "UPDATE tokens SET half = 0 WHERE id = ?", p.Session)
		}
		return err
	})
}

// again asks somebody who is signed in for his password; failures count as those of signing in.
func (s *Store) again(ctx context.Context, p *Principal, password string) error {
	if err := s.attempt(ctx, p.Name); err != nil {
		return err
	}
	var hash string
	if err := s.db.QueryRowContext(ctx, "SELECT password FROM accounts WHERE id = ?", p.ID).Scan(&hash); err != nil {
		return err
	}
	if hash == "" {
		return ErrWrong
	}
	right, err := s.isPassword(ctx, hash, password)
	if err == nil && !right {
		err = ErrWrong
	}
	if err == nil {
		_, err = s.db.ExecContext(ctx, "DELETE FROM failures WHERE name = ?", p.Name)
	}
	return err
}

// NewSeed begins to set up the second factor: what an authenticator app is given. It is not asked for before
// ConfirmSeed has seen a code made of it. A factor that is set up is replaced by Rotate only.
func (s *Store) NewSeed(ctx context.Context, p *Principal) (seed, uri string, err error) {
	if p.SecondFactor {
		return "", "", fmt.Errorf("%w: the second factor is set up; an administrator can take it back", ErrInvalid)
	}
	seed = newSeed()
	if _, err = s.db.ExecContext(ctx, "UPDATE accounts SET seed = ? WHERE id = ? AND seed_good = 0", seed, p.ID); err != nil {
		return "", "", fmt.Errorf("accounts: %w", err)
	}
	return seed, seedURI(seed, p.Name), nil
}

// ConfirmSeed ends setting up the second factor with a code made of the new seed. The session is whole then.
func (s *Store) ConfirmSeed(ctx context.Context, p *Principal, typed string) error {
	if p.SecondFactor {
		return fmt.Errorf("%w: the second factor is set up", ErrInvalid)
	}
	if err := s.attempt(ctx, p.Name); err != nil {
		return err
	}
	var seed string
	if err := s.db.QueryRowContext(ctx, "SELECT seed FROM accounts WHERE id = ?", p.ID).Scan(&seed); err != nil {
		return err
	}
	step, ok := matching(seed, strings.ReplaceAll(typed, " ", ""), s.now(), 0)
	if !ok {
		return ErrWrong
	}
	return s.change(ctx, p.ID, "set up second factor", p.ID, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE accounts SET seed_good = 1, step = ? WHERE id = ?", step, p.ID)
		if err == nil && !p.MustChange {
			_, err = tx.ExecContext(ctx, "UPDATE tokens SET half = 0 WHERE id = ?", p.Session)
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM failures WHERE name = ?", p.Name)
		}
		return err
	})
}
