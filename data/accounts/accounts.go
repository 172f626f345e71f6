// Package accounts knows who may sign in: people with a password and a second factor, programs with keys, devices with
// tokens that are bound to their serial number. It is one SQLite file, which the server and the command line may use at
// the same time. Secrets are kept as hashes and shown once; the seeds of second factors cannot be, so the file is for
// its owner alone. What somebody may do is the business of layers/access, what he did that of data/audit.
package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/wardmap/wardmap/layers/access"
)

// An Account is somebody who may sign in.
type Account struct {
	ID        string // never used again, and what the audit log calls him
	Kind      access.Kind
	Name      string // to sign in with; of a device, its serial number
	Title     string // how people call it
	Org       string // administrative code or station code, "" is the whole city
	Unit      string // the unit that he is of, so that he sees who looked at its tracks; "" is none
	Roles     []string
	Scopes    []access.Permission // that keys are limited to; empty is all of the roles
	Elsewhere bool                // signs in with the identity provider, and has no password here
	Console   bool                // in a guarded room: its sessions do not end for want of use

	Created, Expires, Disabled time.Time // zero is never
	Used                       time.Time // of the last sign-in or key, to the minute
	SecondFactor               bool      // is set up
	MustChange                 bool      // the password was given to him by somebody else
}

// A Principal is an account that has proved itself.
type Principal struct {
	Account
	Rights  access.Rights
	Session string          // "" when it came with a key or token
	Half    bool            // a second factor or a password of its own is missing: it may set that up, and nothing else
	Until   time.Time       // when the session or key ends at the latest
	Gone    <-chan struct{} // closed when the session, key or account ends before
}

// Errors that callers tell apart. None says whether the name exists.
var (
	ErrWrong    = errors.New("name, password or code are not right") // all there is to say of a sign-in that failed
	ErrLocked   = errors.New("too many attempts have failed")
	ErrToken    = errors.New("this key or session is not valid")
	ErrExpired  = errors.New("this key or session has ended")
	ErrInvalid  = errors.New("invalid")
	ErrNotFound = errors.New("there is no such account")
)

// Options of a store. Zero values get the default in brackets.
type Options struct {
	Roles    *access.Roles // (access.Default)
	Idle     time.Duration // after which a session that is not used ends (30 min)
	Absolute time.Duration // after which every session ends (12 h)
	Clock    func() time.Time
	Log      *slog.Logger
}

// A Store is an open file of accounts, safe for concurrent use. Use ends with Close.
type Store struct {
	o    Options
	db   *sql.DB       // of one connection, so that data_version tells of other processes alone
	work chan struct{} // who hashes a password holds a place: each takes 32 MiB

	mu      sync.RWMutex          // guards all below; not held while the file is asked
	known   map[[32]byte]*holding // by the hash of a token that was good
	version int64                 // of the file, as other processes change it
	reviews uint64                // how often what is known was looked through: what was read before the last time may be old
	closing context.CancelFunc
	ended   chan struct{}
}

// Open opens a file, and makes it when there is none.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	o = o.orDefault()
	if err := private(path); err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("accounts %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("accounts %s: %w", path, err), db.Close())
	}
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Store{o: o, db: db, work: make(chan struct{}, 2), known: map[[32]byte]*holding{}, closing: stop, ended: make(chan struct{})}
	go s.watch(watch)
	return s, nil
}

func (o Options) orDefault() Options {
	if o.Roles == nil {
		o.Roles = access.Default()
	}
	if o.Idle == 0 {
		o.Idle = 30 * time.Minute
	}
	if o.Absolute == 0 {
		o.Absolute = 12 * time.Hour
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// private makes a file that only its owner reads; SQLite gives the files beside it the same rights.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = f.Chmod(0o600)
	}
	return errors.Join(err, f.Close())
}

// Close writes down what was used when, and ends.
func (s *Store) Close() error {
	s.closing()
	<-s.ended
	return errors.Join(s.writeUses(context.Background()), s.db.Close())
}

const schema = `
CREATE TABLE IF NOT EXISTS accounts (
	id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL, org TEXT NOT NULL, unit TEXT NOT NULL, roles TEXT NOT NULL, scopes TEXT NOT NULL,
	elsewhere INTEGER NOT NULL, console INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL, disabled INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0,
	password TEXT NOT NULL DEFAULT '', must_change INTEGER NOT NULL DEFAULT 0,
	seed TEXT NOT NULL DEFAULT '', seed_good INTEGER NOT NULL DEFAULT 0, step INTEGER NOT NULL DEFAULT 0,
	UNIQUE (kind, name)
) STRICT;
CREATE TABLE IF NOT EXISTS tokens (
	id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (id), session INTEGER NOT NULL, hash TEXT NOT NULL,
	began INTEGER NOT NULL, used INTEGER NOT NULL, until INTEGER NOT NULL, half INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS tokens_account ON tokens (account);
CREATE TABLE IF NOT EXISTS failures (name TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS failures_name ON failures (name, at);
CREATE TABLE IF NOT EXISTS acts (
	id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, account TEXT NOT NULL
) STRICT;`

func (s *Store) now() time.Time { return s.o.Clock() }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
