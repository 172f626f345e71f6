package api

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
)

// defaultStreams is how many connections of one kind are held open at most.
const defaultStreams = 2000

// streams counts the connections that are held open, by kind, so that a thousand walls cannot keep a door from
// opening, and lets the server wait for the last of them.
type streams struct {
	doors, alerts, walls atomic.Int64
	open                 sync.WaitGroup
}

// enter counts one more connection of a kind. leave must be called when it has ended.
func (s *Server) enter(kind *atomic.Int64) (leave func(), err error) {
	most := int64(defaultStreams)
	if s.Live != nil && s.Live.Streams > 0 {
		most = int64(s.Live.Streams)
	}
	if kind.Add(1) > most {
		kind.Add(-1)
		p := refuse(unavailable, "%d connections of this kind are open already; try again later", most)
		p.header = http.Header{"Retry-After": {"5"}}
		return nil, p
	}
	s.streams.open.Add(1)
	return func() {
		kind.Add(-1)
		s.streams.open.Done()
	}, nil
}

// wait returns when all connections that were held open have ended, or ctx has.
func (s *streams) wait(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		s.open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
