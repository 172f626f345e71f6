package gtfsrt_test

import (
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/MobilityData/gtfs-realtime-bindings/golang/gtfs"
	"google.golang.org/protobuf/proto"

	"github.com/wardmap/wardmap/data/ingest/gtfsrt"
	"github.com/wardmap/wardmap/spatial/live"
)

// keeper is where reports go: it keeps them, or fails.
type keeper struct {
	mu      sync.Mutex // guards what follows
	reports []live.Report
	err     error
}

func (k *keeper) submit(_ context.Context, rs []live.Report) ([]live.Verdict, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return nil, k.err
	}
	k.reports = append(k.reports, rs...)
	return make([]live.Verdict, len(rs)), nil
}

func (k *keeper) kept() []live.Report {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.reports)
}

// bus is one vehicle of a feed; at 0 it has no time of its own.
type bus struct {
	id string
	at uint64
}

func feed(made uint64, buses ...bus) []byte {
	m := &gtfs.FeedMessage{Header: &gtfs.FeedHeader{GtfsRealtimeVersion: proto.String("2.0"), Timestamp: proto.Uint64(made)}}
	for _, b := range buses {
		v := &gtfs.VehiclePosition{Vehicle: &gtfs.VehicleDescriptor{Id: proto.String(b.id)},
			Position: &gtfs.Position{Latitude: proto.Float32(30.25), Longitude: proto.Float32(-97.75), Bearing: proto.Float32(360), Speed: proto.Float32(-1)}}
		if b.at != 0 {
			v.Timestamp = proto.Uint64(b.at)
		}
		m.Entity = append(m.Entity, &gtfs.FeedEntity{Id: proto.String(b.id), Vehicle: v})
	}
	data, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return data
}

const noon = 1772366400 // 2026-03-01 12:00:00 UTC

func source(t *testing.T, k *keeper, o gtfsrt.Options) *gtfsrt.Source {
	t.Helper()
	o.Submit, o.Prefix, o.Clock = k.submit, "bus-", func() time.Time { return time.Unix(noon, 0) }
	s, err := gtfsrt.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOnlyWhatIsNewIsSubmitted(t *testing.T) {
	k := &keeper{}
	s := source(t, k, gtfsrt.Options{})
	for i, data := range [][]byte{
		feed(noon, bus{"1", noon - 5}, bus{"2", noon - 100}, bus{"3", 0}),
		feed(noon, bus{"1", noon - 5}, bus{"2", noon - 2}, bus{"4", noon - 1}),
		feed(noon, bus{"3", noon}), // it was away: what it had said is forgotten
	} {
		if err := s.Take(t.Context(), data); err != nil {
			t.Fatal(i, err)
		}
	}
	var got []string
	for _, r := range k.kept() {
		got = append(got, r.Device)
	}
	if want := []string{"bus-1", "bus-2", "bus-3", "bus-2", "bus-4", "bus-3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if r := k.kept()[2]; r.Fix != noon*1000 || r.Course != 0 || r.Speed == r.Speed || r.Point[0] != -97.75 || r.Source != live.GNSS {
		t.Errorf("got %+v", r)
	}
	if c := s.Counts(); c.Accepted != 6 || c.Repeated != 1 || c.Stale != 1 || c.Undated != 1 || c.Feeds != 3 {
		t.Errorf("got %+v", c)
	}
}

func TestWhatWasNotDurableComesWithTheNextFeed(t *testing.T) {
	k := &keeper{err: errors.New("disk full")}
	s := source(t, k, gtfsrt.Options{})
	data := feed(noon, bus{"1", noon})
	if err := s.Take(t.Context(), data); err == nil {
		t.Fatal("no error")
	}
	k.err = nil
	if err := s.Take(t.Context(), data); err != nil || len(k.kept()) != 1 {
		t.Errorf("%v, kept %d", err, len(k.kept()))
	}
}

// publisher serves a feed as transit agencies do, and counts.
type publisher struct {
	mu     sync.Mutex // guards what follows
	data   []byte
	status int
	asked  []http.Header
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r.Header.Clone())
	switch {
	case p.status != 0:
		w.WriteHeader(p.status)
		return
	case r.Header.Get("If-None-Match") == `"1"`:
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("ETag", `"1"`)
	w.Header().Set("Last-Modified", "Sun, 01 Mar 2026 12:00:00 GMT")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		z.Write(p.data)
		return
	}
	w.Write(p.data)
}

func TestServeAsksAgainAndSaysWhatItKnows(t *testing.T) {
	p := &publisher{data: feed(noon, bus{"1", noon})}
	server := httptest.NewServer(p)
	defer server.Close()
	k := &keeper{}
	s := source(t, k, gtfsrt.Options{URL: server.URL, Every: time.Second, Header: http.Header{"x-api-key": {"secret"}}})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	for range 400 {
		if s.Counts().Unchanged > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if c := s.Counts(); c.Accepted != 1 || c.Unchanged != 1 || c.Feeds != 1 || c.Broken != 0 || c.Why != "" {
		t.Errorf("got %+v", c)
	}
	second := p.asked[1]
	if second.Get("X-Api-Key") != "secret" || second.Get("If-None-Match") != `"1"` || second.Get("If-Modified-Since") == "" {
		t.Errorf("asked with %v", second)
	}
}

func TestBrokenFeedsAreCountedWithTheReason(t *testing.T) {
	tests := []struct {
		name string
		p    *publisher
		want string
	}{
		{"the server fails", &publisher{status: 503}, "the feed's server answers 503 Service Unavailable"},
		{"no feed", &publisher{data: []byte("<html>")}, "GTFS Realtime: the message is cut short or damaged"},
		{"too long, once unpacked", &publisher{data: make([]byte, 5000)}, "the feed is longer than 1000 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.p)
			defer server.Close()
			s := source(t, &keeper{}, gtfsrt.Options{URL: server.URL, Longest: 1000})
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Serve(ctx) }()
			for range 400 {
				if s.Counts().Broken > 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			stop()
			<-done
			if c := s.Counts(); c.Broken != 1 || c.Why != tt.want {
				t.Errorf("got %d, %q", c.Broken, c.Why)
			}
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []gtfsrt.Options{{Every: 100 * time.Millisecond}, {URL: "ftp://x/y"}, {URL: "feed.pb"}, {URL: "http://"}} {
		if _, err := gtfsrt.New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	s, err := gtfsrt.New(gtfsrt.Options{})
	if err != nil || s.Serve(t.Context()) == nil {
		t.Error("a source without an address was served")
	}
}
