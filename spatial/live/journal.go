package live

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// A Journal is the durable log that a picture can be rebuilt from: entries in their order, numbered by growing
// numbers. Implementations are safe for concurrent use.
type Journal interface {
	// Append returns when the entry survives kill -9 and loss of power.
	Append(ctx context.Context, entry []byte) (number uint64, err error)
	// Replay visits the entries after a number in their order, up to the end as it was at the call. The entry is
	// the visitor's only until it returns.
	Replay(ctx context.Context, after uint64, visit func(number uint64, entry []byte) error) error
}

// An Outbox keeps events for those who read them later. Implementations are safe for concurrent use.
type Outbox interface {
	// Append returns when the events survive kill -9. through is the journal's entry that they came from: all
	// events of it and of the entries before it are in the outbox then. events is nil when an entry gave none.
	Append(ctx context.Context, events []Event, through uint64) error
	// Last is the number of the newest event and the entry that it came from; both 0 when there is none.
	Last(ctx context.Context) (seq, through uint64, err error)
}

// An Entry is what happens to a picture at one moment, in this order: time passes until Now, units and fences
// are put and removed, states are set, reports come in. The same entries in the same order give the same picture
// and the same events.
type Entry struct {
	Now        spatial.Instant  `json:"-"`
	Units      []Unit           `json:"units,omitempty"`
	UnitsGone  []string         `json:"units_gone,omitempty"`
	Fences     []*fence.Fence   `json:"fences,omitempty"`
	FencesGone []string         `json:"fences_gone,omitempty"`
	States     map[string]State `json:"states,omitempty"`
	Reports    []Report         `json:"-"`
}

// take brings an entry into the picture and appends what became of its reports, and the events. What the picture
// refuses is left out, always in the same way, and named by the error.
func (p *Picture) take(e *Entry, verdicts []Verdict, events []Event) (_ []Verdict, _ []Event, wrong error) {
	events = p.Advance(e.Now, events)
	for _, id := range e.UnitsGone {
		events = p.RemoveUnit(id, e.Now, events)
	}
	for _, u := range e.Units {
		events = p.PutUnit(u, e.Now, events)
	}
	for _, id := range e.FencesGone {
		events = p.RemoveFence(id, e.Now, events)
	}
	for _, f := range e.Fences {
		var err error
		events, err = p.PutFence(f, e.Now, events)
		wrong = errors.Join(wrong, err)
	}
	for _, id := range slices.Sorted(maps.Keys(e.States)) {
		wrong = errors.Join(wrong, p.SetState(id, e.States[id], e.Now))
	}
	if len(e.Reports) > 0 {
		verdicts, events = p.Report(e.Now, e.Reports, verdicts, events)
	}
	return verdicts, events, wrong
}

// An entry on disk: "WMJ1", the instant, the length of the JSON part and the part (absent when it is empty),
// then the reports in their compact form (absent when there are none).
const journalMagic = "WMJ1"

var errJournal = errors.New("the journal holds an entry that is not readable")

func appendEntry(dst []byte, e *Entry) ([]byte, error) {
	dst = append(dst, journalMagic...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(e.Now))
	var rare []byte
	if len(e.Units)+len(e.UnitsGone)+len(e.Fences)+len(e.FencesGone)+len(e.States) > 0 {
		var err error
		if rare, err = json.Marshal(e); err != nil {
			return dst, fmt.Errorf("write a journal entry: %w", err)
		}
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(rare)))
	dst = append(dst, rare...)
	if len(e.Reports) > 0 {
		dst = AppendReports(dst, e.Reports)
	}
	return dst, nil
}

// readEntry reads what appendEntry wrote. The reports are appended to e.Reports[:0].
func readEntry(data []byte, e *Entry) error {
	reports := e.Reports[:0]
	*e = Entry{}
	if len(data) < 16 || string(data[:4]) != journalMagic {
		return fmt.Errorf("%w: it does not begin as one", errJournal)
	}
	e.Now = spatial.Instant(binary.LittleEndian.Uint64(data[4:]))
	n := binary.LittleEndian.Uint32(data[12:])
	data = data[16:]
	if uint64(n) > uint64(len(data)) {
		return fmt.Errorf("%w: it is cut", errJournal)
	}
	if n > 0 {
		if err := json.Unmarshal(data[:n], e); err != nil {
			return fmt.Errorf("%w: %w", errJournal, err)
		}
	}
	if data = data[n:]; len(data) > 0 {
		var err error
		if reports, err = DecodeReports(data, reports); err != nil {
			return fmt.Errorf("%w: %w", errJournal, err)
		}
	}
	e.Reports = reports
	return nil
}
