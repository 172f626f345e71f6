package gather

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/wardmap/wardmap/data/wholefile"
)

// A State is what is remembered of a source between its runs.
type State struct {
	Known    time.Time        `json:"known"`              // when it was first seen
	Asked    time.Time        `json:"asked,omitzero"`     // when its last run began
	Heard    time.Time        `json:"heard,omitzero"`     // when it last delivered, or said that nothing is new
	Failures int              `json:"failures,omitempty"` // in a row
	Failing  time.Time        `json:"failing,omitzero"`   // when the first of them was
	Why      string           `json:"why,omitempty"`      // of the last of them
	Number   int64            `json:"number"`             // of the newest run
	Begun    *Run             `json:"begun,omitempty"`    // a run that has not ended: it goes on, or was broken off
	Runs     []Run            `json:"runs"`               // the newest first
	Files    map[string]Taken `json:"files,omitempty"`    // folder: what is known of each file
	Tag      string           `json:"tag,omitempty"`      // http: what the server said of the state that is in
	Modified string           `json:"modified,omitempty"`
	SHA256   string           `json:"sha256,omitempty"`  // http: of that state
	Settled  map[string]int64 `json:"settled,omitempty"` // records that were corrected and replayed -> number of that run
}

// A Taken is a file that was read, well or not.
type Taken struct {
	Bytes    int64     `json:"bytes"`
	Modified time.Time `json:"modified"`
	SHA256   string    `json:"sha256"`
	Run      int64     `json:"run"`
	Problem  string    `json:"problem,omitempty"`
}

// A Run is the report of one run: where the data come from and what became of them.
type Run struct {
	Number     int64            `json:"number"`
	Cause      string           `json:"cause"` // schedule, hand, replay
	Started    time.Time        `json:"started"`
	Ended      time.Time        `json:"ended,omitzero"`
	From       string           `json:"from"` // name of the file, or host of the address
	Bytes      int64            `json:"bytes"`
	SHA256     string           `json:"sha256,omitempty"`
	Taken      int64            `json:"taken"` // Changed + Unchanged + Rejected + Restricted + Duplicates
	Changed    int64            `json:"changed"`
	Unchanged  int64            `json:"unchanged"`
	Rejected   int64            `json:"rejected"`   // and may be corrected
	Restricted int64            `json:"restricted"` // say what no layer may hold, and are kept nowhere
	Duplicates int64            `json:"duplicates"`
	Expired    int64            `json:"expired"`               // were there and are no longer delivered
	Quarantine int              `json:"quarantine"`            // records in quarantine afterwards
	Uncounted  int64            `json:"not_kept,omitempty"`    // rejected ones for which the quarantine had no room
	Corrected  int64            `json:"corrected,omitempty"`   // rejected ones that were corrected here before: what was replayed stays
	Reasons    map[string]int64 `json:"reasons,omitempty"`     // of rejects, without their values
	Missing    map[string]int64 `json:"missing,omitempty"`     // property that the source fills -> features without it
	LeftOut    map[string]int64 `json:"left_out,omitempty"`    // fields that the layer does not have -> values
	Notes      map[string]int64 `json:"notes,omitempty"`       // what else was changed
	Newest     time.Time        `json:"newest,omitzero"`       // of the records, by the property that Definition.Newest names
	Problem    string           `json:"problem,omitempty"`     // why it failed
	NotExpired string           `json:"not_expired,omitempty"` // why nothing was taken to have vanished
}

const (
	keptRuns    = 30
	keptSettled = 10_000
	keptReasons = 50
)

// ended puts a run at the head of the reports.
func (st *State) ended(r Run) {
	st.Begun = nil
	st.Runs = slices.Insert(st.Runs, 0, r)
	st.Runs = st.Runs[:min(len(st.Runs), keptRuns)]
}

// failed counts a failure.
func (st *State) failed(why string, now time.Time) {
	if st.Failures == 0 {
		st.Failing = now
	}
	st.Failures++
	st.Why = why
}

// delivered ends a row of failures.
func (st *State) delivered(now time.Time) {
	st.Failures, st.Failing, st.Why, st.Heard = 0, time.Time{}, "", now
}

// readState reads what is remembered of a source; of a new one, nothing.
func readState(path string) (*State, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &State{}, nil
	}
	if err != nil {
		return nil, err
	}
	st := &State{}
	if err := json.Unmarshal(data, st); err != nil {
		return nil, fmt.Errorf("%s: %w; move it away to begin anew: what is in the layer stays", filepath.Base(path), err)
	}
	return st, nil
}

func (st *State) write(path string) error {
	data, err := json.MarshalIndent(st, "", " ")
	if err != nil {
		return err
	}
	return wholefile.Write(path, data)
}
