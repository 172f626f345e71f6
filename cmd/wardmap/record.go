package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/data/accounts"
	"github.com/wardmap/wardmap/data/audit"
)

// verifyEvery is how often the whole audit log is read and held against what was signed.
const verifyEvery = time.Hour

// A record is the audit log as HTTP writes and reads it.
type record struct {
	log       *audit.Log
	dir       string
	witnesses []string
	warn      *slog.Logger

	mu    sync.RWMutex // guards state
	state api.BookState
}

// openRecord opens the audit log.
func openRecord(c config, warn *slog.Logger) (*record, error) {
	r := &record{dir: c.auditFolder(), witnesses: split(c.Witness), warn: warn}
	var err error
	r.log, err = audit.Open(r.dir, audit.Options{Witnesses: r.witnesses, Log: warn})
	if errors.Is(err, audit.ErrUsed) {
		err = fmt.Errorf("%w: a second server on one data folder needs --audit with another folder", err)
	}
	return r, err
}

func (r *record) Append(ctx context.Context, deeds ...api.Deed) error {
	records := make([]audit.Record, len(deeds))
	for i, d := range deeds {
		records[i] = audit.Record{
			Actor: d.Actor, Kind: d.Kind, Roles: d.Roles, Action: audit.Action(d.Action), Layer: short(d.Layer), ID: short(d.ID), Route: short(d.Route),
			Purpose: short(d.Purpose), Case: short(d.Case), From: d.From, Request: d.Request, Outcome: audit.Outcome(d.Outcome), Reason: d.Reason, Status: d.Status, Count: d.Count,
		}
	}
	return r.log.Append(ctx, records...)
}

// short is what the log keeps of a text that somebody else wrote.
func short(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > 500 {
		text = strings.ToValidUTF8(text[:500], "") + "…"
	}
	return text
}

func (r *record) Read(ctx context.Context, q api.BookQuery) ([]api.Entry, int64, error) {
	ms := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		return t.UnixMilli()
	}
	found, next, err := r.log.Read(ctx, audit.Query{
		Actor: q.Actor, Action: q.Action, Layer: q.Layer, ID: q.ID, Case: q.Case, Outcome: q.Outcome, From: ms(q.From), To: ms(q.To), Before: q.Before, Limit: q.Limit,
	})
	if err != nil {
		return nil, 0, err
	}
	out := make([]api.Entry, len(found))
	for i, f := range found {
		out[i] = api.Entry{Seq: f.Seq, At: f.Time(), Deed: api.Deed{
			Actor: f.Actor, Kind: f.Kind, Roles: f.Roles, Action: string(f.Action), Layer: f.Layer, ID: f.ID, Route: f.Route, Purpose: f.Purpose, Case: f.Case,
			From: f.From, Request: f.Request, Outcome: string(f.Outcome), Reason: f.Reason, Status: f.Status, Count: f.Count,
		}}
	}
	return out, next, nil
}

func (r *record) State() api.BookState {
	r.mu.RLock()
	defer r.mu.RUnlock()
	st := r.state
	st.Taking = r.log.Healthy()
	return st
}

// run verifies the log now and then, and takes over what was done to accounts, until ctx ends.
func (r *record) run(ctx context.Context, store *accounts.Store) {
	acts := time.NewTicker(time.Second)
	defer acts.Stop()
	var verified time.Time
	for {
		if time.Since(verified) > verifyEvery {
			r.Verify(ctx)
			verified = time.Now()
		}
		if store != nil {
			if err := drain(ctx, r.log, store); err != nil && ctx.Err() == nil {
				r.warn.Error("what was done to accounts is not in the audit log yet", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-acts.C:
		}
	}
}

// Verify reads the whole log. The last records of a log that is written meanwhile may not be signed yet: that is no
// damage.
func (r *record) Verify(ctx context.Context) {
	v, err := audit.Verify(ctx, r.dir, nil, r.witnesses...)
	st := api.BookState{Checked: time.Now(), Records: v.Records}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		st.Bad = err.Error()
	case v.Bad != nil:
		st.Bad = v.Bad.Error()
	}
	if st.Bad != "" {
		r.warn.Error("the audit log is not as it was", "found", st.Bad)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = st
}

// drain puts what was done to accounts into the log, and only then forgets it there: after a crash between the two a
// deed stands there twice, never not at all.
func drain(ctx context.Context, log *audit.Log, store *accounts.Store) error {
	acts, err := store.Acts(ctx)
	if err != nil || len(acts) == 0 {
		return err
	}
	records := make([]audit.Record, len(acts))
	for i, a := range acts {
		records[i] = audit.Record{
			Actor: a.Actor, Action: audit.Admin, Layer: "accounts", ID: a.Account, Outcome: audit.OK,
			Purpose: short(a.Action + ", " + a.At.UTC().Format("2006-01-02T15:04:05.000Z")),
		}
		if layer, is := strings.CutPrefix(a.Account, layerPrefix); is {
			records[i].Action, records[i].Layer, records[i].ID = audit.Edit, layer, ""
		} else if strings.HasPrefix(a.Account, "ST-") {
			records[i].Layer = safetyLayer
		}
	}
	if err := log.Append(ctx, records...); err != nil {
		return err
	}
	return store.Recorded(ctx, acts[len(acts)-1].ID)
}

// layerPrefix stands before the layer that somebody changed at the command line.
const layerPrefix = "layer/"

// noteImport puts an import at the command line on record, where people sign in.
func (c *config) noteImport(ctx context.Context, layer, what string) error {
	if _, err := os.Stat(c.accountsFile()); err != nil {
		return nil
	}
	people, err := accounts.Open(ctx, c.accountsFile(), accounts.Options{})
	if err != nil {
		return err
	}
	o := userOptions{config: *c}
	return errors.Join(people.Note(ctx, "os:"+whoami(), what, layerPrefix+layer), o.note(ctx, people), people.Close())
}

func (c *config) auditFolder() string {
	if c.Audit != "" {
		return c.Audit
	}
	return filepath.Join(c.Data, "audit")
}

func (c *config) accountsFile() string { return filepath.Join(c.Data, "accounts.db") }
