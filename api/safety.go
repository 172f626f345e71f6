package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers/safety"
)

// SafetyTracks are the tracks of persons by consent or for a missing-person case, one at a time. What is not there, or
// not for who asks, or not any more, is layers.ErrNotFound. Implementations are safe for concurrent use.
type SafetyTracks interface {
	Propose(o safety.Order) (safety.Order, error)
	Approve(number string, by safety.Party) (safety.Order, error)
	Renew(number string, by safety.Party, until time.Time) (safety.Order, error)
	Withdraw(number, why string) (safety.Order, error)
	// Read puts on record who reads and why, and only then answers.
	Read(ctx context.Context, number, by, purpose string) (safety.Order, []safety.Kept, error)
}

// ErrClosed is what cannot be answered now, and why: it may be later.
var ErrClosed = errors.New("closed for now")

// tracks are the safety tracks, and who asks as a party to them. There are none where people do not sign in: nobody
// could be held to what he decides.
func (s *Server) tracks(c echo.Context) (SafetyTracks, safety.Party, error) {
	who := asker(c)
	if s.Safety == nil || who.Ambient {
		return nil, safety.Party{}, refuse(notFound, "there are no safety tracks where nobody signs in")
	}
	return s.Safety, safety.Party{ID: who.ID, Org: who.Org, Admin: who.May("admin.system")}, nil
}

// postSafetyTrack asks for a track. Nothing is tracked before somebody else has approved.
func (s *Server) postSafetyTrack(c echo.Context) error {
	all, by, err := s.tracks(c)
	if err != nil {
		return err
	}
	var o safety.Order
	if err := readStrict(c, &o); err != nil {
		return err
	}
	o.Requester = by
	if o, err = all.Propose(o); err != nil {
		return err
	}
	c.Response().Header().Set("Location", s.base(c.Request())+"/safety-tracks/"+o.Number)
	return sendOrder(c, http.StatusCreated, o)
}

func (s *Server) postSafetyApproval(c echo.Context) error {
	all, by, err := s.tracks(c)
	if err != nil {
		return err
	}
	o, err := all.Approve(param(c, "id"), by)
	if err != nil {
		return err
	}
	return sendOrder(c, http.StatusOK, o)
}

func (s *Server) postSafetyRenewal(c echo.Context) error {
	all, by, err := s.tracks(c)
	if err != nil {
		return err
	}
	var body struct {
		Until time.Time `json:"until"`
	}
	if err := readStrict(c, &body); err != nil {
		return err
	}
	o, err := all.Renew(param(c, "id"), by, body.Until)
	if err != nil {
		return err
	}
	return sendOrder(c, http.StatusOK, o)
}

func (s *Server) postSafetyWithdrawal(c echo.Context) error {
	all, _, err := s.tracks(c)
	if err != nil {
		return err
	}
	var body struct {
		Why string `json:"why"`
	}
	if err := readStrict(c, &body); err != nil {
		return err
	}
	if body.Why = strings.TrimSpace(body.Why); body.Why == "" || len(body.Why) > 500 {
		return refuse(invalid, "why: say why it ends, in at most 500 bytes")
	}
	o, err := all.Withdraw(param(c, "id"), body.Why)
	if err != nil {
		return err
	}
	return sendOrder(c, http.StatusOK, o)
}

// getSafetyTrack gives one track to one of its named viewers, who says why. Nobody keeps it on the way.
func (s *Server) getSafetyTrack(c echo.Context) error {
	all, by, err := s.tracks(c)
	if err != nil {
		return err
	}
	params, err := query(c, "reason")
	if err != nil {
		return err
	}
	o, fixes, err := all.Read(c.Request().Context(), param(c, "id"), by.ID, params["reason"])
	if err != nil {
		return err
	}
	features := make([]object, len(fixes))
	for i, f := range fixes {
		features[i] = object{
			"type": "Feature", "geometry": object{"type": "Point", "coordinates": f.Point},
			"properties": object{"at": f.At, "taken": f.Taken, "accuracy_m": f.Accuracy, "alarm": f.Alarm, "cell": f.Cell, "event": f.Event, "zone": f.Zone},
		}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return sendJSON(c, http.StatusOK, typeGeoJSON, object{"type": "FeatureCollection", "order": o, "features": features})
}

func sendOrder(c echo.Context, status int, o safety.Order) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return sendJSON(c, status, typeJSON, o)
}

// readStrict reads a small body of JSON into a value that knows all its members.
func readStrict(c echo.Context, into any) error {
	data, _, err := readBytes(c, 256<<10, typeJSON)
	if err != nil {
		return err
	}
	if _, err := parseJSON(data); err != nil {
		return err // which names line and column
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return refuse(invalid, "%v", err)
	}
	return nil
}
