package stream

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// tails say how far each log had reached when they were written: a log that ends earlier has been cut. They are a
// lower bound, so they are neither synced nor missed when they are gone.
type tails struct {
	path string

	mu      sync.Mutex // guards all below
	last    map[string]uint64
	written map[string]uint64
}

// tailsEvery is after how many messages of a log its tail is written.
const tailsEvery = 1000

func readTails(path string) *tails {
	t := &tails{path: path, last: map[string]uint64{}, written: map[string]uint64{}}
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &t.last) != nil {
		clear(t.last)
	}
	return t
}

// check says whether a log that ends at last ends too early.
func (t *tails) check(name string, last uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if had := t.last[name]; last < had {
		return fmt.Errorf("%w: it ends at message %d, and %d had been acknowledged", ErrDamaged, last, had)
	}
	t.last[name], t.written[name] = last, last
	return nil
}

// note takes the newest acknowledged number of a log.
func (t *tails) note(name string, last uint64) {
	t.mu.Lock()
	t.last[name] = last
	due := last >= t.written[name]+tailsEvery
	t.mu.Unlock()
	if due {
		_ = t.write() // it is tried again with the next message
	}
}

func (t *tails) write() error {
	t.mu.Lock()
	data, err := json.Marshal(t.last)
	if err == nil {
		for name, last := range t.last {
			t.written[name] = last
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
