package stream

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// tails say how far each log had reached when they were written: one that ends earlier has been cut. They are lower
// bounds, so they need no sync and are not missed when they are gone. Only what was noted at rest is exact.
type tails struct {
	path string

	mu      sync.Mutex // guards all below
	spans   map[string]span
	written map[string]uint64 // the ends as they stand in the file
}

// A span is what a stream holds: its oldest and newest number, and how many messages there are.
type span struct {
	First, Last, Count uint64
	AtRest             bool `json:",omitempty"` // it was noted as the stream was closed, and is exact
}

// tailsEvery is after how many messages of a stream the file is written.
const tailsEvery = 1000

func readTails(path string) *tails {
	t := &tails{path: path, spans: map[string]span{}, written: map[string]uint64{}}
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &t.spans) != nil {
		clear(t.spans)
	}
	return t
}

// open compares what a stream has with what it had. mayBegin tells whether its beginning may have moved.
func (t *tails) open(name string, has span, mayBegin bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	had, known := t.spans[name]
	wrong := ""
	switch {
	case !known:
	case has.Last < had.Last:
		wrong = fmt.Sprintf("it ends at message %d, and %d had been acknowledged", has.Last, had.Last)
	case has.First > had.First && !mayBegin:
		wrong = fmt.Sprintf("messages %d to %d are gone", had.First, has.First-1)
	case has.First < had.First || had.AtRest && has.First == had.First && has.Count != had.Count:
		wrong = fmt.Sprintf("it holds %d messages from %d on, and it was left with %d from %d on", has.Count, has.First, had.Count, had.First)
	}
	if wrong != "" {
		return fmt.Errorf("%w: %s (to go on with what is left, remove %s)", ErrDamaged, wrong, t.path)
	}
	t.spans[name], t.written[name] = has, has.Last
	return nil
}

// atRest tells whether what is known of a stream is exact.
func (t *tails) atRest(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.spans[name].AtRest
}

// note takes the newest acknowledged number of a stream.
func (t *tails) note(name string, last uint64) {
	if t == nil { // an outside server keeps its own books
		return
	}
	t.mu.Lock()
	s := t.spans[name]
	s.Last = last
	t.spans[name] = s
	due := last >= t.written[name]+tailsEvery
	t.mu.Unlock()
	if due {
		_ = t.write(false) // it is tried again with the next message
	}
}

// rest takes what a stream holds as it is closed.
func (t *tails) rest(name string, has span) {
	has.AtRest = true
	t.mu.Lock()
	t.spans[name] = has
	t.mu.Unlock()
}

// write replaces the file. Synced, nothing that was noted at rest outlives the writes that follow.
func (t *tails) write(synced bool) error {
	t.mu.Lock()
	data, err := json.Marshal(t.spans)
	for name, s := range t.spans {
		t.written[name] = s.Last
	}
	t.mu.Unlock()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(t.path), filepath.Base(t.path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(data)
	if err == nil && synced {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), t.path)
}
