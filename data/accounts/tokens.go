package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wardmap/wardmap/layers/access"
)

// A token is what sessions, keys and devices show: a letter for its kind, the number it is found by, and 128 random
// bits, of which only the hash is kept. A fast hash will do: nobody guesses 128 bits.
//
//	wms_k3v9…_7qk2…
const (
	sessionPrefix = "wms"
	keyPrefix     = "wmk"
	devicePrefix  = "wmd"
)

// issue makes a token and returns it; nobody can show it again.
func issue(ctx context.Context, tx *sql.Tx, a *Account, now, until time.Time, session, half bool) (string, error) {
	prefix := map[access.Kind]string{access.Client: keyPrefix, access.Device: devicePrefix}[a.Kind]
	if session {
		prefix = sessionPrefix
	}
	id, secret := strings.ToLower(rand.Text()[:12]), strings.ToLower(rand.Text())
	token := prefix + "_" + id + "_" + secret
	_, err := tx.ExecContext(ctx, "INSERT INTO tokens (id, account, session, hash, began, used, until, half) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		id, a.ID, session, hashOf(token), millis(now), millis(now), millis(until), half)
	return token, err
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// idOf is the number of a token, as far as it looks like one.
func idOf(token string) (id string, ok bool) {
	parts := strings.Split(token, "_")
	if len(parts) != 3 || len(parts[1]) != 12 || len(parts[2]) != 26 || parts[0] != sessionPrefix && parts[0] != keyPrefix && parts[0] != devicePrefix {
		return "", false
	}
	return parts[1], true
}

// A holding is a token that is known to be good until something changes.
type holding struct {
	id        string
	principal *Principal
	gone      chan struct{}
	used      atomic.Int64 // ms
}

// Token tells whose a token is. The Principal is shared and not changed. A token that is known costs no question to the
// file; a change by this process counts at once, one by another within a twentieth of a second.
func (s *Store) Token(ctx context.Context, token string) (*Principal, error) {
	return s.token(ctx, token, true)
}

// Peek is Token for what a page asks while nobody sits before it: the session is not taken to be used.
func (s *Store) Peek(ctx context.Context, token string) (*Principal, error) {
	return s.token(ctx, token, false)
}

func (s *Store) token(ctx context.Context, token string, use bool) (*Principal, error) {
	id, ok := idOf(token)
	if !ok {
		return nil, ErrToken
	}
	sum := sha256.Sum256([]byte(token))
	s.mu.RLock()
	h := s.known[sum]
	s.mu.RUnlock()
	if h == nil {
		var err error
		if h, err = s.hold(ctx, sum, id); err != nil {
			return nil, err
		}
	}
	now := s.now().UnixMilli()
	if err := s.inTime(h, now); err != nil {
		return nil, err
	}
	if use {
		h.used.Store(now)
	}
	return h.principal, nil
}

// inTime tells whether a session has been used lately, and a session or key has not come to its end.
func (s *Store) inTime(h *holding, now int64) error {
	p := h.principal
	idle := p.Session != "" && !p.Console && now-h.used.Load() > s.o.Idle.Milliseconds()
	over := func(t time.Time) bool { return !t.IsZero() && now >= t.UnixMilli() }
	if idle || over(p.Until) || over(p.Expires) {
		return ErrExpired
	}
	return nil
}

// hold asks the file for a token, and remembers it, unless the file has changed since: then what it said may be old.
func (s *Store) hold(ctx context.Context, sum [32]byte, id string) (*holding, error) {
	for {
		s.mu.RLock()
		reviews := s.reviews
		s.mu.RUnlock()
		h, err := s.look(ctx, id, hex.EncodeToString(sum[:]))
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		other, same := s.known[sum], s.reviews == reviews
		if other == nil && same {
			s.known[sum] = h
		}
		s.mu.Unlock()
		switch {
		case other != nil:
			return other, nil
		case same:
			return h, nil
		}
	}
}

// look reads a token and its account.
func (s *Store) look(ctx context.Context, id, hash string) (*holding, error) {
	h := &holding{id: id, gone: make(chan struct{})}
	var account, kept string
	var session, half bool
	var used, until int64
	err := s.db.QueryRowContext(ctx, "SELECT account, session, hash, used, until, half FROM tokens WHERE id = ?", id).Scan(&account, &session, &kept, &used, &until, &half)
	if errors.Is(err, sql.ErrNoRows) || err == nil && subtle.ConstantTimeCompare([]byte(kept), []byte(hash)) != 1 {
		return nil, ErrToken
	}
	if err != nil {
		return nil, err
	}
	a, err := scanAccount(s.db.QueryRowContext(ctx, selectAccount+" WHERE id = ?", account))
	if err != nil {
		return nil, err
	}
	if !a.Disabled.IsZero() {
		return nil, ErrToken
	}
	p := &Principal{Account: a, Half: half, Until: instant(until), Gone: h.gone}
	if session {
		p.Session = id
	}
	rights, err := s.o.Roles.Combine(a.Kind, a.Roles)
	if err != nil {
		return nil, err // the file of roles is another than when the account was made
	}
	if p.Rights = rights; len(a.Scopes) > 0 {
		p.Rights = rights.Within(a.Scopes)
	}
	h.principal = p
	h.used.Store(used)
	return h, nil
}
