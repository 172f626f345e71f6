package layers

import (
	"fmt"
	"slices"
	"time"

	"github.com/wardmap/wardmap/spatial"
)

// A Flow says through which states the features of a layer go: incidents from call to close, orders from fault to
// mended. An Editor lets through only its steps, writes down when each was taken, and keeps the clock of deadlines:
// Since, Times, Late and Pause.Spent name properties that are the editor's. What others write into them is not taken,
// except from an importer, which brings times of its own.
type Flow struct {
	Property  string              `yaml:"property" json:"property"`                       // text property with the state; its values are the states
	Begin     []string            `yaml:"begin,omitempty" json:"begin,omitempty"`         // states of new features; any when unset
	Steps     map[string][]string `yaml:"steps" json:"steps"`                             // the states that may follow a state; none follow one that is not named
	Needs     map[string][]string `yaml:"needs,omitempty" json:"needs,omitempty"`         // properties without which a feature cannot come into a state
	Since     string              `yaml:"since,omitempty" json:"since,omitempty"`         // time property: when it came into its state
	Times     map[string]string   `yaml:"times,omitempty" json:"times,omitempty"`         // by state, the time property that keeps when it came there last
	Deadlines []Deadline          `yaml:"deadlines,omitempty" json:"deadlines,omitempty"` // the first with the state of a feature counts
	Late      string              `yaml:"late,omitempty" json:"late,omitempty"`           // boolean property: its deadline has passed
	Pause     *Pause              `yaml:"pause,omitempty" json:"pause,omitempty"`         // a state in which clocks stand still
	Crew      *Crew               `yaml:"crew,omitempty" json:"crew,omitempty"`           // the units at work move it
}

// A Deadline limits how long features may stay in some states.
type Deadline struct {
	States []string        `yaml:"states" json:"states"`
	From   string          `yaml:"from,omitempty" json:"from,omitempty"`     // time property that it counts from; when the feature came into its state when unset
	By     string          `yaml:"by,omitempty" json:"by,omitempty"`         // text property that decides how long
	Within map[string]Span `yaml:"within,omitempty" json:"within,omitempty"` // by its values
	Else   Span            `yaml:"else,omitempty" json:"else,omitempty"`     // for all others; 0 is no limit
}

// A Pause is a state in which the clock of deadlines stands still, as while spare parts are awaited.
type Pause struct {
	State string `yaml:"state" json:"state"`
	Spent string `yaml:"spent" json:"spent"` // integer property: seconds that a feature has spent in it
}

// A Crew ties the units of the live picture to a flow: who is called goes into a state, and what a unit says that it does
// moves the feature that it works on.
type Crew struct {
	Property string            `yaml:"property" json:"property"` // text property: ids of the units at work, with commas
	Called   string            `yaml:"called" json:"called"`     // state that units are in once they are named
	Moves    map[string]string `yaml:"moves" json:"moves"`       // by state of a unit, the state that its feature comes into, where that is a step
	Freed    string            `yaml:"freed" json:"freed"`       // state of units that are no longer named, or whose feature is in its last state
}

// A Span is a duration that definitions write as 90s, 5m or 72h.
type Span time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no span of time: write it as 90s, 5m or 72h", text)
	}
	*s = Span(d)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (s Span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// Due is until when a feature may stay in its state; ok is false where nothing limits it.
func (l Layer) Due(f spatial.Feature) (due time.Time, ok bool) {
	w := l.Flow
	if w == nil {
		return time.Time{}, false
	}
	state := textOf(&f, w.Property)
	for _, d := range w.Deadlines {
		if !slices.Contains(d.States, state) {
			continue
		}
		from := d.From
		if from == "" {
			from = w.Since
		}
		begun, there := timeOf(f, from)
		span, limited := d.Within[textOf(&f, d.By)]
		if !limited {
			span = d.Else
		}
		if !there || span == 0 {
			return time.Time{}, false
		}
		due = begun.Add(time.Duration(span))
		if w.Pause != nil && d.From != "" {
			due = due.Add(time.Duration(wholeOf(f, w.Pause.Spent)) * time.Second)
		}
		return due, true
	}
	return time.Time{}, false
}

// Ended tells whether a feature has come to the end of its flow: nothing comes after its state. One in no state has ended
// too, and without a flow none has.
func (l Layer) Ended(f spatial.Feature) bool {
	return l.Flow != nil && len(l.Flow.Steps[textOf(&f, l.Flow.Property)]) == 0
}

// Since is when a feature came into its state, as far as its flow keeps that.
func (l Layer) Since(f spatial.Feature) (time.Time, bool) {
	if l.Flow == nil {
		return time.Time{}, false
	}
	return timeOf(f, l.Flow.Since)
}

// IsLate tells whether a feature is known to have missed its deadline.
func (l Layer) IsLate(f spatial.Feature) bool {
	late, _ := f.Properties[l.lateProperty()].(bool)
	return late
}

func (l Layer) lateProperty() string {
	if l.Flow == nil {
		return ""
	}
	return l.Flow.Late
}

// kept are the properties that an editor writes.
func (w *Flow) kept() []string {
	out := []string{w.Since, w.Late}
	for _, name := range w.Times {
		out = append(out, name)
	}
	if w.Pause != nil {
		out = append(out, w.Pause.Spent)
	}
	return slices.DeleteFunc(out, func(name string) bool { return name == "" })
}

func timeOf(f spatial.Feature, property string) (time.Time, bool) {
	text, _ := f.Properties[property].(string)
	t, err := time.Parse(time.RFC3339, text)
	return t, err == nil
}

func wholeOf(f spatial.Feature, property string) int64 {
	n, _ := f.Properties[property].(int64)
	return n
}
