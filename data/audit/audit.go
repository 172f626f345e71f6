// Package audit keeps who did what: an append-only log of records, each a line of JSON, over which a Merkle tree grows
// (RFC 6962, as in golang.org/x/mod/sumdb/tlog). Its root is signed again and again; a signed root that somebody else
// keeps, a witness, proves later what the log held then. A record is durable when Append returns. Verify names the
// first record that is not as it was. The log holds neither names of people nor places.
package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Record is one deed. Only Seq and At are set by the log.
type Record struct {
	Seq     int64    `json:"seq"` // from 0, without gaps
	At      int64    `json:"at"`  // ms since 1970; never earlier than the record before
	Back    int64    `json:"clock_back_ms,omitempty"`
	Actor   string   `json:"actor"` // id of the account, key or device; "" is nobody, "system" the program itself
	Kind    string   `json:"kind,omitempty"`
	Roles   []string `json:"roles,omitempty"`
	Action  Action   `json:"action"`
	Layer   string   `json:"layer,omitempty"` // what it is about, as far as it is one thing
	ID      string   `json:"id,omitempty"`
	Route   string   `json:"route,omitempty"`   // method and path, with names for what varies
	Purpose string   `json:"purpose,omitempty"` // in the words of who asked
	Case    string   `json:"case,omitempty"`
	From    string   `json:"from,omitempty"` // network address
	Request string   `json:"request,omitempty"`
	Outcome Outcome  `json:"outcome"`
	Status  int      `json:"status,omitempty"` // of the answer, in HTTP
	Count   int      `json:"count,omitempty"`  // of results
	Reason  string   `json:"reason,omitempty"` // a code, for refusals
}

// An Action is what was done.
type Action string

// Actions that are kept. There are no others.
const (
	SignIn  Action = "sign-in"
	SignOut Action = "sign-out"
	Refuse  Action = "refuse"
	Read    Action = "read" // of what is restricted
	Edit    Action = "edit"
	Export  Action = "export"
	Admin   Action = "admin"
	ReadLog Action = "read-log"
	Clock   Action = "clock" // the clock was set back
	Start   Action = "start" // the log was opened
)

var actions = []Action{SignIn, SignOut, Refuse, Read, Edit, Export, Admin, ReadLog, Clock, Start}

// An Outcome is what became of it.
type Outcome string

// Outcomes. Begun is written before the deed: there may be no other record of how it ended.
const (
	OK      Outcome = "ok"
	Begun   Outcome = "begun"
	Refused Outcome = "refused"
	Failed  Outcome = "failed"
)

var outcomes = []Outcome{OK, Begun, Refused, Failed}

// ErrRecord is a record that the log does not take.
var ErrRecord = errors.New("not a record of the audit log")

// maxText bounds each text of a record in bytes.
const maxText = 1000

// check says what is wrong with a record.
func (r *Record) check() error {
	if !slices.Contains(actions, r.Action) {
		return fmt.Errorf("%w: action %q", ErrRecord, r.Action)
	}
	if !slices.Contains(outcomes, r.Outcome) {
		return fmt.Errorf("%w: outcome %q", ErrRecord, r.Outcome)
	}
	for _, text := range []string{r.Actor, r.Kind, r.Layer, r.ID, r.Route, r.Purpose, r.Case, r.From, r.Request, r.Reason} {
		if len(text) > maxText || !utf8.ValidString(text) {
			return fmt.Errorf("%w: a text of %d bytes, or one that is not UTF-8", ErrRecord, len(text))
		}
	}
	return nil
}

// What must not stand in the words of people: a pair of coordinates, and an identity-card number.
var (
	coordinates = regexp.MustCompile(`-?\d{1,3}\.\d{3,}\s*[,;/，\s]\s*-?\d{1,3}\.\d{3,}`)
	identity    = regexp.MustCompile(`\b\d{17}[\dXx]\b`)
)

// redacted is the record without places and numbers of people in what people wrote.
func (r Record) redacted() Record {
	for _, text := range []*string{&r.Purpose, &r.Case, &r.ID} {
		if strings.ContainsAny(*text, "0123456789") {
			*text = identity.ReplaceAllString(coordinates.ReplaceAllString(*text, "[…]"), "[…]")
		}
	}
	return r
}

// line is the record as it is kept and hashed, without the end of the line.
func (r *Record) line() ([]byte, error) { return json.Marshal(r) }

// ParseRecord reads a line of the log.
func ParseRecord(line []byte) (r Record, err error) {
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return r, r.check()
}

// head reads number and time of a line that the log wrote, without reading the rest.
func head(line []byte) (seq, at int64, ok bool) {
	_, err := fmt.Sscanf(string(line[:min(len(line), 60)]), `{"seq":%d,"at":%d,`, &seq, &at)
	return seq, at, err == nil
}

// Time is when it was.
func (r *Record) Time() time.Time { return time.UnixMilli(r.At).UTC() }
