package deliver

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// A Subscriber is a receiver of webhooks and what it wants to hear. Empty sets and lists stand for all.
type Subscriber struct {
	Name    string // up to 64 letters, digits, "-" and "_"
	URL     string
	Secret  string           // signs each delivery; at least 16 bytes
	Kinds   fence.KindSet    //
	Layers  []string         // of the fences; events without a fence are left out when there are any
	Classes spatial.ClassSet // of the unit; events without a unit are told anyhow
	Created time.Time        // it hears what happens later; set by the desk
}

// A Sink is a receiver whose transport is a func.
type Sink struct {
	Name    string
	Kinds   fence.KindSet
	Layers  []string
	Classes spatial.ClassSet
	// Send returns when the events are out. After an error, or kill -9, the same ones come again.
	Send func(ctx context.Context, events []live.Event) error
}

func (s Sink) subscriber() Subscriber {
	return Subscriber{Name: s.Name, Kinds: s.Kinds, Layers: s.Layers, Classes: s.Classes}
}

// wants tells whether an event is to be told.
func (s *Subscriber) wants(e *live.Event) bool {
	if s.Kinds != 0 && !s.Kinds.Has(e.Kind) {
		return false
	}
	if e.Unit != "" && !s.Classes.Has(e.Class) {
		return false
	}
	if len(s.Layers) == 0 {
		return true
	}
	layer, _, ok := strings.Cut(e.Fence, "/")
	return ok && slices.Contains(s.Layers, layer)
}

// same tells whether both want the same events.
func (s *Subscriber) same(o *Subscriber) bool {
	return s.Kinds == o.Kinds && s.Classes == o.Classes && slices.Equal(s.Layers, o.Layers)
}

var validName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func checkName(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("%w: name %.80q: take up to 64 letters, digits, \"-\" and \"_\"", ErrInvalid, name)
	}
	return nil
}

func (s *Subscriber) check() error {
	if err := checkName(s.Name); err != nil {
		return err
	}
	u, err := url.Parse(s.URL)
	switch {
	case err != nil:
		return fmt.Errorf("%w: url: %w", ErrInvalid, err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("%w: url %.200q: take http://… or https://…", ErrInvalid, s.URL)
	case u.User != nil:
		return fmt.Errorf("%w: url: leave the password out of it, deliveries are signed", ErrInvalid)
	case len(s.Secret) < 16:
		return fmt.Errorf("%w: secret: take at least 16 bytes", ErrInvalid)
	case slices.Contains(s.Layers, ""):
		return fmt.Errorf("%w: layers: one has no name", ErrInvalid)
	}
	return nil
}
