package deliver

import (
	"fmt"
	"strconv"

	"github.com/wardmap/wardmap/spatial/live"
)

// What a batch may hold at most: events, and bytes of its JSON form.
const (
	batchEvents = 500
	batchBytes  = 256_000
)

// A batch is what goes out in one delivery.
type batch struct {
	delivery string // id, the same in every attempt
	events   []live.Event
	json     []byte // the events as JSON, with commas between; of a webhook
	bare     bool   // for a sink: nobody needs the JSON
	letter   bool   // it is a dead letter that is sent again
}

// add takes an event if it fits. The first one always does.
func (b *batch) add(e live.Event) bool {
	if len(b.events) == batchEvents {
		return false
	}
	if b.bare {
		b.events = append(b.events, e)
		return true
	}
	before := len(b.json)
	if before > 0 {
		b.json = append(b.json, ',')
	}
	b.json = e.AppendJSON(b.json)
	if before > 0 && len(b.json) > batchBytes {
		b.json = b.json[:before]
		return false
	}
	b.events = append(b.events, e)
	return true
}

// write fills in the JSON form of events that are there already.
func (b *batch) write() {
	for i, e := range b.events {
		if i > 0 {
			b.json = append(b.json, ',')
		}
		b.json = e.AppendJSON(b.json)
	}
}

func (b *batch) first() uint64 { return b.events[0].Seq }
func (b *batch) last() uint64  { return b.events[len(b.events)-1].Seq }

// name gives the batch its id. The same events for the same subscriber have the same.
func (b *batch) name(s *Subscriber) {
	b.delivery = fmt.Sprintf("%s-%s-%d-%d", s.Name, strconv.FormatInt(s.Created.UnixMilli(), 36), b.first(), b.last())
}

// body is the batch as webhooks get it.
func (b *batch) body(subscriber string) []byte {
	body := make([]byte, 0, len(b.json)+128)
	body = fmt.Appendf(body, `{"subscriber":%q,"first":%d,"last":%d,"events":[`, subscriber, b.first(), b.last())
	body = append(body, b.json...)
	return append(body, "]}\n"...)
}
