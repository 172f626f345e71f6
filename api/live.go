package api

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/road"
)

// A Live is what the server asks about what moves. All functions are safe for concurrent use.
type Live struct {
	Picture     *live.Picture                                                                  // where everything is now
	Submit      func(ctx context.Context, rs []live.Report) ([]live.Verdict, error)            // returns one verdict per report when all are durable
	SetState    func(ctx context.Context, unit string, s live.State) error                     // returns when it is durable
	Track       func(ctx context.Context, unit string, from, to time.Time, v TrackVisit) error // visits what a unit reported in [from, to), in the order of arrival
	Alerts      Alerts                                                                         // what happened
	Subscribers Subscribers                                                                    // whom webhooks go to; nil: there are none
	Roads       func() *road.Graph                                                             // the network of the moment, nil when there is none
	Closures    Closures                                                                       // what is closed on it; nil: nothing can be
	Refused     func() map[live.Verdict]uint64                                                 // reports of which nothing was kept; nil: they are not counted
	Doors       func() map[string]map[string]uint64                                            // what the doors besides HTTP have seen, by name; nil: there are none
	TileFields  map[string]string                                                              // what the tiles of /tiles/units carry: the type of each field
	Clock       func() time.Time                                                               // the time of the picture; nil is time.Now
	Streams     int                                                                            // connections of each kind that are held open at most; 0 is 2,000
}

// A TrackVisit takes one report of a track. An error ends the visits.
type TrackVisit func(r live.Report, v live.Verdict) error

// Alerts are the events of the picture, numbered without gaps. Implementations are safe for concurrent use.
type Alerts interface {
	// Read returns up to most events after a number as soon as there is one, and ends with ctx. When the events
	// next after the number are no longer kept, the error is a *live.GapError.
	Read(ctx context.Context, after uint64, most int) ([]live.Event, error)
	// Newest is the number of the newest event that Read returns, 0 when there was none.
	Newest() uint64
}

// Subscribers are receivers of webhooks. An unknown name is layers.ErrNotFound, and what cannot be accepted wraps
// layers.ErrInvalid. Implementations are safe for concurrent use.
type Subscribers interface {
	Status(ctx context.Context) ([]SubscriberStatus, error) // sorted by name
	Put(ctx context.Context, s Subscriber) error            // adds one, or changes the one of that name
	Remove(ctx context.Context, name string) error
	Dead(ctx context.Context, name string, limit int) ([]DeadLetter, error) // oldest first
	Retry(ctx context.Context, name string) (int, error)                    // sends all dead letters again
}

// A Subscriber is a receiver of webhooks and what it wants to hear. Empty sets and lists stand for all.
type Subscriber struct {
	Name    string
	URL     string
	Secret  string // signs each delivery
	Kinds   fence.KindSet
	Layers  []string // of the fences
	Classes spatial.ClassSet
}

// A SubscriberStatus is how a subscriber is doing: Produced = Delivered + Pending + Dead.
type SubscriberStatus struct {
	Subscriber // without its secret
	Created    time.Time
	Produced   uint64 // events that it wants
	Delivered  uint64
	Pending    uint64
	Dead       uint64
	Lost       uint64 // events that were no longer kept when they were due
	Failures   int    // attempts that failed since the last one that did not
	Problem    string // why the last attempt failed
	Next       time.Time
}

// A DeadLetter is a batch of events that could not be delivered.
type DeadLetter struct {
	Delivery string // its id, the same in every attempt
	Events   []live.Event
	Died     time.Time
	Why      string
}

// Closures are the segments of the road network that are closed, or slower than usual, for a time. A segment that
// is not there is layers.ErrNotFound. Implementations are safe for concurrent use.
type Closures interface {
	Closure(ctx context.Context, segment string) (c Closure, closed bool, err error)
	Close(ctx context.Context, segment string, c Closure) error // returns when routes go by it
	Open(ctx context.Context, segment string) error
}

// A Closure is what a segment admits instead of what its layer says.
type Closure struct {
	Forward  bool    `json:"forward"`         // along the line nobody drives
	Backward bool    `json:"backward"`        // against the line nobody drives
	Speed    float64 `json:"speed,omitempty"` // m/s where it is not closed; 0 is as usual
}

// moving is the live part of the server, which may have none.
func (s *Server) moving() (*Live, error) {
	if s.Live == nil {
		return nil, refuse(notFound, "this server keeps no live positions: they are switched off in its configuration")
	}
	return s.Live, nil
}

// livePart is moving, after the query string was read.
func (s *Server) livePart(c echo.Context, known ...string) (*Live, map[string]string, error) {
	l, err := s.moving()
	if err != nil {
		return nil, nil, err
	}
	q, err := query(c, known...)
	return l, q, err
}

func (l *Live) now() time.Time {
	if l.Clock != nil {
		return l.Clock()
	}
	return time.Now()
}
