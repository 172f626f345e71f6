package api

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

// closures is what is closed on the roads.
func (s *Server) closures(c echo.Context) (Closures, string, error) {
	l, _, err := s.livePart(c)
	if err != nil {
		return nil, "", err
	}
	if l.Closures == nil {
		return nil, "", refuse(unavailable, "there is no road network on which something could be closed")
	}
	return l.Closures, param(c, "id"), nil
}

func (s *Server) getClosure(c echo.Context) error {
	all, id, err := s.closures(c)
	if err != nil {
		return err
	}
	return sendClosure(c, all, id)
}

func sendClosure(c echo.Context, all Closures, id string) error {
	closure, _, err := all.Closure(c.Request().Context(), id)
	if err != nil {
		return err
	}
	body, err := toJSON(closure)
	if err != nil {
		return err
	}
	return sendLive(c, http.StatusOK, typeJSON, body)
}

// putClosure closes a segment, or sets how fast it is driven for now. Routes go by it when the answer is there.
func (s *Server) putClosure(c echo.Context) error {
	all, id, err := s.closures(c)
	if err != nil {
		return err
	}
	v, err := readBody(c, typeJSON)
	if err != nil {
		return err
	}
	var r reader
	obj := r.members("", v, "forward", "backward", "speed")
	closure := Closure{r.flag("forward", obj["forward"]), r.flag("backward", obj["backward"]), r.size("speed", obj["speed"])}
	switch {
	case len(r.problems) > 0:
	case closure == Closure{}:
		r.wrong("body", "say what is closed: forward, backward or both; or a speed in m/s. DELETE opens it again")
	case closure.Speed > fastest:
		r.wrong("speed", "it is in m/s, and nobody drives faster than %.0f", fastest)
	}
	if len(r.problems) > 0 {
		return wrong(invalid, r.problems)
	}
	if err := all.Close(c.Request().Context(), id, closure); err != nil {
		return fmt.Errorf("close %s: %w", clip(id), err)
	}
	return sendClosure(c, all, id)
}

func (s *Server) deleteClosure(c echo.Context) error {
	all, id, err := s.closures(c)
	if err != nil {
		return err
	}
	if err := all.Open(c.Request().Context(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
