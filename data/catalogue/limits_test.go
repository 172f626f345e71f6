package catalogue_test

import (
	"testing"

	"github.com/wardmap/wardmap/layers/limits"
)

// TestTheBuiltInLayersHoldNothingOfPeople: no id, name, title or list of values is refused.
func TestTheBuiltInLayersHoldNothingOfPeople(t *testing.T) {
	n := 0
	check := func(what string, names ...string) {
		for _, name := range names {
			n++
			if b := limits.Name(name); b != nil {
				t.Errorf("%s: %v", what, b)
			}
		}
	}
	for _, l := range load(t).Layers() {
		check(l.ID, l.ID, l.Title.Zh, l.Title.En)
		for _, p := range l.Properties {
			check(l.ID+"."+p.Name, p.Name, p.Title.Zh, p.Title.En)
			var codes, zh, en []string
			for _, v := range p.Values {
				codes, zh, en = append(codes, v.Value), append(zh, v.Title.Zh), append(en, v.Title.En)
			}
			for _, list := range [][]string{codes, zh, en} {
				if b := limits.Codes(list); b != nil {
					t.Errorf("%s.%s: %v", l.ID, p.Name, b)
				}
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d names", n)
	}
}
