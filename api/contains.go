package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A place is where something is asked about fences.
type place struct {
	at       time.Time
	altitude float64 // NaN when it is not given
	layer    string  // "" is all
}

// lookup finds the fences that hold a point: of each layer the one with the lowest id. On an edge that two beats
// share there is only one anyhow.
func (s *Server) lookup(l *Live, p orb.Point, in place, found []*fence.Fence) []*fence.Fence {
	l.Picture.Containing(p, in.altitude, in.at, func(f *fence.Fence) bool {
		layer, _ := layers.SplitFence(f.ID)
		if in.layer != "" && layer != in.layer || s.hides(f) {
			return true
		}
		for _, other := range found {
			if one, _ := layers.SplitFence(other.ID); one == layer {
				return true
			}
		}
		found = append(found, f)
		return true
	})
	return found
}

// getContains answers which fences hold a place at a time, one of each layer.
func (s *Server) getContains(c echo.Context) error {
	l, q, err := s.livePart(c, "lon", "lat", "altitude", "at", "layer")
	if err != nil {
		return err
	}
	p, err := lonLat(q)
	if err != nil {
		return err
	}
	in := place{}
	if in.at, err = when(q, "at", l.now()); err != nil {
		return err
	}
	if in.altitude, err = number(q, "altitude", -1000, 100_000, unknown); err != nil {
		return err
	}
	if in.layer, err = s.fenceLayer(q); err != nil {
		return err
	}
	body := appendPoint(append([]byte(nil), `{"point":`...), p)
	body = appendWhen(body, "at", in.at)
	body = append(body, `,"fences":[`...)
	for i, f := range s.lookup(l, p, in, nil) {
		if i > 0 {
			body = append(body, ',')
		}
		layer, feature := layers.SplitFence(f.ID)
		body = appendString(append(body, `{"id":`...), f.ID)
		body = appendText(body, "name", f.Name)
		body = appendText(body, "layer", layer)
		body = append(appendText(body, "feature", feature), '}')
	}
	return sendLive(c, http.StatusOK, typeJSON, append(body, ']', '}'))
}

// maxMatch bounds the points of one batch.
const maxMatch = 100_000

// postMatch answers as getContains for many points at once: for each the ids of the fences.
func (s *Server) postMatch(c echo.Context) error {
	l, _, err := s.livePart(c)
	if err != nil {
		return err
	}
	v, err := readBody(c, typeJSON)
	if err != nil {
		return err
	}
	var r reader
	obj := r.members("", v, "points", "at", "layer")
	points := r.points("points", obj["points"], maxMatch)
	in := place{at: r.time("at", obj["at"]), altitude: unknown, layer: r.text("layer", obj["layer"])}
	if _, known := s.defs().Layer(in.layer); in.layer != "" && !known {
		r.wrong("layer", "there is no layer %q", clip(in.layer))
	}
	if len(r.problems) > 0 {
		return wrong(invalid, r.problems)
	}
	if in.at.IsZero() {
		in.at = l.now()
	}
	body := strconv.AppendInt(append([]byte(nil), `{"points":`...), int64(len(points)), 10)
	body = appendWhen(body, "at", in.at)
	body = append(body, `,"matches":[`...)
	var found []*fence.Fence
	for i, p := range points {
		if i > 0 {
			body = append(body, ',')
		}
		if i%1000 == 0 && c.Request().Context().Err() != nil {
			return c.Request().Context().Err()
		}
		found = s.lookup(l, p, in, found[:0])
		body = appendList(body, found, func(dst []byte, f *fence.Fence) []byte { return appendString(dst, f.ID) })
	}
	return sendLive(c, http.StatusOK, typeJSON, append(body, ']', '}'))
}
