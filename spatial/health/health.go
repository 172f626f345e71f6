// Package health judges devices that stand somewhere by whether they call: cameras, terminals, sensors. A Monitor
// tells who has fallen silent, who calls again and who does both again and again, once each; Uptime is the share of time
// for which a device was there when it was due. Pure values and rules: it reads no clock and knows no store.
package health

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// A Rule says when silence is a fault. The zero Rule takes the defaults.
type Rule struct {
	Silence  time.Duration // without a call, after which a device is looked after; 0 is 15 minutes
	Probes   int           // looks at which it must be silent still, after the first; 0 is 2
	Flapping int           // times that it fell silent within Window, from which it is faulty although it calls; 0 is 3
	Window   time.Duration // 0 is one hour
}

func (r Rule) whole() Rule {
	return Rule{cmp.Or(r.Silence, 15*time.Minute), cmp.Or(r.Probes, 2), cmp.Or(r.Flapping, 3), cmp.Or(r.Window, time.Hour)}
}

// A State is what a Monitor believes of a device.
type State uint8

const (
	Unknown  State = iota // it never called, or it is silent and not confirmed
	Up                    // it calls
	Down                  // it is silent, confirmed by probes
	Flapping              // it calls and falls silent again and again
)

func (s State) String() string { return [...]string{"unknown", "up", "down", "flapping"}[s] }

// A Change tells that a Monitor believes something else of a device than before.
type Change struct {
	Device string
	State  State
	Since  time.Time // when it called last before it fell silent, or when it called again
	Times  int       // that it fell silent within the window
}

// A Monitor remembers what it believes of each device. It is not safe for concurrent use.
type Monitor struct {
	rule    Rule
	devices map[string]*watch
}

type watch struct {
	state  State
	silent int         // looks in a row at which it was silent
	falls  []time.Time // when it fell silent, within the window
}

// NewMonitor makes a monitor that knows nothing yet.
func NewMonitor(rule Rule) *Monitor { return &Monitor{rule.whole(), map[string]*watch{}} }

// Look takes in when each device called last; the zero time is never. It returns what it believes otherwise than at the
// look before, in the order of the devices. Devices that are not there any more are forgotten.
func (m *Monitor) Look(now time.Time, heard iter.Seq2[string, time.Time]) []Change {
	var out []Change
	seen := make(map[string]bool, len(m.devices))
	for device, last := range heard {
		seen[device] = true
		if last.IsZero() {
			continue
		}
		w := m.devices[device]
		if w == nil {
			w = &watch{}
			m.devices[device] = w
		}
		if state, since := w.look(m.rule, now, last); state != w.state {
			w.state = state
			out = append(out, Change{device, state, since, len(w.falls)})
		}
	}
	for device := range m.devices {
		if !seen[device] {
			delete(m.devices, device)
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Compare(a.Device, b.Device) })
	return out
}

func (w *watch) look(r Rule, now, last time.Time) (state State, since time.Time) {
	w.falls = slices.DeleteFunc(w.falls, func(t time.Time) bool { return now.Sub(t) > r.Window })
	if now.Sub(last) <= r.Silence {
		w.silent = 0
		if len(w.falls) >= r.Flapping {
			return Flapping, w.falls[0]
		}
		return Up, last
	}
	if w.silent++; w.silent == 1 && w.state != Unknown {
		w.falls = append(w.falls, last)
	}
	if w.silent > r.Probes {
		return Down, last
	}
	return w.state, last // not confirmed: what is believed stays
}

// Is tells what the monitor believes of a device.
func (m *Monitor) Is(device string) State {
	if w := m.devices[device]; w != nil {
		return w.state
	}
	return Unknown
}

// Calling is how many devices are believed to be there.
func (m *Monitor) Calling() int { return m.count(Up) + m.count(Flapping) }

// Silent is how many devices are believed not to be there.
func (m *Monitor) Silent() int { return m.count(Down) }

func (m *Monitor) count(state State) (n int) {
	for _, w := range m.devices {
		if w.state == state {
			n++
		}
	}
	return n
}

// Together tells whether so many devices that fell silent at once have one cause, a network or a platform, and not a
// fault each: more than ten, and more than a tenth of all that called before.
func Together(fell, called int) bool { return fell > 10 && 10*fell > called }
