package live

import (
	"errors"
	"time"

	"github.com/wardmap/wardmap/spatial"
)

// longestUpload is how long after the end of a track reports of it are looked for.
const longestUpload = 24 * time.Hour

// errTrackEnds ends a replay.
var errTrackEnds = errors.New("the track ends here")

// Track visits what the devices of a unit reported with a fix in [from, to), in the order in which it arrived, and
// what became of it. replay hands over the entries of a journal from some time before from on; reports that
// arrived up to a day after to are found, later ones are not looked for.
func Track(u Unit, o Options, from, to spatial.Instant, replay func(visit func(entry []byte) error) error, visit func(Report, Verdict) error) error {
	p := NewPicture(o)
	u.State = Available // what stands in the journal was on duty then, whatever the unit does now
	p.PutUnit(u, from, nil)
	var e Entry
	var own []Report
	var verdicts []Verdict
	err := replay(func(entry []byte) error {
		if err := readEntry(entry, &e); err != nil {
			return err
		}
		if e.Now > to.Add(longestUpload) {
			return errTrackEnds
		}
		own = own[:0]
		for _, r := range e.Reports {
			if unit, ok := p.Speaks(r.Device); ok && unit == u.ID {
				own = append(own, r)
			}
		}
		verdicts, _ = p.Report(e.Now, own, verdicts[:0], nil)
		for i, r := range own {
			if r.Fix < from || r.Fix >= to {
				continue
			}
			if err := visit(r, verdicts[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errTrackEnds) {
		return nil
	}
	return err
}
