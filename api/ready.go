package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// readyWithin is how long the store may take to say that it is there.
const readyWithin = 2 * time.Second

// getReady really asks the store.
func (s *Server) getReady(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), readyWithin)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		return refuse(unavailable, "the store does not answer: %v", err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string]string{"status": "ready", "version": s.Version})
}
