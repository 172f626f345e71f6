package live

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
	"github.com/wardmap/wardmap/spatial/index"
)

// refusal is why a filter leaves a unit out.
type refusal uint8

const (
	admitted refusal = iota
	noPlace
	otherClass
	otherState
	otherKind
	otherOrg
	noSkill
	tooOld
	staleFix
	expiredFix
	elsewhere
)

// when is the moment that a filter asks about.
func (w *world) when(f *Filter) spatial.Instant {
	if f.At == 0 {
		return w.now
	}
	return f.At
}

// groups are the cells of the grid that a filter can find anything in.
func (f *Filter) groups() index.Groups {
	groups := moving
	if f.Classes != 0 {
		groups = index.Groups(f.Classes&(1<<classCount-1)) * (1 + 1<<recommended)
	}
	const others = 1<<recommended - 1
	if f.States != 0 && f.States&Recommended == 0 {
		groups &= others
	}
	if f.States != 0 && f.States&^Recommended == 0 {
		groups &^= others
	}
	return groups
}

// refuse says why the filter leaves a unit out, the cheap questions first.
func (w *world) refuse(h fence.Handle, f *Filter, at spatial.Instant) refusal {
	u := &w.units[h]
	switch {
	case f.Classes == 0 && !u.class.Moves() || !f.Classes.Has(u.class):
		return otherClass
	case !f.States.Has(u.shown()):
		return otherState
	case len(f.Kinds) > 0 && !slices.Contains(f.Kinds, u.role.kind):
		return otherKind
	case len(f.Orgs) > 0 && !slices.ContainsFunc(f.Orgs, func(org string) bool { return strings.HasPrefix(u.role.org, org) }):
		return otherOrg
	case f.Under != "" && !spatial.Under(u.role.org, f.Under):
		return otherOrg
	case u.lacks(f.Skills) != "":
		return noSkill
	}
	if why := w.refuseAge(u, f, at); why != admitted {
		return why
	}
	if f.Fence != "" && !w.inside(h, f.Fence) {
		return elsewhere
	}
	return admitted
}

func (w *world) refuseAge(u *unit, f *Filter, at spatial.Instant) refusal {
	fresh := u.fresh(at, &w.limits[u.class])
	if _, ok := u.at(); !ok || fresh == NeverSeen && !f.StaleToo {
		return noPlace
	}
	switch {
	case fresh == ExpiredFix:
		return expiredFix
	case fresh == StaleFix && !f.StaleToo:
		return staleFix
	case f.MaxAge > 0 && at.Sub(u.seen(&u.belief)) > f.MaxAge:
		return tooOld
	}
	return admitted
}

// lacks is the first skill of a list that the unit has not.
func (u *unit) lacks(skills []string) string {
	for _, s := range skills {
		if !slices.Contains(u.role.skills, s) {
			return s
		}
	}
	return ""
}

func (w *world) inside(h fence.Handle, id string) bool {
	for f := range w.fences.Inside(h) {
		if f.ID == id {
			return true
		}
	}
	return false
}

// explain puts a refusal into words.
func (w *world) explain(h fence.Handle, f *Filter) string {
	u, at := &w.units[h], w.when(f)
	age := Age(at.Sub(u.seen(&u.belief)))
	switch w.refuse(h, f, at) {
	case noPlace:
		return "has never reported a position"
	case otherClass:
		return "class " + u.class.String()
	case otherState:
		return "state " + u.shown().String()
	case otherKind:
		return "kind " + orNone(u.role.kind)
	case otherOrg:
		return "organisation " + orNone(u.role.org)
	case noSkill:
		return "lacks skill " + u.lacks(f.Skills)
	case tooOld:
		return "too old: last fix " + age + " ago"
	case staleFix:
		return "stale: last fix " + age + " ago"
	case expiredFix:
		return "expired: last fix " + age + " ago"
	case elsewhere:
		return "outside of " + f.Fence
	}
	return ""
}

func orNone(s string) string {
	if s == "" {
		return "not known"
	}
	return s
}

// Age writes how long ago something was, for people: "40 s", "7 min", "3 h", "2 d".
func Age(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}
