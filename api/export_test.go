package api

import "github.com/labstack/echo/v4"

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
