package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/safety"
	"github.com/wardmap/wardmap/spatial/live"
	"github.com/wardmap/wardmap/spatial/road"
	"github.com/wardmap/wardmap/tiles"
)

// status says what an error is in HTTP. What it does not know is internal: it is logged, not shown.
func status(err error) *problem {
	var (
		p     *problem
		web   *echo.HTTPError
		edit  *layers.EditError
		ps    layers.Problems
		large *http.MaxBytesError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &large):
		return refuse(tooLarge, "the body has more than %d bytes; send it in several parts", large.Limit)
	case errors.As(err, &ps):
		return wrong(invalid, ps)
	case errors.Is(err, tiles.ErrID):
		return refuse(notFound, "%v", err)
	case errors.As(err, &edit):
		return ofEdit(edit)
	case errors.Is(err, layers.ErrNotFound), errors.Is(err, live.ErrUnknownUnit), errors.Is(err, road.ErrUnknown):
		return refuse(notFound, "%v", err)
	case errors.Is(err, ErrClosed):
		return refuse(unavailable, "%v", err)
	case errors.Is(err, safety.ErrRefused):
		return refuse(forbidden, "%v", err)
	case errors.Is(err, layers.ErrExists):
		return refuse(exists, "%v", err)
	case errors.Is(err, layers.ErrConflict):
		return refuse(conflict, "%v", err)
	case errors.Is(err, layers.ErrInvalid):
		return refuse(invalid, "%v", err)
	case errors.As(err, &web):
		return ofEcho(web)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return refuse(unavailable, "the answer took too long or the request was broken off")
	}
	return refuse(internal, "the server's log says more under this request_id")
}

// ofEdit is for an edit of which one of the known errors is to blame.
func ofEdit(e *layers.EditError) *problem {
	what := fmt.Sprintf("%s/%s: %v", e.Layer, e.ID, e.Err)
	switch {
	case errors.Is(e.Err, layers.ErrNotFound):
		return refuse(notFound, "%s", what)
	case errors.Is(e.Err, layers.ErrExists):
		return refuse(exists, "%s", what)
	case errors.Is(e.Err, layers.ErrConflict):
		return refuse(conflict, "%s: it has version %d now; read it again", what, e.Have)
	case errors.Is(e.Err, layers.ErrInvalid):
		return refuse(invalid, "%s", what)
	}
	return refuse(internal, "the server's log says more under this request_id")
}

// ofEcho is for what the router refuses.
func ofEcho(e *echo.HTTPError) *problem {
	switch e.Code {
	case http.StatusNotFound:
		return refuse(notFound, "nothing has this address; / lists what there is")
	case http.StatusMethodNotAllowed:
		return refuse(badMethod, "see the header Allow")
	case http.StatusRequestEntityTooLarge:
		return refuse(tooLarge, "%v", e.Message)
	case http.StatusUnsupportedMediaType:
		return refuse(badMediaType, "%v", e.Message)
	}
	if e.Code >= 500 {
		return refuse(internal, "the server's log says more under this request_id")
	}
	p := refuse(otherFault, "%s", strings.ToLower(fmt.Sprint(e.Message)))
	p.Status = e.Code
	return p
}
