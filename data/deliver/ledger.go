package deliver

import (
	"slices"
	"time"

	"github.com/wardmap/wardmap/spatial/live"
)

// Counters balance: Produced = Delivered + Pending + Dead, and Seen - Since = Produced + Skipped + Lost.
type Counters struct {
	Produced  uint64 // events that the subscriber wants
	Delivered uint64
	Pending   uint64 // not delivered yet, dead letters that are sent again included
	Dead      uint64 // given up, dropped ones included
	Dropped   uint64 // of Dead: no longer kept, because there were too many or they were discarded
	Skipped   uint64 // events that it does not want
	Lost      uint64 // events that the outbox no longer kept when they were due, wanted or not
	Since     uint64 // number of the newest event when it subscribed
	Seen      uint64 // number of the newest event that is counted here
}

// A ledger says what became of each event since the subscriber is one. Up to Cursor all is settled and goes into
// the keep; what is known of the events behind it, the tail, is counted again after a restart.
type ledger struct {
	Subscriber Subscriber
	Since      uint64
	Cursor     uint64
	Delivered  uint64
	Dropped    uint64
	Skipped    uint64
	Lost       uint64
	Flight     uint64    // last number of the batch under way, so that it is the same after kill -9; 0 is none
	Failing    time.Time // since when each attempt has failed; zero when the last one did not
	Letters    []entry   // dead letters that are kept, in the order of their death

	tail tail
}

// A tail is what is known of the events behind the cursor, up to seen.
type tail struct{ seen, pending, skipped, lost uint64 }

// An entry is a dead letter in the books. Its events lie in a blob of their own.
type entry struct {
	Delivery string
	Events   uint64
	Again    bool // it is being sent again
}

// counters is the state of the books.
func (l *ledger) counters() Counters {
	c := Counters{
		Delivered: l.Delivered, Pending: l.tail.pending, Dead: l.Dropped, Dropped: l.Dropped,
		Skipped: l.Skipped + l.tail.skipped, Lost: l.Lost + l.tail.lost, Since: l.Since, Seen: l.tail.seen,
	}
	for _, e := range l.Letters {
		if e.Again {
			c.Pending += e.Events
		} else {
			c.Dead += e.Events
		}
	}
	c.Produced = c.Delivered + c.Pending + c.Dead
	return c
}

// open makes a ledger ready after it was read, or after what the subscriber wants has changed.
func (l *ledger) open() { l.tail = tail{seen: l.Cursor} }

// change makes it the ledger of another subscriber of the same name and birth.
func (l *ledger) change(s Subscriber) {
	s.Created = l.Subscriber.Created
	if !l.Subscriber.same(&s) {
		l.Flight = 0
		l.open()
	}
	l.Subscriber = s
}

// see counts events behind the tail. Those that are in it already are passed over.
func (l *ledger) see(events []live.Event) {
	for i := range events {
		switch e := &events[i]; {
		case e.Seq != l.tail.seen+1:
			continue
		case l.Subscriber.wants(e):
			l.tail.pending++
		default:
			l.tail.skipped++
		}
		l.tail.seen++
	}
}

// miss counts the events before oldest, as far as they are behind the tail, as lost.
func (l *ledger) miss(oldest uint64) {
	if oldest > l.tail.seen+1 {
		l.tail.lost += oldest - 1 - l.tail.seen
		l.tail.seen = oldest - 1
	}
}

// pass moves the cursor over events up to a number: wanted of them are what the caller counts, the others are skipped.
func (l *ledger) pass(to, wanted uint64) {
	if to <= l.Cursor {
		return
	}
	skipped := to - l.Cursor - wanted
	l.Skipped += skipped
	l.Cursor = to
	if l.tail.seen <= to {
		l.open()
		return
	}
	l.tail.pending -= wanted
	l.tail.skipped -= skipped
}

// lose moves the cursor to the oldest event that is kept, and returns how many are lost. What was known of the
// events between is forgotten: the tail is counted anew.
func (l *ledger) lose(oldest uint64) uint64 {
	if oldest <= l.Cursor+1 {
		return 0
	}
	n := oldest - 1 - l.Cursor
	l.Lost += n
	l.Cursor, l.Flight = oldest-1, 0
	l.open()
	return n
}

// rewind takes up an outbox that has begun anew and ends before the cursor. Since moves so that the books balance.
func (l *ledger) rewind(newest uint64) {
	l.Since -= l.Cursor - newest // counts modulo 2^64, like all of them
	l.Cursor, l.Flight = newest, 0
	l.open()
}

// bury books a batch as a dead letter, and returns the one that is dropped for it when there are more than most.
func (l *ledger) bury(delivery string, events uint64, most int) (dropped string) {
	if i := l.letter(delivery); i >= 0 { // sent again, and dead again
		l.Letters[i].Again = false
		return ""
	}
	l.Letters = append(l.Letters, entry{Delivery: delivery, Events: events})
	i := slices.IndexFunc(l.Letters, func(e entry) bool { return !e.Again })
	if len(l.Letters) <= most || i < 0 {
		return ""
	}
	dropped = l.Letters[i].Delivery
	l.drop(i)
	return dropped
}

// drop takes a letter out of the books: it stays dead, and is no longer kept.
func (l *ledger) drop(i int) {
	l.Dropped += l.Letters[i].Events
	l.Letters = slices.Delete(l.Letters, i, i+1)
}

// revive books a letter that has been sent again as delivered.
func (l *ledger) revive(delivery string) {
	if i := l.letter(delivery); i >= 0 {
		l.Delivered += l.Letters[i].Events
		l.Letters = slices.Delete(l.Letters, i, i+1)
	}
}

func (l *ledger) letter(delivery string) int {
	return slices.IndexFunc(l.Letters, func(e entry) bool { return e.Delivery == delivery })
}
