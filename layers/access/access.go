// Package access says what roles may do. Roles are data, read from YAML and checked at start; what no set of roles may
// ever hold together is compiled in: who administers neither reads what is restricted nor the audit log, and who reads
// the audit log changes nothing.
package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/layers"
)

// A Permission is one thing that somebody may do.
type Permission string

// All permissions.
const (
	ReadPublic      Permission = "read.public"        // what is public: everybody who is signed in
	ReadInternal    Permission = "read.internal"      // and what is internal
	ReadRestricted  Permission = "read.restricted"    // and what is restricted, on record
	ReadLive        Permission = "read.live"          // positions of units as they are now, and alerts
	ReadNearest     Permission = "read.nearest"       // which unit is nearest; without ReadLive, no coordinates of it
	ReadHistory     Permission = "read.track-history" // where a unit was, with a reason, on record
	ReadAudit       Permission = "read.audit"         // the audit log, on record
	EditFeatures    Permission = "edit.features"      // features of all layers that may be seen
	Dispatch        Permission = "dispatch"           // state of units, closures of roads
	Maintain        Permission = "maintain"           // work orders of devices
	ReportPositions Permission = "report.positions"   // positions of registered devices
	SafetyRequest   Permission = "safety.request"     // ask for a safety track, and end one
	SafetyApprove   Permission = "safety.approve"     // approve and renew those that others asked for
	SafetyRead      Permission = "safety.read"        // those that name him as a viewer, with a reason, on record
	AdminSystem     Permission = "admin.system"       // subscribers, accounts
)

// Permissions are all there are.
var Permissions = []Permission{
	ReadPublic, ReadInternal, ReadRestricted, ReadLive, ReadNearest, ReadHistory, ReadAudit, EditFeatures, Dispatch, Maintain, ReportPositions, SafetyRequest,
	SafetyApprove, SafetyRead, AdminSystem,
}

// changes tells whether a permission changes something.
func (p Permission) changes() bool {
	return p == EditFeatures || p == Dispatch || p == Maintain || p == ReportPositions || p == SafetyRequest || p == SafetyApprove || p == AdminSystem
}

// A Kind of principal.
type Kind string

// Kinds of principals.
const (
	Person Kind = "person" // signs in with a password and a second factor, or by OpenID Connect
	Client Kind = "client" // a program with a key
	Device Kind = "device" // a terminal with a token, bound to its serial number
)

// Kinds are all there are.
var Kinds = []Kind{Person, Client, Device}

// Rights are permissions that somebody has. The zero value has none. It is not changed after it was made.
type Rights struct{ list []Permission }

// Of is the rights of a list of permissions.
func Of(list ...Permission) Rights {
	list = slices.Clone(list)
	slices.Sort(list)
	return Rights{slices.Compact(list)}
}

// May tells whether a permission is among them.
func (r Rights) May(p Permission) bool { return slices.Contains(r.list, p) }

// List is all of them, sorted.
func (r Rights) List() []Permission { return slices.Clone(r.list) }

// Within are the rights that are among the scopes, too.
func (r Rights) Within(scopes []Permission) Rights {
	return Rights{slices.DeleteFunc(slices.Clone(r.list), func(p Permission) bool { return !slices.Contains(scopes, p) })}
}

// Level is up to where they see.
func (r Rights) Level() layers.Sensitivity {
	switch {
	case r.May(ReadRestricted):
		return layers.Restricted
	case r.May(ReadInternal):
		return layers.Internal
	}
	return layers.Public
}

// ErrTogether is a set of permissions that nobody may hold.
var ErrTogether = errors.New("nobody may hold these together")

// check is what no roles, whatever the file says, may add up to.
func (r Rights) check() error {
	for _, other := range []Permission{ReadRestricted, ReadHistory, ReadLive, ReadAudit, SafetyRequest, SafetyApprove, SafetyRead} {
		if r.May(AdminSystem) && r.May(other) {
			return fmt.Errorf("%w: %s and %s", ErrTogether, AdminSystem, other)
		}
	}
	for _, p := range r.list {
		if r.May(ReadAudit) && p.changes() {
			return fmt.Errorf("%w: %s and %s", ErrTogether, ReadAudit, p)
		}
	}
	return nil
}

func join[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = string(one)
	}
	return strings.Join(texts, ", ")
}
