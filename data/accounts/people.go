package accounts

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wardmap/wardmap/layers/access"
	"github.com/wardmap/wardmap/layers/limits"
	"github.com/wardmap/wardmap/spatial"
)

// Add makes an account and returns its secret, which is shown once: a password to be changed at the first sign-in, or
// a key. by is who does it, for the audit log.
func (s *Store) Add(ctx context.Context, a Account, by string) (Account, string, error) {
	if err := s.check(&a); err != nil {
		return a, "", err
	}
	a.ID, a.Created = string(a.Kind[0])+"-"+strings.ToLower(rand.Text()[:10]), s.now()
	roles, _ := json.Marshal(a.Roles)   // lists of texts
	scopes, _ := json.Marshal(a.Scopes) // always marshal
	var secret string
	err := s.change(ctx, by, "add", a.ID, func(tx *sql.Tx) error {
		var taken int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM accounts WHERE kind = ? AND name = ?", a.Kind, a.Name).Scan(&taken); err != nil {
			return err
		}
		if taken > 0 {
			return fmt.Errorf("%w: there is already a %s %q", ErrInvalid, a.Kind, a.Name)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO accounts (id, kind, name, title, org, unit, roles, scopes, elsewhere, console, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			a.ID, a.Kind, a.Name, a.Title, a.Org, a.Unit, string(roles), string(scopes), a.Elsewhere, a.Console, millis(a.Created), millis(a.Expires))
		if err == nil {
			secret, err = s.renew(ctx, tx, &a)
		}
		return err
	})
	return a, secret, err
}

// Rotate gives an account a new secret and ends all that the old one was good for. A person has to set up the second
// factor anew.
func (s *Store) Rotate(ctx context.Context, a Account, by string) (secret string, err error) {
	err = s.change(ctx, by, "rotate", a.ID, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE account = ?", a.ID); err != nil {
			return err
		}
		secret, err = s.renew(ctx, tx, &a)
		return err
	})
	return secret, err
}

// renew sets a new secret.
func (s *Store) renew(ctx context.Context, tx *sql.Tx, a *Account) (string, error) {
	if a.Kind != access.Person {
		return issue(ctx, tx, a, s.now(), a.Expires, false, false)
	}
	if a.Elsewhere {
		return "", nil
	}
	password := newPassword()
	hash, err := s.hashed(ctx, password)
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, "UPDATE accounts SET password = ?, must_change = 1, seed = '', seed_good = 0, step = 0 WHERE id = ?", hash, a.ID)
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM failures WHERE name = ?", fold(a.Name))
	}
	return password, err
}

// Disable ends an account and all its sessions and keys at once, and Enable lets it begin again, with a new secret
// from Rotate.
func (s *Store) Disable(ctx context.Context, a Account, by string) error {
	return s.change(ctx, by, "disable", a.ID, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE account = ?", a.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE accounts SET disabled = ? WHERE id = ? AND disabled = 0", millis(s.now()), a.ID)
		return err
	})
}

// Enable is the contrary of Disable.
func (s *Store) Enable(ctx context.Context, a Account, by string) error {
	return s.change(ctx, by, "enable", a.ID, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE accounts SET disabled = 0 WHERE id = ?", a.ID)
		return err
	})
}

// List is all accounts, by kind and name.
func (s *Store) List(ctx context.Context) (all []Account, err error) {
	rows, err := s.db.QueryContext(ctx, selectAccount+" ORDER BY kind DESC, name")
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, fmt.Errorf("accounts: %w", err)
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// Find is the account of a name.
func (s *Store) Find(ctx context.Context, kind access.Kind, name string) (Account, error) {
	a, err := scanAccount(s.db.QueryRowContext(ctx, selectAccount+" WHERE kind = ? AND name = ?", kind, name))
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("%w: a %s %q", ErrNotFound, kind, name)
	}
	return a, err
}

const selectAccount = `SELECT id, kind, name, title, org, unit, roles, scopes, elsewhere, console, created, expires, disabled, used, seed_good, must_change FROM accounts`

type scanner interface{ Scan(...any) error }

func scanAccount(row scanner) (a Account, err error) {
	var roles, scopes string
	var created, expires, disabled, used int64
	if err := row.Scan(&a.ID, &a.Kind, &a.Name, &a.Title, &a.Org, &a.Unit, &roles, &scopes, &a.Elsewhere, &a.Console, &created, &expires, &disabled, &used, &a.SecondFactor, &a.MustChange); err != nil {
		return a, err
	}
	a.Created, a.Expires, a.Disabled, a.Used = instant(created), instant(expires), instant(disabled), instant(used)
	return a, errors.Join(json.Unmarshal([]byte(roles), &a.Roles), json.Unmarshal([]byte(scopes), &a.Scopes))
}

// check says what is wrong with a new account.
func (s *Store) check(a *Account) error {
	rights, err := s.o.Roles.Combine(a.Kind, a.Roles)
	if err != nil {
		return err
	}
	for _, p := range a.Scopes {
		if !rights.May(p) {
			return fmt.Errorf("%w: the roles do not hold %s: they hold %v", ErrInvalid, p, rights.List())
		}
	}
	if a.Kind == access.Person {
		a.Name = fold(a.Name)
	} else if a.Elsewhere {
		return fmt.Errorf("%w: only people sign in with an identity provider", ErrInvalid)
	}
	switch {
	case a.Name == "" || utf8.RuneCountInString(a.Name) > 64 || strings.ContainsFunc(a.Name, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }):
		return fmt.Errorf("%w: a name has 1 to 64 characters that can be seen, and no spaces", ErrInvalid)
	case limits.Value(a.Name) != nil:
		return fmt.Errorf("%w: %w", ErrInvalid, limits.Value(a.Name))
	case a.Org != "" && !spatial.IsCode(a.Org):
		return fmt.Errorf("%w: %q is no administrative or station code: it has 2 to 12 digits, such as 620502", ErrInvalid, a.Org)
	case !a.Expires.IsZero() && !a.Expires.After(s.now()):
		return fmt.Errorf("%w: it would have expired before it begins", ErrInvalid)
	case a.Kind == access.Client && (a.Expires.IsZero() || a.Expires.Sub(s.now()) > longestKey):
		return fmt.Errorf("%w: a key of a program needs a day on which it expires, within %d days", ErrInvalid, int(longestKey.Hours()/24))
	}
	return nil
}

// longestKey bounds how long a program's key is good.
const longestKey = 366 * 24 * time.Hour

// fold is a name to sign in with as it is kept: people do not mind capitals.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// change does something to an account in one transaction, with the record of it, and lets go of what is no longer good.
func (s *Store) change(ctx context.Context, by, action, id string, do func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if err = do(tx); err == nil {
		_, err = tx.ExecContext(ctx, "INSERT INTO acts (at, actor, action, account) VALUES (?, ?, ?, ?)", millis(s.now()), by, action, id)
	}
	if err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	return s.review(ctx)
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
