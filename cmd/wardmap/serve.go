package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/api/feed"
	"github.com/wardmap/wardmap/api/web"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/scenes3d/terrain"
	"github.com/wardmap/wardmap/spatial/health"
)

// serve runs the server until ctx ends.
func serve(ctx context.Context, args []string, out io.Writer) (err error) {
	var c config
	f := flags("serve")
	c.options(f)
	if err := parseAlone(f, args); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	began := time.Now()
	ln, err := net.Listen("tcp", c.Listen) // first of all: a taken port is said at once
	if err != nil {
		return fmt.Errorf("--listen %s: %w", c.Listen, err)
	}
	defer ln.Close()
	seen := look(c.catalogueFolder())
	land, err := openTerrain(c, logger(c.Verbose))
	if err != nil {
		return err
	}
	if land != nil {
		defer land.Close()
	}
	defs, store, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	gate, err := openGate(ctx, c) // before anything is planted: who may not serve is told at once
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gate.close()) }()
	if c.Demo {
		if err := plant(ctx, c, defs, store, out); err != nil {
			return err
		}
	}
	return serveStore(ctx, c, gate, defs, seen, store, land, ln, out, began)
}

func plant(ctx context.Context, c config, defs *layers.Catalogue, store layers.Store, out io.Writer) error {
	began := time.Now()
	n, err := seedOnce(ctx, c, defs, store)
	if n > 0 && err == nil {
		_, err = fmt.Fprintf(out, "demo city planted: %d features in %.1f s\n", n, time.Since(began).Seconds())
	}
	return err
}

func serveStore(ctx context.Context, c config, gate *gate, defs *layers.Catalogue, seen string, store layers.Store, land *terrain.Terrain, ln net.Listener, out io.Writer, began time.Time) (err error) {
	log := logger(c.Verbose)
	hub := feed.NewHub(versionText())
	defer hub.Close()
	w := newWorld(store, int64(c.CacheMB)<<20, hub, log)
	w.other = outside(c, store, w)
	if land != nil {
		w.ground, w.maps = land.Height, c.ground()
	}
	if c.Live {
		if w.desk, err = openDesk(ctx, c, gate, log); err != nil {
			return fmt.Errorf("the live positions: %w", err)
		}
		defer func() { err = errors.Join(err, w.desk.close()) }()
	}
	return w.serve(ctx, c, gate, defs, seen, ln, func() { greet(out, c, w, gate, ln, time.Since(began)) })
}

// serve fills the world and answers for it until ctx ends; greeted is called when all is ready.
func (w *world) serve(ctx context.Context, c config, gate *gate, defs *layers.Catalogue, seen string, ln net.Listener, greeted func()) (err error) {
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop() // before waiting
	work.Go(func() { saveMemory(ctx) })
	from, err := w.store.Head(ctx)
	if err == nil {
		err = w.define(ctx, defs)
	}
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	if w.desk != nil {
		work.Go(func() {
			failed <- w.desk.run(ctx, w)
			stop() // nothing is acknowledged any more
		})
	}
	if err := w.rules(ctx); err != nil {
		return err
	}
	book, err := openRecord(c, w.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.log.Close()) }()
	tracks, err := openTracks(ctx, c, gate, book, w.desk)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tracks.close()) }()
	served := w.served(w.log)
	if tracks != nil {
		served.Safety = tracks
	}
	if err := gate.guard(&served, c, book); err != nil {
		return err
	}
	feeds, err := w.feeds(c, gate, book)
	if err != nil {
		return err
	}
	served.Sources = feeds
	server, err := api.New(served)
	if err != nil {
		return err
	}
	work.Go(func() { book.run(ctx, gate.store) })
	work.Go(func() { tracks.run(ctx) })
	work.Go(func() { w.follow(ctx, from) })
	work.Go(func() { feeds.desk.Serve(ctx) })
	work.Go(func() { w.tick(ctx) })
	work.Go(func() { w.flows.run(ctx) })
	if w.desk != nil {
		work.Go(func() { newWard(w, health.Rule{Silence: c.silence()}).run(ctx, c.silence()/3) })
	}
	work.Go(func() { w.trim(ctx) })
	work.Go(func() { w.watch(ctx, c.catalogueFolder(), seen) })
	greeted()
	if ln, err = c.secure(ln); err != nil {
		return err
	}
	err = server.Serve(ctx, ln)
	stop()
	if w.desk != nil {
		err = errors.Join(err, <-failed)
	}
	return err
}

// served is the world as HTTP asks for it.
func (w *world) served(log *slog.Logger) api.Config {
	served := api.Config{
		View:      layers.View{Level: layers.Internal, Live: true},
		Catalogue: w.catalogue, Reader: w.reader, Tiles: w.source, Scenes: w.scene, Ground: w.maps, Counts: w.counted, Search: w.index, Feed: w.feed, Ready: w.store.Ping,
		Editor: w.editor, Web: web.Files(), Version: versionText(), Log: log,
	}
	if w.desk != nil {
		served.Live = w.desk.api()
		served.Live.SetState = w.setState
	}
	return served
}

// guard sets who is let in, and where it is put on record.
func (g *gate) guard(served *api.Config, c config, book *record) (err error) {
	served.Guard, served.Trail, served.Book, served.Pace, served.TrustProxy = g, book, book, new(pacer).allows, c.BehindProxy != ""
	if g.store != nil {
		served.Accounts = people{g.store}
		if served.Provider, err = c.provider(g.store); err != nil {
			return err
		}
	}
	served.Proxies, err = c.proxies()
	return err
}

// greet prints where the map wall is. The address stands alone at the end of its line.
func greet(out io.Writer, c config, w *world, gate *gate, ln net.Listener, took time.Duration) {
	where := c.packageFile()
	if c.onPostgres() {
		where = "PostGIS"
	}
	host := ln.Addr().String()
	if name, _, err := net.SplitHostPort(c.Listen); err == nil && name == "localhost" {
		_, port, _ := net.SplitHostPort(host)
		host = "localhost:" + port
	}
	for _, one := range w.desk.open() {
		fmt.Fprintf(out, "positions by %s 定位接入: %s\n", one.name, one.listen.Addr())
	}
	scheme := "http"
	if c.Cert != "" {
		scheme = "https"
	}
	if gate.ambient != nil {
		fmt.Fprintf(out, "nobody signs in: this machine alone is served, as %s\n", gate.ambient.Title)
	}
	fmt.Fprintf(out, "Wardmap %s: %d features of %d layers from %s, ready in %.1f s\nmap wall 地图大屏: %s://%s/\n",
		versionText(), w.count(), len(w.catalogue().Layers()), where, took.Seconds(), scheme, host)
}

func (w *world) count() (n int) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, s := range w.sheets {
		n += s.atlas.Count()
	}
	return n
}

func logger(verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose || strings.EqualFold(os.Getenv("WARDMAP_LOG"), "info") {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

var errNoTables = errors.New("tables can be shown from a PostGIS store only: start with --store postgres://…")
