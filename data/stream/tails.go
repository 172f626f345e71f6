package stream

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// tails say from where to where each log reached when they were written: a log that ends earlier has been cut. The
// ends are lower bounds, so they are neither synced nor missed when they are gone.
type tails struct {
	path string

	mu      sync.Mutex // guards all below
	spans   map[string]span
	written map[string]uint64 // the ends as they stand in the file
}

// A span is the oldest number of a log as it was opened, and the newest one acknowledged.
type span struct{ First, Last uint64 }

// tailsEvery is after how many messages of a log the file is written.
const tailsEvery = 1000

func readTails(path string) *tails {
	t := &tails{path: path, spans: map[string]span{}, written: map[string]uint64{}}
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &t.spans) != nil {
		clear(t.spans)
	}
	return t
}

// open compares what a log has with what it had. mayBegin tells whether retention explains that its beginning moved.
func (t *tails) open(name string, has span, mayBegin bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	had, known := t.spans[name]
	switch {
	case !known:
	case has.Last < had.Last:
		return fmt.Errorf("%w: it ends at message %d, and %d had been acknowledged", ErrDamaged, has.Last, had.Last)
	case has.First > had.First && !mayBegin:
		return fmt.Errorf("%w: messages %d to %d are gone", ErrDamaged, had.First, has.First-1)
	}
	t.spans[name], t.written[name] = has, has.Last
	return nil
}

// note takes the newest acknowledged number of a log.
func (t *tails) note(name string, last uint64) {
	t.mu.Lock()
	t.spans[name] = span{t.spans[name].First, last}
	due := last >= t.written[name]+tailsEvery
	t.mu.Unlock()
	if due {
		_ = t.write() // it is tried again with the next message
	}
}

func (t *tails) write() error {
	t.mu.Lock()
	data, err := json.Marshal(t.spans)
	if err == nil {
		for name, s := range t.spans {
			t.written[name] = s.Last
		}
	}
	t.mu.Unlock()
	if err != nil {
		return err
	}
	if err := os.WriteFile(t.path+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(t.path+".new", t.path)
}
