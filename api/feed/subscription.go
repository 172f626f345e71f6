package feed

import (
	"encoding/json"
	"strconv"
	"strings"
)

// A Subscription is one reader's place in the feed. It holds nothing but that place, so an abandoned one
// costs nothing and needs no closing. Not safe for concurrent use.
type Subscription struct {
	hub  *Hub
	next uint64 // number of the first event that was not read
	lost bool   // events before next were missed
	told bool   // the hello was given out

	scope Scope
}

// Subscribe starts reading what a scope admits. lastID is the id of the last event that the reader has seen, "" for a new reader:
// he gets what happens from now on.
func (h *Hub) Subscribe(lastID string, scope Scope) *Subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &Subscription{hub: h, next: h.newest + 1, scope: scope}
	if lastID == "" {
		return s
	}
	boot, number, _ := strings.Cut(lastID, "-")
	seen, err := strconv.ParseUint(number, 10, 64)
	if err != nil || boot != h.boot || seen > h.newest || seen+1 < h.oldest() {
		s.lost = true
	} else {
		s.next = seen + 1
	}
	return s
}

// mouthful is after how many bytes a Read ends though there is more.
const mouthful = 64 << 10

// ready is a channel that says: go on at once.
var ready = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Read appends what is new to dst, in the form of text/event-stream, the hello first. more is closed as soon
// as there is news to Read; it is nil when the hub was closed: then the feed has ended.
func (s *Subscription) Read(dst []byte) (events []byte, more <-chan struct{}) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.next < h.oldest() {
		s.lost, s.next = true, h.newest+1
	}
	if !s.told {
		s.told = true
		dst = s.hello(dst)
	}
	if s.lost {
		s.lost = false
		dst = h.write(dst, "gap", s.next-1, []byte(`{"seq":`+strconv.FormatUint(s.next-1, 10)+`}`))
	}
	for ; s.next <= h.newest; s.next++ {
		if len(dst) > mouthful {
			return dst, ready
		}
		e := &h.ring[(s.next-1)%uint64(h.size)]
		if data := e.told(s.scope); data != nil {
			dst = h.write(dst, e.name, s.next, data)
		}
	}
	if h.closed {
		return dst, nil
	}
	return dst, h.news
}

// hello greets a reader. It carries an id only when nothing was missed: a reader that is cut off between hello
// and gap must come back with the id that he had before, and be told of the gap again.
func (s *Subscription) hello(dst []byte) []byte {
	data, _ := json.Marshal(struct { // cannot fail: strings and a number
		Boot    string `json:"boot"`
		Seq     uint64 `json:"seq"`
		Version string `json:"version"`
	}{s.hub.boot, s.next - 1, s.hub.version})
	if s.lost {
		dst = append(dst, "event: hello\ndata: "...)
		dst = append(dst, data...)
		return append(dst, "\n\n"...)
	}
	return s.hub.write(dst, "hello", s.next-1, data)
}

func (h *Hub) write(dst []byte, name string, seq uint64, data []byte) []byte {
	dst = append(dst, "id: "...)
	dst = append(dst, h.boot...)
	dst = append(dst, '-')
	dst = strconv.AppendUint(dst, seq, 10)
	dst = append(dst, "\nevent: "...)
	dst = append(dst, name...)
	dst = append(dst, "\ndata: "...)
	dst = append(dst, data...)
	return append(dst, "\n\n"...)
}
