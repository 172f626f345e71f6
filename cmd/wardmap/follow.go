package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/wardmap/wardmap/data/catalogue"
	"github.com/wardmap/wardmap/layers"
)

// load reads the built-in definitions and the operator's own.
func load(folder string) (*layers.Catalogue, error) {
	sources := []fs.FS{catalogue.Files}
	if info, err := os.Stat(folder); err == nil && info.IsDir() {
		sources = append(sources, os.DirFS(folder))
	}
	defs, ps := layers.Load(sources...)
	return defs, ps.Err()
}

// follow keeps the world up to date with the store until ctx ends: changes of other processes arrive here, and
// what was missed for good is read anew.
func (w *world) follow(ctx context.Context, from layers.Cursor) {
	pause := 100 * time.Millisecond
	for ctx.Err() == nil {
		next, err := layers.Follow(ctx, w.store, from, w.observe)
		if ctx.Err() != nil {
			return
		}
		if next != from {
			pause = 100 * time.Millisecond
		}
		from = next
		w.log.Warn("follow the store", "error", err, "again in", pause)
		if layers.Lost(err) {
			from = w.restart(ctx, from)
		}
		if !sleep(ctx, pause) {
			return
		}
		pause = min(2*pause, 5*time.Second)
	}
}

// restart reads everything anew and gives the cursor from before that.
func (w *world) restart(ctx context.Context, from layers.Cursor) layers.Cursor {
	head, err := w.store.Head(ctx)
	if err == nil {
		err = w.refill(ctx)
	}
	if err != nil {
		w.log.Error("read all layers anew", "error", err)
		return from
	}
	w.log.Info("read all layers anew, because changes were missed")
	return head
}

// tick lets time pass on the map until ctx ends.
func (w *world) tick(ctx context.Context) {
	for sleep(ctx, time.Second) {
		w.advance(time.Now())
		w.refresh(ctx)
	}
}

// keptLog is how long the change log reaches back, for followers that were away.
const keptLog = 7 * 24 * time.Hour

// trim cuts the change log once an hour, in stores that do not do so by themselves.
func (w *world) trim(ctx context.Context) {
	store, ok := w.store.(interface {
		Trim(ctx context.Context, before time.Time) error
	})
	for ok && sleep(ctx, time.Hour) {
		if err := store.Trim(ctx, time.Now().Add(-keptLog)); err != nil && ctx.Err() == nil {
			w.log.Warn("trim the change log", "error", err)
		}
	}
}

// watch reads the operator's definitions again when their files change, until ctx ends. Definitions with
// problems are logged and change nothing. seen is how the folder looked before its files were read last.
func (w *world) watch(ctx context.Context, folder, seen string) {
	for sleep(ctx, time.Second) {
		now := look(folder)
		if now == seen {
			continue
		}
		seen = now
		defs, err := load(folder)
		if err == nil {
			err = w.define(ctx, defs)
		}
		if err == nil {
			err = w.rules(ctx)
		}
		if err != nil {
			w.log.Error("the new definitions are not used", "error", err)
			continue
		}
		w.log.Info("definitions read again", "layers", len(defs.Layers()))
		for _, l := range defs.Layers() {
			w.feed.PublishLayers(l.ID)
		}
	}
}

// look is a folder's state as a text that differs when a file was added, removed or written.
func look(folder string) string {
	state := ""
	_ = fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a folder that is not there is an empty state
		}
		if info, err := d.Info(); err == nil {
			state += fmt.Sprintln(path, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return state
}

// sleep waits and tells whether ctx still goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
