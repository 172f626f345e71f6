package gtfsrt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/wardmap/wardmap/data/ingest"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// Options are what a Source needs. Zero values get the default in brackets.
type Options struct {
	Submit  ingest.Submit
	URL     string           // of the feed; "" when it is given by Take only
	Every   time.Duration    // how often it is asked for, at least 1 s (15 s)
	Prefix  string           // before the names of vehicles, to make them names of devices
	Header  http.Header      // sent along, for feeds that want a key
	Client  *http.Client     // (one that gives up after 30 s)
	Longest int64            // bytes of a feed, unpacked (32 MiB)
	Clock   func() time.Time // (time.Now)
}

// Counts are what a source has seen.
type Counts struct {
	ingest.Counts
	Feeds     uint64 // that were read
	Unchanged uint64 // times that the publisher said so
	Broken    uint64 // times that the feed could not be had or read
	Repeated  uint64 // positions that the feed before had as well: they are not submitted again
	Stale     uint64 // positions that were older than 90 s when they came
	Undated   uint64 // positions that have the time of the feed
	Skipped   uint64 // vehicles without a name or without a position
	Why       string // what was wrong the last time, "" when the last time was good
}

const (
	stale     = 90 * time.Second // what the specification calls old
	mostPause = time.Minute      // between two tries, when the feed is broken and would be asked for sooner
)

// A Source is a feed. One goroutine may Serve or Take at a time; Counts is safe for concurrent use.
type Source struct {
	o     Options
	tally ingest.Tally
	last  map[string]spatial.Instant // of the vehicles of the feed before

	mu     sync.Mutex // guards counts
	counts Counts
}

// New makes a source that asks for nothing until Serve.
func New(o Options) (*Source, error) {
	if o.Every == 0 {
		o.Every = 15 * time.Second
	}
	if o.Longest == 0 {
		o.Longest = 32 << 20
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 30 * time.Second}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Every < time.Second {
		return nil, fmt.Errorf("a feed is asked for every %v: at least one second must pass", o.Every)
	}
	if u, err := url.Parse(o.URL); o.URL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return nil, fmt.Errorf("%q is no address of a feed: it begins with http:// or https://", o.URL)
	}
	s := &Source{o: o}
	s.o.Submit = s.tally.Of(o.Submit)
	return s, nil
}

// Serve asks for the feed until ctx ends. A feed that is broken is asked for again, a little later each time.
func (s *Source) Serve(ctx context.Context) error {
	if s.o.URL == "" {
		return errors.New("GTFS Realtime: the source has no address to ask")
	}
	var known validators
	for pause := s.o.Every; ; {
		if err := s.poll(ctx, &known); err == nil {
			pause = s.o.Every
		} else if ctx.Err() == nil {
			pause = max(s.o.Every, min(2*pause, mostPause))
			s.note(func(c *Counts) { c.Broken++; c.Why = err.Error() })
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// validators say which state of the feed is known already.
type validators struct{ tag, modified string }

// poll asks once. The state is known only when its positions are durable.
func (s *Source) poll(ctx context.Context, known *validators) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.o.URL, nil)
	if err != nil {
		return err
	}
	for name, values := range s.o.Header {
		request.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if known.tag != "" {
		request.Header.Set("If-None-Match", known.tag)
	}
	if known.modified != "" {
		request.Header.Set("If-Modified-Since", known.modified)
	}
	response, err := s.o.Client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusNotModified:
		s.note(func(c *Counts) { c.Unchanged++; c.Why = "" })
		return nil
	case http.StatusOK:
	default:
		return fmt.Errorf("the feed's server answers %s", response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, s.o.Longest+1))
	if err != nil {
		return err
	}
	if int64(len(data)) > s.o.Longest {
		return fmt.Errorf("the feed is longer than %d bytes", s.o.Longest)
	}
	if err := s.Take(ctx, data); err != nil {
		return err
	}
	*known = validators{response.Header.Get("ETag"), response.Header.Get("Last-Modified")}
	return nil
}

// Take submits the positions of a feed that are new, and returns when they are durable.
func (s *Source) Take(ctx context.Context, data []byte) error {
	feed, err := Decode(data)
	if err != nil {
		s.tally.Bad()
		return err
	}
	now := spatial.InstantOf(s.o.Clock())
	seen := make(map[string]spatial.Instant, len(feed.Vehicles))
	var fresh []live.Report
	var more Counts
	for _, v := range feed.Vehicles {
		if was, ok := s.last[v.ID]; ok && was == v.Time {
			more.Repeated++
		} else {
			fresh = append(fresh, s.report(v))
			if now.Sub(v.Time) > stale {
				more.Stale++
			}
			if v.Undated {
				more.Undated++
			}
		}
		seen[v.ID] = v.Time
	}
	if len(fresh) > 0 {
		if _, err := s.o.Submit(ctx, fresh); err != nil {
			return fmt.Errorf("positions of a feed: %w", err) // all of it comes again with the next one
		}
	}
	s.last = seen
	s.note(func(c *Counts) {
		c.Feeds++
		c.Repeated += more.Repeated
		c.Stale += more.Stale
		c.Undated += more.Undated
		c.Skipped += uint64(feed.Skipped)
		c.Why = ""
	})
	return nil
}

func (s *Source) report(v Vehicle) live.Report {
	unknown := float32(math.NaN())
	return live.Report{
		Device: s.o.Prefix + v.ID, Fix: v.Time, Point: v.Point, Altitude: unknown, Speed: v.Speed, Course: v.Bearing,
		Accuracy: unknown, Battery: unknown, Source: live.GNSS,
	}
}

func (s *Source) note(change func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.counts)
}

// Counts are what the source has seen.
func (s *Source) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Counts = s.tally.Counts()
	return c
}
