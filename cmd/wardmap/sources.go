package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/data/importer/gather"
	"github.com/wardmap/wardmap/layers"
)

// feeds are the sources that feed layers by themselves, as HTTP asks for them.
type feeds struct{ desk *gather.Desk }

// feeds opens the sources of the data folder.
func (w *world) feeds(c config, gate *gate, book *record) (*feeds, error) {
	allow, err := c.sourcesFrom(gate.store != nil)
	if err != nil {
		return nil, err
	}
	desk, err := gather.Open(gather.Options{
		Data: c.Data, Layers: w.catalogue, Reader: w.store, Client: deliver.Guarded(allow), Log: w.log,
		To: w.editor.Repaired(),
		Note: func(ctx context.Context, d gather.Definition, cause, from string) error {
			return book.Append(ctx, api.Deed{
				Actor: "source:" + d.Name, Kind: "source", Action: "edit", Layer: d.Layer, Purpose: "sources " + cause + " " + from, Outcome: "begun",
			})
		},
	})
	if err != nil {
		return nil, fmt.Errorf("the sources of data: %w", err)
	}
	return &feeds{desk}, nil
}

func (f *feeds) Status(context.Context) ([]api.Source, layers.Problems, error) {
	all := f.desk.Status()
	out := make([]api.Source, len(all))
	for i := range all {
		out[i] = shownSource(&all[i])
	}
	return out, f.desk.Problems(), nil
}

func shownSource(s *gather.Status) api.Source {
	d := &s.Definition
	one := api.Source{
		Name: d.Name, Title: d.Title, Purpose: d.Purpose, Basis: d.Basis, Owner: d.Owner, Retention: d.Retention.String(), Layer: d.Layer,
		Kind: string(d.Kind), Schedule: schedule(d), CRS: d.CRS, Heard: s.State.Heard, Next: s.Next, Failures: s.State.Failures,
		Problem: s.State.Why, Quarantine: s.Quarantine,
	}
	if s.Health.Dead {
		one.Dead = &api.SourceDeath{Since: s.Health.Since, Why: s.Health.Why}
	}
	if q := s.Quality; q.Run > 0 {
		one.Quality = &api.SourceQuality{
			Run: q.Run, Rejected: q.Rejected, Restricted: q.Restricted, Duplicates: q.Duplicates, Missing: q.Missing, Newest: q.Newest, AgeSeconds: q.Age.Seconds(),
		}
	}
	for _, r := range s.State.Runs {
		one.Runs = append(one.Runs, api.SourceRun(r))
	}
	return one
}

func schedule(d *gather.Definition) string {
	if d.Every > 0 {
		return d.Every.String()
	}
	return strings.Join(d.At, " ") + " " + d.Zone
}

func (f *feeds) Run(_ context.Context, name string) error { return f.desk.Ask(name) }

func (f *feeds) Quarantine(_ context.Context, name, after string, limit int) ([]api.QuarantinedRecord, error) {
	all, err := f.desk.Quarantine(name, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]api.QuarantinedRecord, len(all))
	for i := range all {
		if out[i], err = shownEntry(&all[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func shownEntry(e *gather.Entry) (api.QuarantinedRecord, error) {
	text, err := e.JSON()
	return api.QuarantinedRecord{Key: e.Key, Feature: text}, err
}

func (f *feeds) Correct(_ context.Context, name, record string, feature []byte) (api.QuarantinedRecord, error) {
	e, err := f.desk.Correct(name, record, feature)
	if err != nil {
		return api.QuarantinedRecord{}, err
	}
	return shownEntry(&e)
}

func (f *feeds) Replay(ctx context.Context, name string) (api.SourceRun, error) {
	r, err := f.desk.Replay(ctx, name)
	return api.SourceRun(r), err
}
