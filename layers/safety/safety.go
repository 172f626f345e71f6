// Package safety is the rules of safety tracks, the only tracks of persons that the product keeps: with the written
// consent of the person or guardian, or for an open missing-person case. The grounds and how long they hold at most are
// compiled in; another ground is a change of the source. It is values and decisions: no clock, no files, no names of
// people. A person is known by a reference that is resolved elsewhere.
package safety

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/limits"
)

// A Ground is why somebody may be tracked.
type Ground string

// Grounds. There are no others.
const (
	Consent Ground = "consent" // written, by the person or a guardian; withdrawable at any time
	Missing Ground = "missing" // an open case of a missing person; renewable by a second person
)

// longest is how long a ground holds at most: a consent in all, a missing-person case without being renewed.
var longest = map[Ground]time.Duration{Consent: 90 * 24 * time.Hour, Missing: 72 * time.Hour}

// A Party is somebody who decides.
type Party struct {
	ID    string `json:"id"`  // of the account
	Org   string `json:"org"` // administrative or station code of the body that he decides for
	Admin bool   `json:"-"`   // administers the system: decides nothing here
}

// An Order is a safety track as it was asked for and decided.
type Order struct {
	Number    string    `json:"number"`    // given by the store
	Ground    Ground    `json:"ground"`    //
	Case      string    `json:"case"`      // number of the case
	Subject   string    `json:"subject"`   // reference of the person, resolved elsewhere
	Purpose   string    `json:"purpose"`   // why, in words
	Document  string    `json:"document"`  // SHA-256 of the written consent, or of the case's report, in hex
	Notice    bool      `json:"notice"`    // the person, or the guardian, was told; a missing person cannot be
	Device    string    `json:"device"`    // serial number of the device that is bound
	Start     time.Time `json:"start"`     //
	End       time.Time `json:"end"`       //
	Review    time.Time `json:"review"`    // when somebody asks whether it is still needed
	Viewers   []string  `json:"viewers"`   // ids of the accounts that may read it
	Zones     []Zone    `json:"zones"`     // at least one
	Requester Party     `json:"requester"` //
	Proposed  time.Time `json:"proposed"`

	Approver  Party     `json:"approver,omitzero"`
	Approved  time.Time `json:"approved,omitzero"`
	Renewals  []Renewal `json:"renewals,omitempty"`
	Withdrawn time.Time `json:"withdrawn,omitzero"`
	Why       string    `json:"withdrawn_why,omitempty"`
}

// A Renewal lengthens the track of a missing person.
type Renewal struct {
	By    Party     `json:"by"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
}

// A State of an order at a time.
type State string

// States. A track is written and read while it is Active, and at no other time.
const (
	Proposed State = "proposed"
	Waiting  State = "waiting" // approved, not begun
	Active   State = "active"
	Over     State = "over" // ended, withdrawn, or never approved in time
)

// State is the state at a time.
func (o *Order) State(at time.Time) State {
	switch {
	case !o.Withdrawn.IsZero() && !at.Before(o.Withdrawn), !at.Before(o.End):
		return Over
	case o.Approved.IsZero():
		return Proposed
	case at.Before(o.Start):
		return Waiting
	}
	return Active
}

// ErrRefused is a decision that the rules do not allow.
var ErrRefused = errors.New("the rules of safety tracks do not allow it")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

var hash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Check says everything that is missing or wrong in what somebody asks for.
func (o *Order) Check(now time.Time) layers.Problems {
	var ps layers.Problems
	add := func(place, format string, args ...any) {
		ps = append(ps, layers.Problem{Place: place, Message: fmt.Sprintf(format, args...)})
	}
	most, known := longest[o.Ground]
	if !known {
		add("ground", "%q is none of %s, %s: there are no other grounds", o.Ground, Consent, Missing)
	}
	for place, text := range map[string]string{"case": o.Case, "subject": o.Subject, "purpose": o.Purpose, "device": o.Device, "requester": o.Requester.ID, "requester.org": o.Requester.Org} {
		checkText(add, place, text)
	}
	if !hash.MatchString(o.Document) {
		add("document", "give the SHA-256 of the written consent, or of the report of the case, as 64 hexadecimal digits")
	}
	if o.Ground == Consent && !o.Notice {
		add("notice", "the person or guardian has to have been told")
	}
	checkTimes(add, o, most, now)
	checkViewers(add, o.Viewers)
	checkZones(add, o.Zones)
	slices.SortFunc(ps, func(a, b layers.Problem) int { return strings.Compare(a.Place, b.Place) })
	return ps
}

func checkText(add func(string, string, ...any), place, text string) {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	if n == 0 || n > 500 || !utf8.ValidString(text) {
		add(place, "it is missing, or longer than 500 characters")
		return
	}
	if b := limits.Value(text); b != nil {
		add(place, "%v", b)
	}
}

// mostViewers and mostZones bound an order. Each crossing of a zone keeps a precise place, so that many small zones
// would be a way around the cells that a consent is kept to.
const mostViewers, mostZones = 50, 12

func checkViewers(add func(string, string, ...any), viewers []string) {
	tooLong := func(id string) bool { return id == "" || len(id) > 100 }
	if len(viewers) == 0 || len(viewers) > mostViewers || slices.ContainsFunc(viewers, tooLong) {
		add("viewers", "name the accounts that may read it, at most %d", mostViewers)
	}
}

func checkZones(add func(string, string, ...any), zones []Zone) {
	if len(zones) == 0 || len(zones) > mostZones {
		add("zones", "give 1 to %d safe or danger areas", mostZones)
		return
	}
	for i, z := range zones {
		if err := z.check(); err != nil {
			add(fmt.Sprintf("zones[%d]", i), "%v", err)
		}
	}
}

// checkTimes holds an order within what its ground allows.
func checkTimes(add func(string, string, ...any), o *Order, most time.Duration, now time.Time) {
	switch {
	case o.Start.IsZero() || o.End.IsZero() || !o.Start.Before(o.End):
		add("end", "give a start and a later end")
	case most > 0 && o.End.Sub(o.Start) > most:
		add("end", "for the ground %s it is at most %v after the start", o.Ground, most)
	case !o.End.After(now):
		add("end", "it is past")
	case o.Start.After(now.Add(7 * 24 * time.Hour)):
		add("start", "it is more than a week ahead: ask when it is needed")
	}
	if o.Review.IsZero() || o.Review.Before(o.Start) || o.Review.After(o.End) {
		add("review", "give a time between start and end at which somebody asks whether it is still needed")
	}
}

// Approve is the order approved by a second person, of another body.
func (o Order) Approve(by Party, now time.Time) (Order, error) {
	switch {
	case by.Admin:
		return o, refuse("who administers the system approves nothing")
	case o.State(now) != Proposed:
		return o, refuse("it is %s, not %s", o.State(now), Proposed)
	case by.ID == "" || by.ID == o.Requester.ID:
		return o, refuse("who asked cannot approve")
	case by.Org == "" || by.Org == o.Requester.Org:
		return o, refuse("who approves is of another body than who asked")
	}
	o.Approver, o.Approved = by, now
	return o, nil
}

// Renew lengthens the track of a missing person by at most 72 hours from now. Who renews is neither who asked nor who
// decided last, and of another body than who asked.
func (o Order) Renew(by Party, until, now time.Time) (Order, error) {
	last := o.Approver.ID
	if n := len(o.Renewals); n > 0 {
		last = o.Renewals[n-1].By.ID
	}
	switch {
	case o.Ground != Missing:
		return o, refuse("only the track of a missing person is renewed; a consent is given anew")
	case by.Admin:
		return o, refuse("who administers the system decides nothing")
	case o.State(now) != Active:
		return o, refuse("it is %s, not %s", o.State(now), Active)
	case by.ID == "" || by.ID == o.Requester.ID || by.ID == last:
		return o, refuse("who renews is neither who asked nor who decided last")
	case by.Org == "" || by.Org == o.Requester.Org:
		return o, refuse("who renews is of another body than who asked")
	case !until.After(o.End) || until.Sub(now) > longest[Missing]:
		return o, refuse("the new end is after %s and at most %v from now", o.End.Format(time.RFC3339), longest[Missing])
	}
	o.Renewals = append(slices.Clone(o.Renewals), Renewal{by, now, until})
	o.End = until
	return o, nil
}

// Withdraw ends the order at once: the consent was withdrawn, or the case is closed.
func (o Order) Withdraw(why string, now time.Time) (Order, error) {
	if o.State(now) == Over {
		return o, refuse("it is over")
	}
	o.Withdrawn, o.Why = now, why
	return o, nil
}

// early is by how much the clock of a device may be ahead.
const early = time.Minute

// Admit says why nothing of a fix may be kept, or "" when it may: it needs a ground now and at the time of the fix. What
// a device saved up before somebody approved is nobody's to have. Times of fixes are in milliseconds.
func (o *Order) Admit(f Fix, now time.Time) (why string) {
	switch {
	case o.State(now) != Active:
		return "no active ground"
	case !onEarth(f.Point):
		return "not a place"
	case f.At.Before(o.Start) || f.At.Before(o.Approved.Truncate(time.Millisecond)) || !f.At.Before(o.End):
		return "no ground at the time of the fix"
	case f.At.After(now.Add(early)):
		return "from the future"
	}
	return ""
}

// MayRead tells whether somebody may read the order: one of those named, while it is active.
func (o *Order) MayRead(who string, now time.Time) bool {
	return who != "" && o.State(now) == Active && slices.Contains(o.Viewers, who)
}
