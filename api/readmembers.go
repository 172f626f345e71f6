package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// members is an object without other members than the known ones; at is its place, "" for the whole body.
func (r *reader) members(at string, v any, known ...string) map[string]any {
	obj, is := v.(map[string]any)
	if !is {
		if at == "" {
			at = "body"
		}
		r.wrong(at, "it is not an object but %s", kindOf(v))
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(obj)) {
		if !slices.Contains(known, name) {
			r.wrong(strings.TrimPrefix(at+"."+name, "."), "there is no such member; known are %s", list(known))
		}
	}
	return obj
}

// flag is true or false; nothing is false.
func (r *reader) flag(at string, v any) bool {
	b, is := v.(bool)
	if !is && v != nil {
		r.wrong(at, "it is neither true nor false but %s", kindOf(v))
	}
	return b
}

// size is a number of at least 0; nothing is 0.
func (r *reader) size(at string, v any) float64 {
	if v == nil {
		return 0
	}
	n, _ := v.(json.Number)
	f, err := n.Float64()
	if err != nil || !(f >= 0) {
		r.wrong(at, "it is not a number of at least 0 but %s", kindOf(v))
		return 0
	}
	return f
}

// texts is a list of texts; nothing is none.
func (r *reader) texts(at string, v any) []string {
	if v == nil {
		return nil
	}
	out, _ := parts(r, at, v, func(at string, v any) (string, bool) {
		text, is := v.(string)
		if !is {
			r.wrong(at, "it is not a text but %s", kindOf(v))
		}
		return text, is
	})
	return out
}

// namesIn reads a list of names as a set with one bit for each.
func namesIn[V ~uint8, S ~uint16 | ~uint32](r *reader, at string, v any, parse func(string) (V, error)) (set S) {
	for i, name := range r.texts(at, v) {
		one, err := parse(name)
		if err != nil {
			r.wrong(fmt.Sprintf("%s[%d]", at, i), "%v", err)
			continue
		}
		set |= 1 << one
	}
	return set
}

// points is a list of 1 to most positions.
func (r *reader) points(at string, v any, most int) []orb.Point {
	ps, ok := parts(r, at, v, r.point)
	switch {
	case !ok:
		return nil
	case len(ps) == 0 || len(ps) > most:
		r.wrong(at, "send 1 to %d positions, not %d", most, len(ps))
		return nil
	}
	for i, p := range ps {
		if err := spatial.CheckGeometry(p); err != nil {
			r.wrong(fmt.Sprintf("%s[%d]", at, i), "%v", err)
			return nil
		}
	}
	return ps
}
