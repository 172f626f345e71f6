// Package ingest is what the doors for positions have in common: MQTT, JT/T 808, NMEA lines and GTFS-RT feeds live
// in its subpackages. Every door reads reports, hands them to one Submit, and acknowledges them to the device only
// when Submit has returned without error: by then they survive loss of power. A door decides who may speak and what
// its bytes mean. What a report is worth is decided behind Submit.
package ingest

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/wardmap/wardmap/spatial/live"
)

// Submit makes reports durable, then says what became of each. After an error nothing is known of them, and the
// device must send them again. It is safe for concurrent use and gathers what comes at the same time.
type Submit func(ctx context.Context, rs []live.Report) ([]live.Verdict, error)

// Known tells whether a device is registered as the organisation's own. It is safe for concurrent use.
type Known func(device string) bool

// Counts are what a door has seen since it was made. Received = Accepted + all of Refused + Failed, when nothing is
// under way.
type Counts struct {
	Received  uint64                  // reports that could be read
	Accepted  uint64                  // of them: moved a unit
	Refused   map[live.Verdict]uint64 // of them: kept or not, with a reason
	Failed    uint64                  // of them: not durable, so not acknowledged
	Bad       uint64                  // frames, messages or sentences that could not be read
	Strangers uint64                  // turned away: devices that are not known, or speak for another one
	Full      uint64                  // turned away: connections above the limit
	Open      int64                   // connections that are open now
}

// A Tally counts for one door. Its zero value is ready; all methods are safe for concurrent use.
type Tally struct {
	received, failed, bad, strangers, full atomic.Uint64
	open                                   atomic.Int64
	verdicts                               [16]atomic.Uint64
}

// mostAtOnce is how many reports are submitted at once; a door may hand over more.
const mostAtOnce = 10_000

// Of is submit with its reports and verdicts counted, in as many portions as it takes. It gives one verdict per
// report, or an error: then some of the reports may be durable, and nobody is told so.
func (t *Tally) Of(submit Submit) Submit {
	return func(ctx context.Context, rs []live.Report) (all []live.Verdict, err error) {
		t.received.Add(uint64(len(rs)))
		for portion := range slices.Chunk(rs, mostAtOnce) {
			verdicts, err := submit(ctx, portion)
			if err == nil && len(verdicts) != len(portion) {
				err = fmt.Errorf("%d reports got %d verdicts", len(portion), len(verdicts))
			}
			if err != nil {
				t.failed.Add(uint64(len(rs) - len(all)))
				return nil, err
			}
			for _, v := range verdicts {
				t.verdicts[int(v)%len(t.verdicts)].Add(1)
			}
			if all == nil {
				all = slices.Clip(verdicts) // what lies behind them is not ours
				continue
			}
			all = append(all, verdicts...)
		}
		return all, nil
	}
}

// Bad counts something that could not be read.
func (t *Tally) Bad() { t.bad.Add(1) }

// Stranger counts somebody who was turned away.
func (t *Tally) Stranger() { t.strangers.Add(1) }

// Counts are the numbers of this moment.
func (t *Tally) Counts() Counts {
	c := Counts{
		Received: t.received.Load(), Accepted: t.verdicts[live.Accepted].Load(), Refused: map[live.Verdict]uint64{}, Failed: t.failed.Load(),
		Bad: t.bad.Load(), Strangers: t.strangers.Load(), Full: t.full.Load(), Open: t.open.Load(),
	}
	for v := range t.verdicts {
		if n := t.verdicts[v].Load(); n > 0 && live.Verdict(v) != live.Accepted {
			c.Refused[live.Verdict(v)] = n
		}
	}
	return c
}

// Unregistered tells whether nothing of a message was kept, because its device is nobody's: the sender must hear of
// it. An empty message was kept.
func Unregistered(verdicts []live.Verdict) bool {
	for _, v := range verdicts {
		if v != live.Unregistered {
			return false
		}
	}
	return len(verdicts) > 0
}
