package api

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial/live"
)

// Routes are what the router knows.
func (s *Server) Routes() []*echo.Route {
	var out []*echo.Route
	for _, r := range s.echo.Routes() {
		if r.Method != echo.RouteNotFound {
			out = append(out, r)
		}
	}
	return out
}

// Frames are what a wall is sent.
func Frames(p *live.Picture) func(now time.Time) (frame []byte, news bool) {
	return new(Server).newWall(&Live{Picture: p}, 0).next
}

// Rounded is how numbers of answers about what moves are written.
func Rounded(v float64, decimals int) string { return string(appendRounded(nil, v, decimals)) }

// Local is where a page goes next.
var Local = local
