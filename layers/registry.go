package layers

import (
	"slices"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A Registry makes every feature of a layer a unit or device that may report its position. Where the layer has
// properties "class", "kind", "org", "skills", "equipment" and "state", they describe it.
type Registry struct {
	Class   string  `yaml:"class,omitempty" json:"class,omitempty"`     // of all features; else each has a property "class"
	Prefix  string  `yaml:"prefix,omitempty" json:"prefix,omitempty"`   // before the feature's id, so that ids are unique among all registries
	Serials string  `yaml:"serials,omitempty" json:"serials,omitempty"` // property with the serial numbers that speak for it, separated by commas
	Health  *Health `yaml:"health,omitempty" json:"health,omitempty"`   // what it means when devices fall silent
}

// A Health says what becomes of a device that falls silent: its status, and a work order. The layer of orders has a flow
// with the states confirmed and closed, and the properties device (layer/id), fault, times, class, evidence and restored_at.
type Health struct {
	Status string   `yaml:"status" json:"status"`                   // text property of the device: online, offline, maintenance, which is a planned outage, and others
	Orders string   `yaml:"orders" json:"orders"`                   // layer of the work orders
	Class  string   `yaml:"class,omitempty" json:"class,omitempty"` // property of the device that says how urgent an order is
	With   []string `yaml:"with,omitempty" json:"with,omitempty"`   // layers whose features of the same id show the same status
}

// What a Health writes as status.
const (
	Online  = "online"
	Offline = "offline"
	Planned = "maintenance"
)

// A Registration is what a feature of a registry says.
type Registration struct {
	ID                         string
	Name, Kind, Org, State     string
	Class                      spatial.Class
	Skills, Equipment, Serials []string
	Home                       orb.Point
}

// RegistrationOf reads the unit or device that a feature registers; ok is false for layers that are no registry.
func (l Layer) RegistrationOf(f spatial.Feature) (r Registration, ok bool, err error) {
	if l.Registry == nil {
		return r, false, nil
	}
	text := func(name string) string {
		s, _ := f.Properties[name].(string)
		return s
	}
	class := l.Registry.Class
	if class == "" {
		class = text("class")
	}
	r = Registration{
		ID: l.Registry.Prefix + f.ID, Name: l.nameOf(f), Kind: text("kind"), Org: text("org"), State: text("state"),
		Skills: List(text("skills")), Equipment: List(text("equipment")), Serials: List(text(l.Registry.Serials)),
	}
	r.Home, _ = f.Geometry.(orb.Point)
	r.Class, err = spatial.ParseClass(class)
	return r, true, err
}

func checkRegistry(ps *Problems, l Layer, at func(...any) string) {
	if l.Registry == nil {
		return
	}
	if l.Kind != PointKind {
		ps.add(at("registry"), "a registry holds points: where each unit is stationed")
	}
	if c := l.Registry.Class; c != "" {
		if _, err := spatial.ParseClass(c); err != nil {
			ps.add(at("registry", "class"), "%v", err)
		}
	} else if p, ok := l.Property("class"); !ok || p.Type != TextType {
		ps.add(at("registry"), "say which class all features have, or give the layer a text property \"class\"")
	}
	if h := l.Registry.Health; h != nil {
		p, ok := l.Property(h.Status)
		for _, want := range []string{Online, Offline, Planned} {
			if !ok || !slices.ContainsFunc(p.Values, func(v Value) bool { return v.Value == want }) {
				ps.add(at("registry", "health", "status"), "%q is no property with the value %s", h.Status, want)
			}
		}
		if !idRule.MatchString(h.Orders) {
			ps.add(at("registry", "health", "orders"), "say which layer holds the work orders")
		}
		if _, ok := l.Property(h.Class); h.Class != "" && !ok {
			ps.add(at("registry", "health", "class"), "%q is none of the properties", h.Class)
		}
	}
	if s := l.Registry.Serials; s != "" {
		if p, ok := l.Property(s); !ok || p.Type != TextType {
			ps.add(at("registry", "serials"), "%q is no text property of the layer", s)
		}
	}
}
