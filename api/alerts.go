package api

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/live"
)

// alertBatch is how many events are read at once.
const alertBatch = 500

// An alertReader reads the events after a number, and leaves out what nobody asked for.
type alertReader struct {
	alerts  Alerts
	kinds   fence.KindSet
	layers  map[string]bool // of the fences; empty is all, events without a fence too
	classes spatial.ClassSet
	hidden  func(e *live.Event) bool
	last    uint64 // number of the last event that was read, wanted or not
}

// alertParameters are those that choose events.
var alertParameters = []string{"after", "kind", "layer", "class"}

// alertReader makes a reader of parameters. Without a number it reads what happens from now on.
func (s *Server) alertReader(l *Live, q map[string]string) (*alertReader, error) {
	r := &alertReader{alerts: l.Alerts, hidden: func(e *live.Event) bool { return s.hidesEvent(l, e) }, last: l.Alerts.Newest()}
	var err error
	if r.kinds, err = setOf[fence.Kind, fence.KindSet](q, "kind", fence.ParseKind); err != nil {
		return nil, err
	}
	if r.classes, err = setOf[spatial.Class, spatial.ClassSet](q, "class", spatial.ParseClass); err != nil {
		return nil, err
	}
	for _, id := range words(q, "layer") {
		if _, known := s.defs().Layer(id); !known {
			return nil, badValue("layer", "there is no layer "+strconv.Quote(clip(id)))
		}
		if r.layers == nil {
			r.layers = map[string]bool{}
		}
		r.layers[id] = true
	}
	if text, given := q["after"]; given {
		r.last, err = seqNumber("after", text)
	}
	return r, err
}

func seqNumber(name, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, badValue(name, strconv.Quote(clip(text))+" is no number of an event: give the seq of the last one that you have, or 0")
	}
	return n, nil
}

func (r *alertReader) wants(e *live.Event) bool {
	if r.kinds != 0 && !r.kinds.Has(e.Kind) || e.Unit != "" && !r.classes.Has(e.Class) {
		return false
	}
	layer, _ := layers.SplitFence(e.Fence)
	return (len(r.layers) == 0 || r.layers[layer]) && !r.hidden(e)
}

// A missed is what a reader cannot get any more: events after one number, up to another one.
type missed struct{ after, through uint64 }

func (m missed) any() bool { return m.through > m.after || m.after > m.through }

// next waits for events. Those that nobody wants are read and left out, so the answer may be empty.
func (r *alertReader) next(ctx context.Context, most int) (events []live.Event, m missed, err error) {
	if newest := r.alerts.Newest(); r.last > newest { // the numbers began anew, or never came so far
		m = missed{r.last, newest}
		r.last = newest
		return nil, m, nil
	}
	events, err = r.alerts.Read(ctx, r.last, most)
	var gap *live.GapError
	if errors.As(err, &gap) && gap.Oldest > r.last+1 {
		m = missed{r.last, gap.Oldest - 1}
		r.last = m.through
		return nil, m, nil
	}
	if err != nil || len(events) == 0 {
		return nil, m, err
	}
	if first := events[0].Seq; first > r.last+1 {
		m = missed{r.last, first - 1}
	}
	r.last = events[len(events)-1].Seq
	wanted := events[:0:0]
	for i := range events {
		if r.wants(&events[i]) {
			wanted = append(wanted, events[i])
		}
	}
	return wanted, m, nil
}

// follow gives batches to tell until ctx ends. A batch without anything in it is a sign of life.
func (r *alertReader) follow(ctx context.Context, heartbeat time.Duration, tell func(events []live.Event, m missed) error) error {
	for due := time.Now().Add(heartbeat); ; {
		wait, cancel := context.WithDeadline(ctx, due)
		events, m, err := r.next(wait, alertBatch)
		late := wait.Err() != nil
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !late:
			return err
		case len(events) == 0 && !m.any() && !late:
			continue
		}
		if err := tell(events, m); err != nil {
			return err
		}
		due = time.Now().Add(heartbeat)
	}
}

// getAlerts streams what happens until the client goes or the server ends (text/event-stream).
func (s *Server) getAlerts(c echo.Context) error {
	l, q, err := s.livePart(c, alertParameters...)
	if err != nil {
		return err
	}
	if accepted(c.Request().Header.Get("Accept"), typeEvents) == "" {
		return refuse(notAcceptable, "there is %s; /alerts/stream gives the same by WebSocket", typeEvents)
	}
	r, err := s.alertReader(l, q)
	if err != nil {
		return err
	}
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" { // newer than after: browsers come back with both
		if r.last, err = seqNumber("Last-Event-ID", last); err != nil {
			return err
		}
	}
	leave, err := s.enter(&s.streams.alerts)
	if err != nil {
		return err
	}
	defer leave()
	wire := s.beginEvents(c)
	if wire == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	if err := s.push(c, wire, appendMark(nil, r.last)); err != nil {
		return err
	}
	var buf []byte
	return r.follow(ctx, s.Timeouts.Heartbeat, func(events []live.Event, m missed) error {
		buf = appendAlerts(buf[:0], events, m, r.last)
		return s.push(c, wire, buf)
	})
}

// appendAlerts appends events in the form of text/event-stream. The last line says how far the stream has come,
// so that who comes back after events that he did not want need not begin before them.
func appendAlerts(dst []byte, events []live.Event, m missed, last uint64) []byte {
	if m.any() {
		dst = append(dst, "event: gap\ndata: "...)
		dst = appendGap(dst, m)
		dst = append(dst, "\nid: "...)
		dst = strconv.AppendUint(dst, m.through, 10)
		dst = append(dst, "\n\n"...)
	}
	for i := range events {
		e := &events[i]
		dst = append(dst, "id: "...)
		dst = strconv.AppendUint(dst, e.Seq, 10)
		dst = append(dst, "\nevent: "...)
		dst = append(dst, e.Kind.String()...)
		dst = append(dst, "\ndata: "...)
		dst = e.AppendJSON(dst)
		dst = append(dst, "\n\n"...)
	}
	if len(events) > 0 && events[len(events)-1].Seq == last {
		return dst
	}
	return appendMark(dst, last)
}

// appendMark appends a message without data: readers keep its id, and nobody is told.
func appendMark(dst []byte, last uint64) []byte {
	dst = append(dst, ": alive\nid: "...)
	dst = strconv.AppendUint(dst, last, 10)
	return append(dst, "\n\n"...)
}

func appendGap(dst []byte, m missed) []byte {
	dst = append(dst, `{"kind":"gap","after":`...)
	dst = strconv.AppendUint(dst, m.after, 10)
	dst = append(dst, `,"seq":`...)
	dst = strconv.AppendUint(dst, m.through, 10)
	return append(dst, '}')
}
