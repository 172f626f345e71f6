package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/shape"
)

// A warning is ground that an edit gives to two features of a partition, or to none.
type warning struct {
	Layer string    `json:"layer"`
	Kind  string    `json:"kind"` // overlap or gap
	Parts []string  `json:"parts"`
	By    string    `json:"by,omitempty"`
	Area  float64   `json:"area_m2"`
	Lon   float64   `json:"lon"`
	Lat   float64   `json:"lat"`
	At    time.Time `json:"at"` // from when on
}

const (
	warningsKey  = "warnings"
	mostWarnings = 100
	mostMoments  = 8 // of one request, at which borders change
)

// warn says what edits would make worse. Those that create a feature without an id come back with one. It looks before
// the edits are made: what others edit at the same time it does not see.
func (s *Server) warn(c echo.Context, edits []layers.Edit) ([]layers.Edit, error) {
	q, err := query(c, "strict")
	if err != nil {
		return nil, err
	}
	strict, err := yes(q, "strict")
	if err != nil {
		return nil, err
	}
	byLayer := map[string]bool{}
	for i := range edits {
		if l, known := s.Catalogue().Layer(edits[i].Layer); known && l.Partition != nil && l.IsManaged() {
			byLayer[l.ID] = true
		}
	}
	if len(byLayer) == 0 {
		return edits, nil
	}
	edits = withIDs(edits)
	var all []warning
	for _, layer := range slices.Sorted(maps.Keys(byLayer)) {
		some, err := s.worse(c.Request().Context(), layer, edits)
		if bad := new(shape.Invalid); errors.As(err, &bad) {
			s.Log.Warn("a partition cannot be surveyed", slog.String("layer", layer), slog.Any("error", err))
			continue // the editor refuses edits that are to blame
		}
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if len(all) > 0 && strict {
		return nil, wrong(invalid, refused(all))
	}
	c.Set(warningsKey, all[:min(len(all), mostWarnings)])
	return edits, nil
}

// withIDs gives ids to features that are to be created without one.
func withIDs(edits []layers.Edit) []layers.Edit {
	out := slices.Clone(edits)
	for i := range out {
		if out[i].Op == layers.Create && out[i].Feature.ID == "" {
			out[i].Feature.ID = layers.NewID()
		}
	}
	return out
}

// worse says what edits make worse in one layer, at each moment from when on they hold.
func (s *Server) worse(ctx context.Context, layer string, edits []layers.Edit) (out []warning, err error) {
	if slices.ContainsFunc(edits, func(e layers.Edit) bool {
		return e.Layer == layer && e.Op != layers.Delete && !sound(e.Feature.Geometry)
	}) {
		return nil, nil // the editor says what is wrong with it
	}
	before, err := s.survey(ctx, layer)
	if err != nil {
		return nil, err
	}
	after, moments := before.With(edits, s.now())
	var known []layers.Finding
	for _, at := range moments[:min(len(moments), mostMoments)] {
		was, err := before.At(at)
		if err != nil {
			return nil, err
		}
		is, err := after.At(at)
		if err != nil {
			return nil, err
		}
		worse := layers.Worse(append(was.Findings, known...), is.Findings)
		known = append(known, worse...)
		for _, f := range s.told(layer, after, worse) {
			out = append(out, warning{
				Layer: layer, Kind: f.Kind.String(), Parts: orNone(f.Parts), By: f.By, Area: tenth(f.Size),
				Lon: roundTo(f.At[0]), Lat: roundTo(f.At[1]), At: at.UTC(),
			})
		}
	}
	return out, nil
}

func sound(g orb.Geometry) bool { return spatial.CheckGeometry(g) == nil && shape.Valid(g) == nil }

func roundTo(v float64) float64 { return orb.Round(orb.Point{v, 0}, findingPlaces).(orb.Point)[0] }

// refused are warnings as problems, for who wants no edit with warnings.
func refused(all []warning) layers.Problems {
	var ps layers.Problems
	for _, w := range all[:min(len(all), mostWarnings)] {
		what := fmt.Sprintf("%s would hold the same ground", strings.Join(w.Parts, " and "))
		if w.Kind == "gap" {
			what = "nobody would hold the ground beside " + strings.Join(w.Parts, ", ")
		}
		ps = append(ps, layers.Problem{
			Place:   "partition",
			Message: fmt.Sprintf("layer %s: %s, %.1f m² at %s, from %s on", w.Layer, what, w.Area, spatial.At(orb.Point{w.Lon, w.Lat}), w.At.Format(time.RFC3339)),
		})
	}
	return ps
}

// warnings are those of the edits that this request has made.
func warnings(c echo.Context) []warning {
	all, _ := c.Get(warningsKey).([]warning)
	return all
}
