package access

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// A Role is a name for permissions that go together.
type Role struct {
	ID    string            `yaml:"id"`
	Title map[string]string `yaml:"title"` // by language
	Kinds []Kind            `yaml:"kinds"` // of principals that may have it
	May   []Permission      `yaml:"may"`
}

// Roles are all roles of an installation. They are not changed after they were read.
type Roles struct {
	byID  map[string]Role
	order []string
	apart [][]string
}

//go:embed roles.yaml
var builtIn []byte

// Default is the roles that come with the product.
func Default() *Roles {
	r, err := Parse(builtIn)
	if err != nil {
		panic(err) // it is part of the program, and tested
	}
	return r
}

// ErrRole is a role that there is not, or not for that kind of principal.
var ErrRole = errors.New("no such role")

// Parse reads a file of roles. What it says of lines that are wrong names the line.
func Parse(data []byte) (*Roles, error) {
	var file struct {
		Roles []yaml.Node `yaml:"roles"`
		Apart [][]string  `yaml:"apart"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("roles: %w", err)
	}
	r := &Roles{byID: map[string]Role{}, apart: file.Apart}
	for _, node := range file.Roles {
		if err := r.add(&node); err != nil {
			return nil, fmt.Errorf("roles: line %d: %w", node.Line, err)
		}
	}
	if len(r.order) == 0 {
		return nil, errors.New("roles: the file names none")
	}
	for _, pair := range r.apart {
		for _, id := range pair {
			if _, known := r.byID[id]; !known {
				return nil, fmt.Errorf("roles: apart: %w: %q", ErrRole, id)
			}
		}
	}
	return r, nil
}

func (r *Roles) add(node *yaml.Node) error {
	var role Role
	if err := node.Decode(&role); err != nil {
		return err
	}
	switch {
	case role.ID == "":
		return errors.New("a role needs an id")
	case r.byID[role.ID].ID != "":
		return fmt.Errorf("there are two roles %q", role.ID)
	case len(role.Kinds) == 0 || len(role.May) == 0:
		return fmt.Errorf("the role %s needs kinds and may", role.ID)
	}
	for _, k := range role.Kinds {
		if !slices.Contains(Kinds, k) {
			return fmt.Errorf("the role %s: there is no kind of principal %q, only %s", role.ID, k, join(Kinds))
		}
	}
	for _, p := range role.May {
		if !slices.Contains(Permissions, p) {
			return fmt.Errorf("the role %s: there is no permission %q, only %s", role.ID, p, join(Permissions))
		}
	}
	if err := Of(role.May...).check(); err != nil {
		return fmt.Errorf("the role %s: %w", role.ID, err)
	}
	r.byID[role.ID] = role
	r.order = append(r.order, role.ID)
	return nil
}

// All is all roles, in the order of the file.
func (r *Roles) All() []Role {
	all := make([]Role, len(r.order))
	for i, id := range r.order {
		all[i] = r.byID[id]
	}
	return all
}

// Combine is what a principal of a kind with these roles may do, or why nobody can have them.
func (r *Roles) Combine(kind Kind, ids []string) (Rights, error) {
	if len(ids) == 0 {
		return Rights{}, fmt.Errorf("%w: a %s needs one of %s", ErrRole, kind, join(r.of(kind)))
	}
	all := map[Permission]bool{}
	for _, id := range ids {
		role, known := r.byID[id]
		if !known || !slices.Contains(role.Kinds, kind) {
			return Rights{}, fmt.Errorf("%w: %q for a %s; there are %s", ErrRole, id, kind, join(r.of(kind)))
		}
		for _, p := range role.May {
			all[p] = true
		}
	}
	for _, set := range r.apart {
		if both := slices.DeleteFunc(slices.Clone(set), func(id string) bool { return !slices.Contains(ids, id) }); len(both) > 1 {
			return Rights{}, fmt.Errorf("%w: the roles %s", ErrTogether, join(both))
		}
	}
	rights := Of(slices.Collect(maps.Keys(all))...)
	return rights, rights.check()
}

// of is the roles that a kind of principal may have.
func (r *Roles) of(kind Kind) []string {
	return slices.DeleteFunc(slices.Clone(r.order), func(id string) bool { return !slices.Contains(r.byID[id].Kinds, kind) })
}
