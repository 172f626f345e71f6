package layers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/spatial"
)

// A View is what somebody may see: everything up to a level of sensitivity and, of layers with a jurisdiction, what
// belongs to an organisation and those below it. Tiles, features, search, fences and events are all shown by these
// methods and by no other rule. The zero View sees what is public, everywhere.
type View struct {
	Level Sensitivity // "" is Public
	Org   string      // administrative code, "" is everywhere
	Live  bool        // where units are now, too: layers of the live picture exist
}

var levels = map[Sensitivity]int{"": 0, Public: 0, Internal: 1, Restricted: 2}

func (v View) level(s Sensitivity) bool { return levels[s] <= levels[v.Level] }

// Layer tells whether a layer exists for the view.
func (v View) Layer(l *Layer) bool {
	return v.level(l.Sensitivity) && (v.Live || l.Source.Type != Live)
}

// Property tells whether a property of a layer exists for the view.
func (v View) Property(l *Layer, p *Property) bool { return v.Layer(l) && v.level(p.Sensitivity) }

// Feature tells whether a feature exists for the view.
func (v View) Feature(l *Layer, f *spatial.Feature) bool {
	return v.Marked(l, textOf(f, l.Labelled), textOf(f, l.Jurisdiction))
}

// Marked is Feature for one of which only its label and its code are known, see Layer.Labelled and Jurisdiction.
func (v View) Marked(l *Layer, label, code string) bool {
	return v.Layer(l) && v.labelled(l, label) && v.ours(l, code)
}

// labelled tells whether a feature with a label of its own may be seen. A label that is none hides the feature from
// everybody who may not see all.
func (v View) labelled(l *Layer, label string) bool {
	if l.Labelled == "" || label == "" {
		return true
	}
	if _, known := levels[Sensitivity(label)]; !known {
		return v.level(Restricted)
	}
	return v.level(Sensitivity(label))
}

// ours tells whether a feature lies within the jurisdiction. One that says no code belongs to nobody below the top.
func (v View) ours(l *Layer, code string) bool {
	return l.Jurisdiction == "" || v.Org == "" || code != "" && spatial.Under(code, v.Org)
}

func textOf(f *spatial.Feature, property string) string {
	if property == "" {
		return ""
	}
	text, _ := f.Properties[property].(string)
	return text
}

// Class is the view as a part of the key of a cache: views with the same class see the same of every layer.
func (v View) Class() string {
	if v == (View{}) || v == (View{Level: Public}) {
		return ""
	}
	level := v.Level
	if level == "" {
		level = Public
	}
	class := string(level) + "/" + spatial.SignificantCode(v.Org)
	if v.Live {
		class += "/live"
	}
	return class
}

// ParseView reads what Class wrote.
func ParseView(class string) (View, error) {
	if class == "" {
		return View{Level: Public}, nil
	}
	level, org, ok := strings.Cut(class, "/")
	org, rest, more := strings.Cut(org, "/")
	if _, known := levels[Sensitivity(level)]; !ok || !known || level == "" || more && rest != "live" {
		return View{}, fmt.Errorf("%q is no visibility class", class)
	}
	return View{Sensitivity(level), org, more}, nil
}

// SameRules tells whether two definitions of a layer show everybody the same.
func (l Layer) SameRules(other Layer) bool {
	return levels[l.Sensitivity] == levels[other.Sensitivity] && l.Labelled == other.Labelled && l.Jurisdiction == other.Jurisdiction &&
		slices.EqualFunc(l.Properties, other.Properties, func(a, b Property) bool {
			return a.Name == b.Name && levels[a.Sensitivity] == levels[b.Sensitivity]
		})
}

// Of is the least view that sees the same of a layer's tiles; seen is false when it sees nothing of it. Those who see
// the same share tiles by it.
func (v View) Of(l *Layer) (least View, seen bool) {
	if !v.Layer(l) {
		return View{}, false
	}
	top := levels[l.Sensitivity]
	for i := range l.Properties {
		if p := &l.Properties[i]; p.Tile && v.level(p.Sensitivity) {
			top = max(top, levels[p.Sensitivity])
		}
	}
	if l.Labelled != "" {
		top = levels[v.Level]
	}
	least.Level = [...]Sensitivity{Public, Internal, Restricted}[top]
	if l.Jurisdiction != "" {
		least.Org = v.Org
	}
	least.Live = l.Source.Type == Live
	return least, true
}

// Show is a feature as the view sees it: without the properties that do not exist for it. The feature is not changed.
func (v View) Show(l *Layer, f spatial.Feature) spatial.Feature {
	hidden := func(name string) bool {
		p, known := l.Property(name)
		return !known || !v.Property(l, &p)
	}
	for name := range f.Properties {
		if !hidden(name) {
			continue
		}
		open := make(map[string]any, len(f.Properties))
		for name, value := range f.Properties {
			if !hidden(name) {
				open[name] = value
			}
		}
		f.Properties = open
		break
	}
	return f
}

// Catalogue is the part of a catalogue that exists for a view of that level.
func (v View) Catalogue(all *Catalogue) *Catalogue {
	var groups []Group
	for _, g := range all.Groups() {
		open := g
		open.Layers = nil
		for _, l := range g.Layers {
			if !v.Layer(&l) {
				continue
			}
			whole := l
			l.Properties = slices.DeleteFunc(slices.Clone(l.Properties), func(p Property) bool { return !v.Property(&whole, &p) })
			open.Layers = append(open.Layers, l)
		}
		if len(open.Layers) > 0 {
			groups = append(groups, open)
		}
	}
	seen, problems := NewCatalogue(groups...)
	if problems != nil {
		return new(Catalogue) // cannot be: it is a part of a catalogue without problems
	}
	return seen
}
