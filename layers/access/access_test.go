package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/access"
)

// matrix is what is right: a row for each role, an x for each permission in the order of access.Permissions.
var matrix = map[string]string{
	//                public internal restricted live nearest history audit edit dispatch maintain report s.request s.approve s.read admin
	"viewer":        "x x . . . . . . . . . . . . .",
	"officer":       "x x . . x . . . . . . . . . .",
	"dispatcher":    "x x x x x . . . x . . x . x .",
	"supervisor":    "x x x x x x . . x . . x x x .",
	"gis-editor":    "x x . . . . . x . . . . . . .",
	"maintainer":    "x x . . . . . . . x . . . . .",
	"device":        ". . . . . . . . . . x . . . .",
	"integration":   "x x . . x . . . . . x . . . .",
	"administrator": "x x . . . . . . . . . . . . x",
	"auditor":       "x x . . . . x . . . . . . . .",
}

func TestEachRoleMayWhatIsRight(t *testing.T) {
	all := access.Default().All()
	if len(all) != len(matrix) {
		t.Errorf("%d roles", len(all))
	}
	for _, role := range all {
		want := strings.Fields(matrix[role.ID])
		if len(want) != len(access.Permissions) {
			t.Errorf("the matrix says nothing of the role %s", role.ID)
			continue
		}
		rights, err := access.Default().Combine(role.Kinds[0], []string{role.ID})
		if err != nil {
			t.Error(err)
		}
		for i, p := range access.Permissions {
			if rights.May(p) != (want[i] == "x") {
				t.Errorf("%s may %s: %v", role.ID, p, rights.May(p))
			}
		}
		if role.Title["zh-CN"] == "" || role.Title["en"] == "" {
			t.Errorf("%s is called nothing in Chinese or English", role.ID)
		}
	}
}

func TestWhatNobodyMayHoldTogether(t *testing.T) {
	tests := []struct {
		roles string
		ok    bool
	}{
		{"dispatcher", true},
		{"dispatcher gis-editor", true},
		{"supervisor dispatcher officer", true},
		{"viewer auditor", true},
		{"administrator viewer", true},
		{"administrator auditor", false},
		{"administrator dispatcher", false},
		{"administrator supervisor", false},
		{"administrator gis-editor", false},
		{"auditor dispatcher", false},
		{"auditor gis-editor", false},
		{"auditor maintainer", false},
		{"administrator maintainer", false},
		{"maintainer officer", true},
		{"device", false},      // no person is a device
		{"integration", false}, // nor a program
		{"", false},
		{"chief", false},
	}
	for _, tt := range tests {
		_, err := access.Default().Combine(access.Person, strings.Fields(tt.roles))
		if (err == nil) != tt.ok {
			t.Errorf("%q: %v", tt.roles, err)
		}
	}
}

// TestAFileCannotUndoTheInvariants: they hold for roles of the operator's own.
func TestAFileCannotUndoTheInvariants(t *testing.T) {
	tests := []struct {
		name, file, says string
	}{
		{"one role that is both", "roles: [{id: a, kinds: [person], may: [admin.system, read.audit]}]", "line 1: the role a: nobody may hold"},
		{"an auditor who edits", "roles:\n- {id: a, kinds: [person], may: [read.audit, edit.features]}", "line 2: the role a: nobody may hold"},
		{"an administrator who reads", "roles: [{id: a, kinds: [person], may: [admin.system, read.restricted]}]", "nobody may hold"},
		{"a permission that there is not", "roles: [{id: a, kinds: [person], may: [read.everything]}]", "no permission"},
		{"a kind that there is not", "roles: [{id: a, kinds: [ghost], may: [read.public]}]", "no kind"},
		{"two of one name", "roles: [{id: a, kinds: [person], may: [read.public]}, {id: a, kinds: [person], may: [read.public]}]", "two roles"},
		{"nothing", "", "names none"},
		{"apart from whom there is not", "roles: [{id: a, kinds: [person], may: [read.public]}]\napart: [[a, b]]", "no such role"},
		{"no name", "roles: [{kinds: [person], may: [read.public]}]", "needs an id"},
		{"no YAML", "roles: [", "roles:"},
	}
	for _, tt := range tests {
		if _, err := access.Parse([]byte(tt.file)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	two, err := access.Parse([]byte("roles: [{id: a, kinds: [person], may: [admin.system]}, {id: b, kinds: [person], may: [read.restricted]}]"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Combine(access.Person, []string{"a", "b"}); !errors.Is(err, access.ErrTogether) {
		t.Errorf("two roles that add up: %v", err)
	}
}

func TestRights(t *testing.T) {
	r := access.Of(access.ReadPublic, access.Dispatch, access.ReadRestricted, access.Dispatch)
	if got := r.List(); !slices.Equal(got, []access.Permission{access.Dispatch, access.ReadPublic, access.ReadRestricted}) {
		t.Errorf("%v", got)
	}
	if r.Level() != layers.Restricted || access.Of(access.ReadInternal).Level() != layers.Internal || (access.Rights{}).Level() != layers.Public {
		t.Error("levels")
	}
	if some := r.Within([]access.Permission{access.ReadPublic, access.ReadAudit}); some.May(access.Dispatch) || some.May(access.ReadAudit) || !some.May(access.ReadPublic) {
		t.Errorf("%v", some)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("roles: [{id: a, kinds: [person], may: [read.public]}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := access.Parse(data)
		if err != nil {
			return
		}
		for _, role := range r.All() {
			rights, err := r.Combine(role.Kinds[0], []string{role.ID})
			if err == nil && rights.May(access.AdminSystem) && rights.May(access.ReadAudit) {
				t.Errorf("%s", data)
			}
		}
	})
}
