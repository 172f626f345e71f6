// Package api is Wardmap's HTTP door: tiles, TileJSON and style, features by OGC API Features, definitions,
// search, server-sent events, health; and what moves: positions in, units, fences, alerts and roads out. A handler parses, asks and answers; it returns errors, and only status.go
// knows what they are in HTTP. Everything that the handlers ask is declared here as a function or a small
// interface. It is the only package that knows echo, and it never sees a database.
package api

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/api/feed"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/tiles"
)

// A Config is everything that the server needs. All functions are safe for concurrent use.
type Config struct {
	Catalogue func() *layers.Catalogue                      // the definitions of the moment
	Reader    func(l layers.Layer) layers.Reader            // where a layer's features are read: store or foreign table
	Editor    Editor                                        // where edits go
	Tiles     func([]string) (tiles.Source, error)          // tiles of one or several layers, in drawing order
	Scenes    func(layer string, plain bool) (Scene, error) // a layer in 3D, its content compressed or plain; nil: there are none
	Ground    Ground                                        // what scenes stand on
	Counts    Counter                                       // counts features of layers that may be counted; nil: none may
	Search    Searcher                                      // finds features by what they are called
	Feed      *feed.Hub                                     // what changed
	Live      *Live                                         // what moves; nil: nothing is known of that
	Ready     func(ctx context.Context) error               // really asks the store
	Web       fs.FS                                         // files of the browser client
	View      layers.View                                   // what everybody sees where there is no Guard
	Guard     Guard                                         // who asks, and what he may; nil: everybody may everything
	Trail     Trail                                         // the audit log; nil: nothing is on record
	Book      Book                                          // the audit log, to read; nil: there is none
	Accounts  Accounts                                      // where people sign in; nil: they do not
	Provider  IdentityProvider                              // where people sign in who do it elsewhere; nil: nobody does
	Sources   Sources                                       // what feeds layers by itself; nil: nothing does
	Safety    SafetyTracks                                  // tracks of persons; nil: there are none
	Pace      func(who *Asker, path string) bool            // whether somebody may ask so soon again; nil: always
	Version   string                                        // of the program
	Log       *slog.Logger                                  // nil discards

	Origins    []string       // other origins whose pages may use the API (CORS), or "*"; by default pages of this machine may read
	TrustProxy bool           // believe X-Forwarded-Proto, -Host, -Prefix and -For: only behind a proxy that sets them
	Proxies    []netip.Prefix // who may connect at all, when TrustProxy; empty is everybody
	Timeouts   Timeouts
}

// Timeouts bound how long a connection may keep the server waiting. Zero values get the default in brackets.
type Timeouts struct {
	ReadHeader time.Duration // for the request's head (5 s)
	Read       time.Duration // for the whole request (60 s)
	Write      time.Duration // for the whole answer; for an event stream, for each message (120 s)
	Idle       time.Duration // between requests (90 s)
	Shutdown   time.Duration // for requests in flight when the server ends (10 s)
	Heartbeat  time.Duration // between comment lines of an idle event stream (15 s)
}

// An Editor applies all edits or none, and acknowledges only what is durable and visible on tiles.
type Editor interface {
	Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error)
}

// A Searcher finds features that a view sees by what they are called, best first. near may be nil.
type Searcher interface {
	Search(ctx context.Context, v layers.View, q string, limit int, near *orb.Bound) ([]layers.Hit, error)
}

// A Server answers all requests. It is an http.Handler. There is one for each view, see as: its handlers see only what
// the view does, and need not think of it.
type Server struct {
	Config
	*common
	view   layers.View
	class  string // of the view
	routes []route
	public atomic.Pointer[shown]
	docs   docs
	counts counts
}

// common is what the servers of all views share.
type common struct {
	echo     *echo.Echo
	assets   map[string]*asset // by path, with leading slash
	requests requestIDs
	streams  streams
	stopping context.Context // done when event streams shall end
	stop     context.CancelFunc
	edits    atomic.Uint64 // batches that came in here
	views    views
	looks    looks
}

// New makes a server.
func New(c Config) (*Server, error) {
	if c.Catalogue == nil || c.Reader == nil || c.Editor == nil || c.Tiles == nil || c.Search == nil || c.Feed == nil || c.Ready == nil || c.Web == nil {
		return nil, fmt.Errorf("api: Catalogue, Reader, Editor, Tiles, Search, Feed, Ready and Web are all needed")
	}
	if l := c.Live; l != nil && (l.Picture == nil || l.Submit == nil || l.SetState == nil || l.Track == nil || l.Alerts == nil || l.Roads == nil) {
		return nil, fmt.Errorf("api: Live needs Picture, Submit, SetState, Track, Alerts and Roads")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Timeouts = c.Timeouts.orDefault()
	assets, err := readAssets(c.Web)
	if err != nil {
		return nil, fmt.Errorf("api: read the web client: %w", err)
	}
	s := newView(c, &common{echo: echo.New(), assets: assets, requests: newRequestIDs()}, c.View)
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.echo.Logger.SetOutput(discard{})
	s.echo.HTTPErrorHandler = s.fail
	s.echo.Use(s.observe, s.behind, s.secure)
	if err := checkNeeds(s.routes); err != nil {
		return nil, err
	}
	for i := range s.routes {
		s.register(i)
	}
	return s, nil
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

func (t Timeouts) orDefault() Timeouts {
	for d, v := range map[*time.Duration]time.Duration{
		&t.ReadHeader: 5 * time.Second, &t.Read: time.Minute, &t.Write: 2 * time.Minute, &t.Idle: 90 * time.Second,
		&t.Shutdown: 10 * time.Second, &t.Heartbeat: 15 * time.Second,
	} {
		if *d == 0 {
			*d = v
		}
	}
	return t
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
