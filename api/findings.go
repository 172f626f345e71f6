package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial/shape"
)

// findingPlaces is to how many parts of a degree geometries of findings are written: a millimetre.
const findingPlaces = 1e8

// now is the time of the picture where there is one.
func (s *Server) now() time.Time {
	if s.Live != nil {
		return s.Live.now()
	}
	return time.Now()
}

// getFindings answers with the ground that two features of a layer hold at a moment, or none.
func (s *Server) getFindings(c echo.Context) error {
	l, err := s.layer(c)
	if err != nil {
		return err
	}
	q, err := query(c, "at")
	if err != nil {
		return err
	}
	if l.Partition == nil {
		return refuse(notFound, "the features of layer %s need not cover anything: its definition has no partition", l.ID)
	}
	at, err := when(q, "at", s.now())
	if err != nil {
		return err
	}
	survey, err := s.survey(c.Request().Context(), l.ID)
	if err != nil {
		return err
	}
	all, err := survey.At(at)
	if err != nil {
		return unsound(err)
	}
	told := s.told(l.ID, survey, all.Findings)
	out := geojson.NewFeatureCollection()
	for i := range told {
		out.Append(findingFeature(&told[i]))
	}
	every := len(told) == len(all.Findings)
	out.ExtraMembers = geojson.Properties{"layer": l.ID, "at": at.UTC().Format(time.RFC3339Nano), "numberReturned": len(told)}
	if whole, _ := s.seesAll(l.ID); whole && every {
		out.ExtraMembers["parts"], out.ExtraMembers["slivers"] = all.Parts, all.Slivers
	}
	c.Set(countKey, len(told))
	return sendJSON(c, http.StatusOK, typeGeoJSON, out)
}

// unsound turns what is wrong with the features of others into a problem: the editor lets no such feature in.
func unsound(err error) error {
	if bad := new(shape.Invalid); errors.As(err, &bad) {
		return refuse(conflict, "%v; repair the geometry first", err)
	}
	return err
}

func findingFeature(f *layers.Finding) *geojson.Feature {
	out := geojson.NewFeature(orb.Round(orb.Clone(f.Area), findingPlaces))
	at := orb.Round(f.At, findingPlaces).(orb.Point)
	out.Properties = geojson.Properties{"kind": f.Kind.String(), "parts": orNone(f.Parts), "area_m2": tenth(f.Size), "lon": at[0], "lat": at[1]}
	if f.By != "" {
		out.Properties["by"] = f.By
	}
	return out
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func tenth(v float64) float64 { return math.Round(v*10) / 10 }

// survey reads a layer with a partition, all of it, whatever the view: who sees a part would find holes where others are.
func (s *Server) survey(ctx context.Context, layer string) (*layers.Survey, error) {
	defs := s.Catalogue()
	l, known := defs.Layer(layer)
	if !known || l.Partition == nil {
		return nil, fmt.Errorf("layer %q with a partition: %w", layer, layers.ErrNotFound)
	}
	var within layers.Reader
	if w, known := defs.Layer(l.Partition.Within); known && s.view.Layer(&w) && (w.IsManaged() || w.Source.Type == layers.Table) {
		within = s.Reader(w)
	}
	return layers.ReadSurvey(ctx, l, s.Reader(l), within)
}

// told are the findings that the view may hear of: those that concern features which it sees, and no other.
func (s *Server) told(layer string, survey *layers.Survey, all []layers.Finding) []layers.Finding {
	every, l := s.seesAll(layer)
	if every {
		return all
	}
	var out []layers.Finding
	for _, f := range all {
		seen := len(f.Parts) > 0
		for _, id := range f.Parts {
			part, known := survey.Feature(id)
			seen = seen && known && s.view.Feature(&l, &part)
		}
		if seen {
			out = append(out, f)
		}
	}
	return out
}

func (s *Server) seesAll(layer string) (every bool, l layers.Layer) {
	l, known := s.Catalogue().Layer(layer)
	if !known {
		return false, l
	}
	every, _ = s.sees(&l)
	return every, l
}
