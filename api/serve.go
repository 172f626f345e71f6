package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// maxHeader bounds the head of a request in bytes.
const maxHeader = 64 << 10

// Serve answers on the listener until ctx ends; then it ends the streams, lets the requests in flight
// finish (Timeouts.Shutdown at most) and returns nil. The listener is closed when it returns.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.Timeouts.ReadHeader,
		ReadTimeout:       s.Timeouts.Read,
		WriteTimeout:      s.Timeouts.Write,
		IdleTimeout:       s.Timeouts.Idle,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	defer s.stop()
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	s.stop()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Timeouts.Shutdown)
	defer cancel()
	err := errors.Join(srv.Shutdown(last), s.streams.wait(last))
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were still running %v after the end: %w", s.Timeouts.Shutdown, err), srv.Close())
	}
	<-failed
	return err
}
