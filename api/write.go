package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

const typePatch = "application/merge-patch+json"

// rewriteTries bounds how often a rewrite without If-Match starts anew when others change the feature meanwhile.
const rewriteTries = 20

// postItem creates a feature; without id it gets one.
func (s *Server) postItem(c echo.Context) error {
	l, v, err := s.readWrite(c, typeGeoJSON, typeJSON)
	if err != nil {
		return err
	}
	var r reader
	d := r.draft("", v)
	f := r.feature("", d, d.id, l, spatial.Feature{})
	if len(r.problems) > 0 {
		return wrong(invalid, r.problems)
	}
	changes, err := s.apply(c, []layers.Edit{{Op: layers.Create, Layer: l.ID, Feature: f}})
	if err != nil {
		return err
	}
	made, err := s.after(c.Request().Context(), l, f.ID, changes)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", s.base(c.Request())+itemPath(l, made.ID))
	return s.sendItem(c, http.StatusCreated, l, made)
}

// putItem replaces a feature that exists. A body without "common" leaves those columns as they are.
func (s *Server) putItem(c echo.Context) error {
	return s.rewriteItem(c, []string{typeGeoJSON, typeJSON}, func(r *reader, d draft, l layers.Layer, old spatial.Feature) spatial.Feature {
		return r.feature("", d, old.ID, l, old)
	})
}

// patchItem changes parts of a feature (RFC 7396).
func (s *Server) patchItem(c echo.Context) error {
	return s.rewriteItem(c, []string{typePatch, typeGeoJSON, typeJSON}, (*reader).patched)
}

type rewrite func(r *reader, d draft, l layers.Layer, old spatial.Feature) spatial.Feature

// rewriteItem replaces a feature by what change makes of it.
func (s *Server) rewriteItem(c echo.Context, types []string, change rewrite) error {
	l, v, err := s.readWrite(c, types...)
	if err != nil {
		return err
	}
	var r reader
	id, d := param(c, "id"), r.draft("", v)
	if d.id != "" && d.id != id {
		r.wrong("id", "the body says %q, the address %q; ids do not change", clip(d.id), clip(id))
	}
	if len(r.problems) > 0 {
		return wrong(invalid, r.problems)
	}
	f, err := s.change(c, l, id, func(old spatial.Feature) (layers.Edit, error) {
		var r reader
		made := change(&r, d, l, old)
		if len(r.problems) > 0 {
			return layers.Edit{}, wrong(invalid, r.problems)
		}
		return layers.Edit{Op: layers.Replace, Layer: l.ID, Feature: made, If: old.Version}, nil
	})
	if err != nil {
		return err
	}
	return s.sendItem(c, http.StatusOK, l, f)
}

func (s *Server) deleteItem(c echo.Context) error {
	l, err := s.managed(c)
	if err != nil {
		return err
	}
	_, err = s.change(c, l, param(c, "id"), func(old spatial.Feature) (layers.Edit, error) {
		return layers.Edit{Op: layers.Delete, Layer: l.ID, Feature: spatial.Feature{ID: old.ID}, If: old.Version}, nil
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// change reads a feature, holds it against the request's conditions and applies the edit that is made for it. It
// starts anew when somebody else was faster, unless the request named a state.
func (s *Server) change(c echo.Context, l layers.Layer, id string, edit func(old spatial.Feature) (layers.Edit, error)) (spatial.Feature, error) {
	r := c.Request()
	for try := 1; ; try++ {
		old, err := s.read(l).Feature(r.Context(), l.ID, id)
		if err != nil {
			return old, err
		}
		if err := holds(r, old.Version); err != nil {
			return old, err
		}
		e, err := edit(old)
		if err != nil {
			return old, err
		}
		changes, err := s.apply(c, []layers.Edit{e})
		if errors.Is(err, layers.ErrConflict) && try < rewriteTries {
			continue // the conditions are held against the new state
		}
		if err != nil || e.Op == layers.Delete {
			return old, err
		}
		return s.after(r.Context(), l, id, changes)
	}
}

// holds checks If-Match, If-None-Match and Content-Crs.
func holds(r *http.Request, version int64) error {
	if given := strings.Join(r.Header["If-Match"], ","); given != "" && !named(given, version) {
		return refuse(precondition, "If-Match says %s, but it has version %d now (%q); read it again", clip(given), version, versionTag(version))
	}
	if given := r.Header.Get("If-None-Match"); given != "" && named(given, version) {
		return refuse(precondition, "If-None-Match says %s, and it has version %d", clip(given), version)
	}
	return nil
}

// named tells whether a list of entity tags names a version, in whatever coding it was read. Weak tags do not.
func named(header string, version int64) bool {
	for item := range strings.SplitSeq(header, ",") {
		tag := strings.TrimSpace(item)
		if tag == "*" {
			return true
		}
		for _, suffix := range []string{"", "-gzip", "-zstd"} {
			if tag == `"`+versionTag(version)+suffix+`"` {
				return true
			}
		}
	}
	return false
}

// managed is the layer of the path, which can be edited.
func (s *Server) managed(c echo.Context) (layers.Layer, error) {
	l, err := s.layer(c)
	if err != nil {
		return l, err
	}
	if _, err := query(c, "strict"); err != nil {
		return l, err
	}
	if !l.IsManaged() {
		p := refuse(badMethod, "layer %s is read only: its features live in the table %s, change them there", l.ID, l.Source.Table)
		p.header = http.Header{"Allow": {"GET, HEAD, OPTIONS"}}
		return l, p
	}
	return l, nil
}

// readWrite reads the layer and the body of a writing request.
func (s *Server) readWrite(c echo.Context, types ...string) (layers.Layer, any, error) {
	l, err := s.managed(c)
	if err != nil {
		return l, nil, err
	}
	crs := strings.Trim(c.Request().Header.Get("Content-Crs"), "<> ")
	if crs != "" && crs != crs84 && crs != "http://www.opengis.net/def/crs/OGC/0/CRS84" {
		return l, nil, refuse(badMediaType, "Content-Crs %s is not read here; send lon, lat in %s", clip(crs), crs84)
	}
	v, err := readBody(c, types...)
	return l, v, err
}

// after is the feature after changes, which are none when nothing was different.
func (s *Server) after(ctx context.Context, l layers.Layer, id string, changes []layers.Change) (spatial.Feature, error) {
	at := slices.IndexFunc(changes, func(ch layers.Change) bool { return ch.Layer == l.ID && (id == "" || ch.ID == id) })
	if at >= 0 {
		id = changes[at].ID
		if f := changes[at].Feature; f != nil {
			return *f, nil
		}
	}
	return s.read(l).Feature(ctx, l.ID, id)
}

// sendItem answers with a feature that was written.
func (s *Server) sendItem(c echo.Context, status int, l layers.Layer, f spatial.Feature) error {
	body := s.item(c.Request(), l, &f)
	if all := warnings(c); len(all) > 0 {
		body = append(body[:len(body)-1], `,"findings":`...)
		body = append(append(body, mustJSON(all)...), '}')
	}
	return sendBytes(c, status, typeGeoJSON, versionTag(f.Version), body)
}
