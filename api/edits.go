package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// maxEdits bounds a batch.
const maxEdits = 10_000

var ops = map[string]layers.Op{"create": layers.Create, "replace": layers.Replace, "put": layers.Put, "delete": layers.Delete}

// A done is what became of one edit that changed something.
type done struct {
	Layer   string `json:"layer"`
	ID      string `json:"id"`
	Op      string `json:"op"`
	Version int64  `json:"version"`
}

// postEdits applies all edits of a list or none. Edits that change nothing are not in the answer.
func (s *Server) postEdits(c echo.Context) error {
	if _, err := query(c, "strict"); err != nil {
		return err
	}
	v, err := readBody(c, typeJSON)
	if err != nil {
		return err
	}
	list, is := v.([]any)
	if !is || len(list) == 0 || len(list) > maxEdits {
		return wrong(invalid, layers.Problems{{Place: "body", Message: fmt.Sprintf("send a list of 1 to %d edits, not %s", maxEdits, kindOf(v))}})
	}
	var r reader
	edits := make([]layers.Edit, len(list))
	for i, one := range list {
		edits[i] = s.readEdit(&r, fmt.Sprintf("[%d]", i), one)
	}
	if len(r.problems) > 0 {
		return wrong(invalid, r.problems[:min(len(r.problems), 100)])
	}
	changes, err := s.apply(c, edits)
	if err != nil {
		return inBatch(err)
	}
	out := make([]done, len(changes))
	for i, ch := range changes {
		out[i] = done{ch.Layer, ch.ID, ch.Op.String(), ch.Version}
	}
	answer := map[string]any{"changes": out}
	if all := warnings(c); len(all) > 0 {
		answer["findings"] = all
	}
	return sendJSON(c, http.StatusOK, typeJSON, answer)
}

// readEdit reads {"op", "layer", "id", "if", "feature"}.
func (s *Server) readEdit(r *reader, at string, v any) layers.Edit {
	obj, is := v.(map[string]any)
	if !is {
		r.wrong(at, "it is not an edit but %s", kindOf(v))
		return layers.Edit{}
	}
	for _, name := range slices.Sorted(maps.Keys(obj)) {
		if !slices.Contains([]string{"op", "layer", "id", "if", "feature"}, name) {
			r.wrong(at+"."+name, "there is no such member; an edit has op, layer, id, if, feature")
		}
	}
	op, _ := obj["op"].(string)
	e := layers.Edit{Op: ops[op]}
	if e.Op == 0 {
		r.wrong(at+".op", "%q is none of create, replace, put, delete", clip(op))
	}
	e.Layer, _ = obj["layer"].(string)
	l, known := s.defs().Layer(e.Layer)
	if !known {
		r.wrong(at+".layer", "there is no layer %q", clip(e.Layer))
	}
	if given, there := obj["if"]; there {
		n, _ := given.(json.Number)
		version, err := n.Int64()
		if err != nil || version < 1 {
			r.wrong(at+".if", "it is the version that must stand there, a whole number, not %s", kindOf(given))
		}
		e.If = version
	}
	id, isText := obj["id"].(string)
	if _, there := obj["id"]; there && !isText {
		r.wrong(at+".id", "an id is text, here stands %s", kindOf(obj["id"]))
	}
	if e.Feature = (spatial.Feature{ID: id}); e.Op == layers.Delete {
		return e
	}
	d := r.draft(at+".feature.", obj["feature"])
	if id != "" && d.id != "" && id != d.id {
		r.wrong(at+".feature.id", "it is %q, but the edit says %q", clip(d.id), clip(id))
	}
	if id == "" {
		id = d.id
	}
	if d.has["geometry"] || len(d.has) > 0 {
		e.Feature = r.feature(at+".feature.", d, id, l, spatial.Feature{})
	}
	return e
}

// inBatch says which edit of a batch failed.
func inBatch(err error) error {
	var edit *layers.EditError
	if !errors.As(err, &edit) {
		return err
	}
	p := status(err)
	at := fmt.Sprintf("[%d]", edit.Index)
	if len(p.Errors) == 0 {
		p.Errors = layers.Problems{{Place: at, Message: p.Detail}}
		p.Detail = "edit " + at + ", " + p.Detail + "; no edit was made"
		return p
	}
	p.Errors = slices.Clone(p.Errors)
	for i, e := range p.Errors {
		if e.Place == "layer" || e.Place == "op" {
			p.Errors[i].Place = at + "." + e.Place
		} else {
			p.Errors[i].Place = at + ".feature." + e.Place
		}
	}
	p.Detail = fmt.Sprintf("edit %s is not valid; no edit was made", at)
	return p
}
