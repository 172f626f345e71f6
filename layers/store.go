package layers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// Errors that callers act on. They are found with errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrExists   = errors.New("exists already")
	ErrConflict = errors.New("changed by somebody else meanwhile")
	ErrInvalid  = errors.New("invalid")
	ErrGone     = errors.New("the change log no longer reaches back that far")
)

// Op is a kind of edit.
type Op uint8

const (
	Create  Op = iota + 1 // the feature must not exist
	Replace               // the feature must exist; everything is as given afterwards
	Put                   // create or replace; changes nothing when the content is the same
	Delete                // the feature must exist; only Feature.ID matters
)

func (o Op) String() string {
	switch o {
	case Create:
		return "create"
	case Replace:
		return "replace"
	case Put:
		return "put"
	case Delete:
		return "delete"
	}
	return fmt.Sprintf("op %d", uint8(o))
}

// An Edit is what somebody wants to happen to one feature.
type Edit struct {
	Op      Op
	Layer   string
	Feature spatial.Feature
	If      int64 // the version that must stand there; 0 asks nothing
}

// A Change is what became of an edit, whoever made it.
type Change struct {
	Version int64 // of the feature after the change; unique in the store, grows with every change of one feature
	Layer   string
	ID      string
	Op      Op        // Create, Replace or Delete
	Before  orb.Bound // where the feature was; empty when it was not (see Touched)
	After   orb.Bound // where it is now; empty when it is deleted
	At      time.Time
	Feature *spatial.Feature // as it stands now, which may be newer than Version; nil when it does not exist any more
}

// Touched is the set of places where the map may look different: none, one or two boxes.
func (c Change) Touched() []orb.Bound {
	var out []orb.Bound
	for _, b := range []orb.Bound{c.Before, c.After} {
		if !b.IsEmpty() {
			out = append(out, b)
		}
	}
	return out
}

// Nowhere is the empty bound that Before and After have when there is no place.
var Nowhere = orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}}

// An EditError says which edit of a batch failed. It wraps one of the errors above.
type EditError struct {
	Index int // in the batch, from 0
	Layer string
	ID    string
	Op    Op
	Have  int64 // for ErrConflict: the version that stands in the store
	Err   error
}

func (e *EditError) Error() string {
	if e.Have != 0 {
		return fmt.Sprintf("%s %s/%s (edit %d): %v: the store has version %d", e.Op, e.Layer, e.ID, e.Index+1, e.Err, e.Have)
	}
	return fmt.Sprintf("%s %s/%s (edit %d): %v", e.Op, e.Layer, e.ID, e.Index+1, e.Err)
}

func (e *EditError) Unwrap() error { return e.Err }

// A Query selects features of one layer. Its zero value selects all.
type Query struct {
	Bounds []orb.Bound    // geometry touches one of them (closed sets: touching counts); nil asks nothing
	At     time.Time      // effective at this time; zero asks nothing
	From   time.Time      // effective at some time of [From, To]; zero is open. Ignored when At is set
	To     time.Time      //
	Where  map[string]any // property equals value, for all of them
	After  string         // only ids greater than this one, in byte order
	Offset int            // skip that many; slow, for clients that know nothing better
	Limit  int            // at most that many; 0 is 1,000
}

// A Page is part of an answer, ordered by id in byte order.
type Page struct {
	Features []spatial.Feature
	Next     string // give it as Query.After for the next page; "" when this is the last
	Matched  int64  // features that match the query without After, Offset and Limit
}

// Stat summarises a layer in the store.
type Stat struct {
	Count int64
	Bound orb.Bound // Nowhere when the layer is empty
}

// A Cursor is a place in the change feed. Its text belongs to the store that gave it; "" is the beginning.
type Cursor string

// A Reader reads features. All methods are safe for concurrent use and end with ctx.
// An unknown layer or feature is ErrNotFound.
type Reader interface {
	Feature(ctx context.Context, layer, id string) (spatial.Feature, error)
	Features(ctx context.Context, layer string, q Query) (Page, error)
	// Scan visits all features of a layer as of one moment, in no order, and ends at the first error of visit.
	// visit may keep the feature.
	Scan(ctx context.Context, layer string, visit func(spatial.Feature) error) error
	Stat(ctx context.Context, layer string) (Stat, error)
}

// A Writer applies edits. Apply is atomic and durable: when it returns nil, all edits are on disk and survive
// kill -9 and loss of power; when it returns an error (an *EditError where one edit is to blame), none is.
// It sets Version and Updated, checks If, and returns one Change per edit that changed something, in the
// order of the edits. It does not check definitions: that is the Editor's work. Safe for concurrent use, also
// by several processes on one store.
type Writer interface {
	Apply(ctx context.Context, edits []Edit) ([]Change, error)
}

// A Log tells what changed, whoever changed it: this process, another one, psql or QGIS.
// A reader that starts at a Cursor sees every change that was committed after it at least once, and the
// changes of one feature in their order. It must stand to see some twice.
type Log interface {
	// Head is a cursor so that every change not yet visible to reads made from now on comes after it.
	Head(ctx context.Context) (Cursor, error)
	// Changes returns up to limit changes after the cursor and the cursor after them. No change: empty, same cursor.
	// ErrGone: the log was cut there; read everything anew.
	Changes(ctx context.Context, after Cursor, limit int) ([]Change, Cursor, error)
	// Wait returns nil soon after (0.5 s at most, on an undisturbed connection) a change after the cursor can be
	// read, or ctx's error. It may return nil early, and reconnects by itself.
	Wait(ctx context.Context, after Cursor) error
}

// A Store keeps features at rest.
type Store interface {
	Reader
	Writer
	Log
	// Sync makes room for the layers: idempotent, forward only, never drops data. A property whose type no longer
	// fits its column is an error that says what to do. Only managed layers are given.
	Sync(ctx context.Context, ls []Layer) error
	// Ping really asks the store whether it can read and write.
	Ping(ctx context.Context) error
	Close() error
}
