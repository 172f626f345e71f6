package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

// requestIDs names requests: a random part per start, and a number.
type requestIDs struct {
	prefix string
	last   *atomic.Uint64
}

func newRequestIDs() requestIDs {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails
	return requestIDs{hex.EncodeToString(b) + "-", new(atomic.Uint64)}
}

// id is the one that the client gave, when it is harmless, or a new one.
func (r requestIDs) id(req *http.Request) string {
	if given := req.Header.Get(echo.HeaderXRequestID); given != "" && len(given) <= 64 && !slices.ContainsFunc([]byte(given), strange) {
		return given
	}
	return r.prefix + strconv.FormatUint(r.last.Add(1), 36)
}

func strange(b byte) bool {
	return !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b == '.')
}

// observe is around everything: it names the request, turns errors and panics into problems, and logs one line.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		start, broken := time.Now(), false
		c.Response().Header()[echo.HeaderXRequestID] = []string{s.requests.id(c.Request())}
		defer func() {
			if p := recover(); p != nil {
				err = &panicked{p, debug.Stack()}
			}
			if err != nil {
				broken = c.Response().Committed
				s.fail(err, c)
			}
			s.logLine(c, time.Since(start), err)
			err = nil
			if broken {
				panic(http.ErrAbortHandler) // the client must see that the answer is not whole
			}
		}()
		return next(c)
	}
}

type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// fail answers with the problem that an error is.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if err := status(err).send(c); err != nil {
		s.Log.Debug("the answer did not reach the client", "error", err)
	}
}

// logLine logs successful reading at level debug, the rest at info, and failures of the server with their cause.
func (s *Server) logLine(c echo.Context, took time.Duration, err error) {
	req, res := c.Request(), c.Response()
	level := slog.LevelInfo
	switch {
	case res.Status >= 500:
		level = slog.LevelError
	case res.Status < 400 && (req.Method == http.MethodGet || req.Method == http.MethodHead):
		level = slog.LevelDebug
	}
	if errors.Is(err, context.Canceled) && req.Context().Err() != nil {
		level = slog.LevelDebug // the client went away
	}
	if !s.Log.Enabled(req.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", req.Method), slog.String("path", req.URL.Path), slog.Int("status", res.Status),
		slog.Int64("bytes", res.Size), slog.Duration("took", took), slog.String("from", req.RemoteAddr),
		slog.String("request_id", res.Header().Get(echo.HeaderXRequestID)),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	s.Log.LogAttrs(req.Context(), level, "request", attrs...)
}

// What browsers may do with an answer: nothing at all with data; the pages of the client run their own scripts,
// MapLibre's workers, and images that it draws itself.
var (
	nosniff  = []string{"nosniff"}
	referrer = []string{"same-origin"}
	oneYear  = []string{"max-age=31536000; includeSubDomains"}
	dataOnly = []string{"default-src 'none'; frame-ancestors 'none'"}
	pageOnly = []string{"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; child-src 'self' blob:; img-src 'self' data: blob:; " +
		"style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"}
)

// secure sets the headers for browsers, and those for pages of other origins.
func (s *Server) secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h["X-Content-Type-Options"], h["Referrer-Policy"], h["Content-Security-Policy"] = nosniff, referrer, dataOnly
		h["Vary"] = byOrigin
		if s.secured(c.Request()) {
			h["Strict-Transport-Security"] = oneYear
		}
		if origin := c.Request().Header.Get("Origin"); origin != "" {
			s.cors(c.Request(), origin, h)
		}
		return next(c)
	}
}

const proxyKey = "proxy"

// behind turns away who comes past the proxies, and notes what they say of where a request comes from: the last
// address of X-Forwarded-For is the one that the proxy saw itself.
func (s *Server) behind(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.TrustProxy {
			return next(c)
		}
		r := c.Request()
		if at, err := netip.ParseAddrPort(r.RemoteAddr); len(s.Proxies) > 0 && (err != nil || !slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(at.Addr().Unmap()) })) {
			return refuse(forbidden, "this server is reached through its proxy")
		}
		all := r.Header.Values("X-Forwarded-For")
		if n := len(all); n > 0 {
			hops := strings.Split(all[n-1], ",")
			if at, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1])); err == nil {
				c.Set(proxyKey, at.String())
			}
		}
		return next(c)
	}
}
