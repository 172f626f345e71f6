package layers

import (
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial"
)

// A Registry makes every feature of a layer a unit or device that may report its position. Where the layer has
// properties "class", "kind", "org", "skills", "equipment" and "state", they describe it.
type Registry struct {
	Class   string `yaml:"class,omitempty" json:"class,omitempty"`     // of all features; else each has a property "class"
	Prefix  string `yaml:"prefix,omitempty" json:"prefix,omitempty"`   // before the feature's id, so that ids are unique among all registries
	Serials string `yaml:"serials,omitempty" json:"serials,omitempty"` // property with the serial numbers that speak for it, separated by commas
}

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
		Skills: names(text("skills")), Equipment: names(text("equipment")), Serials: names(text(l.Registry.Serials)),
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
	if s := l.Registry.Serials; s != "" {
		if p, ok := l.Property(s); !ok || p.Type != TextType {
			ps.add(at("registry", "serials"), "%q is no text property of the layer", s)
		}
	}
}
