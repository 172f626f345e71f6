package nmea

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

const day = 24 * time.Hour

var errNoDate = errors.New("no RMC sentence has told the date")

// A Reader merges sentences of one device into reports. Set Device, then feed lines.
type Reader struct {
	Device string

	last spatial.Instant // of the newest report, to find the date of sentences that have none
	now  moment
	open bool // now holds something
}

// Line reads one line and appends the report that it completes, if any: a sentence of another time ends the moment
// before. Lines of other kinds and empty ones are passed over. After an error go on with the next line.
func (r *Reader) Line(line []byte, into []live.Report) ([]live.Report, error) {
	if len(line) > longest {
		return into, fmt.Errorf("a line has more than %d bytes", longest)
	}
	if len(line) == 0 || line[0] == '\r' || line[0] == '\n' || line[0] == '!' {
		return into, nil
	}
	s, err := parseSentence(line)
	if err != nil || !slices.Contains(talkers, s.talker) {
		return into, err
	}
	if s.kind == "VTG" {
		if r.open {
			err = r.now.velocity(s, 0, 4)
		}
		return into, err
	}
	if s.kind != "RMC" && s.kind != "GGA" && s.kind != "GNS" {
		return into, nil
	}
	clock, ok, err := clockOf(s.field(0))
	if err != nil || !ok {
		return into, err // a receiver that has just been switched on knows no time
	}
	if r.open && r.now.clock != clock {
		if into, err = r.Flush(into); err != nil {
			return into, err
		}
	}
	if !r.open {
		r.now = newMoment(clock)
	}
	err = r.now.merge(s)
	r.open = r.open || err == nil
	return into, err
}

var talkers = []string{"GP", "BD", "GB", "GN", "GL", "GA"}

// Waiting tells whether a moment is under way that Flush would end.
func (r *Reader) Waiting() bool { return r.open }

// Flush appends the report of the moment under way: nothing more of it will come.
func (r *Reader) Flush(into []live.Report) ([]live.Report, error) {
	if !r.open {
		return into, nil
	}
	r.open = false
	fix, err := r.fix()
	if err != nil {
		return into, err
	}
	r.last = fix
	return append(into, r.now.report(r.Device, fix)), nil
}

// fix is the time of the moment. Without an RMC of its own it lies within half a day of the one before.
func (r *Reader) fix() (spatial.Instant, error) {
	if !r.now.date.IsZero() {
		return spatial.InstantOf(r.now.date.Add(r.now.clock)), nil
	}
	if r.last == 0 {
		return 0, errNoDate
	}
	last := r.last.Time()
	t := last.Truncate(day).Add(r.now.clock)
	switch d := t.Sub(last); {
	case d < -day/2:
		t = t.Add(day)
	case d > day/2:
		t = t.Add(-day)
	}
	return spatial.InstantOf(t), nil
}
