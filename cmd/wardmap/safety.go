package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/data/accounts"
	"github.com/wardmap/wardmap/data/audit"
	store "github.com/wardmap/wardmap/data/safety"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/safety"
	"github.com/wardmap/wardmap/spatial/live"
)

// safetyLayer is what the audit log calls safety tracks, and destroyed how it calls their end.
const safetyLayer, destroyed = "safety-tracks", "destroyed"

// tracks are the safety tracks as HTTP asks for them, with their records in the audit log.
type tracks struct {
	*store.Store
	book *record
	desk *desk
}

// openTracks opens the safety tracks where people sign in and positions are taken; nil elsewhere.
func openTracks(ctx context.Context, c config, gate *gate, book *record, d *desk) (*tracks, error) {
	if gate.store == nil || d == nil {
		return nil, nil
	}
	gone, err := book.destroyed(ctx)
	if err != nil {
		return nil, err
	}
	t := &tracks{book: book, desk: d}
	t.Store, err = store.Open(c.safetyFolder(), store.Options{Keys: c.keysFolder(), Gone: gone, Record: t.record})
	if err != nil {
		return nil, err
	}
	d.safety.Store(t)
	return t, t.sweep(ctx)
}

func (c *config) safetyFolder() string { return filepath.Join(c.Data, "safety") }

func (c *config) keysFolder() string {
	if c.SafetyKeys != "" {
		return c.SafetyKeys
	}
	return filepath.Join(c.Data, "keys")
}

// destroyed are the numbers of tracks whose end is in the log.
func (r *record) destroyed(ctx context.Context) (out []string, err error) {
	q := audit.Query{Layer: safetyLayer, Action: string(audit.Admin), Limit: 10_000}
	for {
		found, next, err := r.log.Read(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("which safety tracks were destroyed: %w", err)
		}
		for _, one := range found {
			if one.Reason == destroyed {
				out = append(out, one.ID)
			}
		}
		if next == 0 {
			return out, nil
		}
		q.Before = next
	}
}

// record puts on record who is about to read.
func (t *tracks) record(ctx context.Context, l store.Look) error {
	return t.book.log.Append(ctx, audit.Record{
		Actor: l.By, Kind: "person", Action: audit.Read, Layer: safetyLayer, ID: l.Number, Case: short(l.Case), Purpose: short(l.Purpose), Outcome: audit.Begun, Count: l.Count,
	})
}

// run destroys what is over, every quarter of a minute, until ctx ends.
func (t *tracks) run(ctx context.Context) {
	if t == nil {
		return
	}
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := t.sweep(ctx); err != nil && ctx.Err() == nil {
				t.book.warn.Error("safety tracks that are over are not destroyed yet; nobody reads them", "error", err)
			}
		}
	}
}

// sweep destroys what is over, and puts the certificates into the audit log.
func (t *tracks) sweep(ctx context.Context) error {
	certificates, err := t.Sweep()
	var done []string
	for _, c := range certificates {
		if e := t.book.log.Append(context.WithoutCancel(ctx), audit.Record{
			Actor: "system", Action: audit.Admin, Layer: safetyLayer, ID: c.Number, Case: short(c.Case), Purpose: c.Why, Reason: destroyed, Outcome: audit.OK, Count: c.Fixes,
		}); e != nil {
			return errors.Join(err, e) // the next sweep gives it out again
		}
		done = append(done, c.Number)
	}
	return errors.Join(err, t.Certified(done...))
}

func (t *tracks) close() error {
	if t == nil {
		return nil
	}
	t.desk.safety.Store(nil)
	return t.Close()
}

// notFound is what is not there as HTTP knows it.
func notFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: %w", layers.ErrNotFound, err)
	}
	if errors.Is(err, store.ErrClock) {
		return fmt.Errorf("%w: %w", api.ErrClosed, err)
	}
	return err
}

// Propose refuses devices of units: those are tracked as units, by other rules.
func (t *tracks) Propose(o safety.Order) (safety.Order, error) {
	if unit, taken := t.desk.picture.Speaks(o.Device); taken {
		return o, layers.Problems{{Place: "device", Message: fmt.Sprintf("it is registered as that of the unit %s", unit)}}
	}
	o, err := t.Store.Propose(o)
	return o, notFound(err)
}

func (t *tracks) Approve(number string, by safety.Party) (safety.Order, error) {
	o, err := t.Store.Approve(number, by)
	return o, notFound(err)
}

func (t *tracks) Renew(number string, by safety.Party, until time.Time) (safety.Order, error) {
	o, err := t.Store.Renew(number, by, until)
	return o, notFound(err)
}

func (t *tracks) Withdraw(number, why string) (safety.Order, error) {
	o, err := t.Store.Withdraw(number, why)
	if err != nil {
		return o, notFound(err)
	}
	if err := t.sweep(context.Background()); err != nil { // nobody reads it any more; run tries again
		t.book.warn.Error("a safety track that was withdrawn is not destroyed yet", "error", err)
	}
	return o, nil
}

func (t *tracks) Read(ctx context.Context, number, by, purpose string) (safety.Order, []safety.Kept, error) {
	r, err := t.Store.Read(ctx, number, by, purpose)
	return r.Order, r.Fixes, notFound(err)
}

var _ api.SafetyTracks = (*tracks)(nil)

// knows tells whether a device may speak: that of a unit, or one that is bound to a safety track.
func (d *desk) knows(device string) bool {
	if _, ok := d.picture.Speaks(device); ok {
		return true
	}
	t := d.safety.Load()
	return t != nil && t.Bound(device)
}

// submit takes positions: those of devices that are bound to a safety track go there and nowhere else.
func (d *desk) submit(ctx context.Context, rs []live.Report) ([]live.Verdict, error) {
	t := d.safety.Load()
	if t == nil || !t.Any() {
		return d.tracker.Submit(ctx, rs)
	}
	verdicts := make([]live.Verdict, len(rs))
	var rest []live.Report
	var places []int
	for i := range rs {
		if !t.Bound(rs[i].Device) {
			rest, places = append(rest, rs[i]), append(places, i)
			continue
		}
		taken, err := t.Take(rs[i].Device, fixOf(&rs[i]))
		if err != nil {
			return nil, err
		}
		if verdicts[i] = live.Accepted; !taken {
			verdicts[i] = live.Unregistered
		}
	}
	if len(rest) == 0 {
		return verdicts, nil
	}
	some, err := d.tracker.Submit(ctx, rest)
	if err != nil {
		return nil, err
	}
	for i, v := range some {
		verdicts[places[i]] = v
	}
	return verdicts, nil
}

func fixOf(r *live.Report) safety.Fix {
	f := safety.Fix{At: r.Fix.Time(), Point: r.Point, Alarm: r.Flags&live.EmergencyFlag != 0}
	if r.Accuracy > 0 {
		f.Accuracy = float64(r.Accuracy)
	}
	return f
}

// safetyCommand tells a person what is held of him.
func safetyCommand(ctx context.Context, args []string, out io.Writer) error {
	var c config
	f := flags("safety")
	f.StringVar(&c.Data, "data", "./var", "data `folder` of the server")
	f.StringVar(&c.SafetyKeys, "safety-keys", "", "`folder` of the keys; the default is keys in the data folder")
	f.StringVar(&c.Audit, "audit", "", "`folder` of the audit log; the default is audit in the data folder")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) != 2 || rest[0] != "held" {
		return errors.New("say of which track: wardmap safety held NUMBER")
	}
	if _, err := os.Stat(c.accountsFile()); err != nil {
		return fmt.Errorf("there are no safety tracks in %s: %w", c.Data, err)
	}
	people, err := accounts.Open(ctx, c.accountsFile(), accounts.Options{})
	if err != nil {
		return err
	}
	defer people.Close()
	held, err := store.Held(c.safetyFolder(), c.keysFolder(), rest[1])
	if err != nil {
		return err
	}
	if err := people.Note(ctx, "os:"+whoami(), "told the person what is held", rest[1]); err != nil {
		return err
	}
	o := userOptions{config: c}
	if err := o.note(ctx, people); err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(held)
}
