package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial/fence"
)

// getFences answers with a page of the fences, in order of their ids.
func (s *Server) getFences(c echo.Context) error {
	l, q, err := s.livePart(c, "layer", "limit", "after")
	if err != nil {
		return err
	}
	limit, err := whole(q, "limit", 1, maxLimit, 1000)
	if err != nil {
		return err
	}
	only, err := s.fenceLayer(q)
	if err != nil {
		return err
	}
	page, matched := s.fencePage(l, only, q["after"], limit)
	now := l.now()
	body := strconv.AppendInt(append([]byte(nil), `{"numberMatched":`...), int64(matched), 10)
	body = appendCount(body, "numberReturned", min(limit, len(page)))
	links := []link{{Href: s.here(c.Request()), Rel: "self", Type: typeJSON}}
	if len(page) > limit {
		page = page[:limit]
		links = append(links, link{Href: s.instead(c.Request(), "after", page[limit-1].ID), Rel: "next", Type: typeJSON, Title: "next page"})
	}
	body = append(appendName(body, "links"), mustJSON(links)...)
	body = append(body, `,"fences":[`...)
	for i, f := range page {
		if i > 0 {
			body = append(body, ',', '\n')
		}
		body = appendFence(body, f, now, l.Picture.Occupants(f.ID))
	}
	return sendLive(c, http.StatusOK, typeJSON, append(body, ']', '}'))
}

// fenceLayer reads the parameter layer; "" is all.
func (s *Server) fenceLayer(q map[string]string) (string, error) {
	id, given := q["layer"]
	if !given {
		return "", nil
	}
	if _, known := s.defs().Layer(id); !known {
		return "", badValue("layer", "there is no layer "+strconv.Quote(clip(id)))
	}
	return id, nil
}

// fencePage are the fences after an id, one more than the limit when there are, and how many there are in all.
func (s *Server) fencePage(l *Live, only, after string, limit int) (page []*fence.Fence, matched int) {
	l.Picture.Fences(func(f *fence.Fence) bool {
		layer, _ := layers.SplitFence(f.ID)
		if only != "" && layer != only || s.hides(f) {
			return true
		}
		matched++
		if f.ID > after && len(page) <= limit {
			page = append(page, f)
		}
		return true
	})
	return page, matched
}

// holdsAt tells whether a fence holds at a time.
func holdsAt(f *fence.Fence, t time.Time) bool {
	return f.Effective.Holds(t) && (f.Schedule == nil || f.Schedule.Holds(t))
}

// nextChange is when a fence begins or ceases to hold after a time; zero for never.
func nextChange(f *fence.Fence, t time.Time) time.Time {
	is := holdsAt(f, t)
	for range 100 { // a schedule may change while the fence is not effective
		next := time.Time{}
		soonest := func(when time.Time) {
			if when.After(t) && (next.IsZero() || when.Before(next)) {
				next = when
			}
		}
		soonest(f.Effective.From)
		soonest(f.Effective.To)
		if f.Schedule != nil {
			soonest(f.Schedule.Next(t))
		}
		if next.IsZero() || holdsAt(f, next) != is {
			return next
		}
		t = next
	}
	return time.Time{}
}

func appendFence(dst []byte, f *fence.Fence, now time.Time, inside int) []byte {
	layer, _ := layers.SplitFence(f.ID)
	dst = append(dst, `{"id":`...)
	dst = appendString(dst, f.ID)
	dst = appendText(dst, "name", f.Name)
	dst = appendText(dst, "layer", layer)
	dst = appendTexts(dst, "events", kindNames(f))
	dst = appendName(dst, "holds_now")
	dst = strconv.AppendBool(dst, holdsAt(f, now))
	dst = appendWhen(dst, "next_change", nextChange(f, now))
	dst = appendCount(dst, "inside", inside)
	if f.Schedule != nil {
		dst = appendText(dst, "schedule", f.Schedule.String())
	}
	return append(dst, '}')
}

// kindNames are the events that a fence gives.
func kindNames(f *fence.Fence) []string {
	set := f.Events
	if set == 0 {
		set = f.DefaultEvents()
	}
	var names []string
	for k := fence.Enter; k <= fence.Emergency; k++ {
		if set.Has(k) {
			names = append(names, k.String())
		}
	}
	return names
}
