package layers_test

import (
	"fmt"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// sites is a layer of which each feature has a label and a code, with one property of each sensitivity.
var sites = layers.Layer{
	ID: "sites", Group: "g", Title: layers.Text{Zh: "点", En: "Sites"}, Kind: layers.PointKind, Sensitivity: layers.Public,
	Labelled: "label", Jurisdiction: "code", Properties: []layers.Property{
		{Name: "label", Type: layers.TextType}, {Name: "code", Type: layers.TextType, Tile: true}, {Name: "name", Type: layers.TextType, Tile: true},
		{Name: "duty", Type: layers.TextType, Tile: true, Sensitivity: layers.Internal}, {Name: "plan", Type: layers.TextType, Sensitivity: layers.Restricted},
	},
}

func site(label, code string) spatial.Feature {
	f := spatial.Feature{ID: "1", Geometry: orb.Point{105, 34}, Properties: map[string]any{"name": "n", "duty": "d", "plan": "p"}}
	for name, value := range map[string]string{"label": label, "code": code} {
		if value != "" {
			f.Properties[name] = value
		}
	}
	return f
}

func TestWhatAViewSees(t *testing.T) {
	tests := []struct {
		view        string // its class
		label, code string
		want        bool
	}{
		{"", "", "620502", true},
		{"", "public", "620502", true},
		{"", "internal", "620502", false},
		{"", "restricted", "620502", false},
		{"internal/", "internal", "620502", true},
		{"internal/", "restricted", "620502", false},
		{"restricted/", "restricted", "620502", true},
		{"internal/", "secret!", "620502", false}, // a label that is none
		{"restricted/", "secret!", "620502", true},
		{"internal/620502", "", "620502", true},
		{"internal/620502", "", "620502520000", true},
		{"internal/620502", "", "620503", false},
		{"internal/620502", "", "6205", false}, // of the level above
		{"internal/620502", "", "", false},     // of nobody
		{"internal/6205", "", "620503", true},
		{"internal/62050252", "", "620502520000", true},
		{"internal/62050252", "", "620502530000", false},
		{"restricted/620502", "restricted", "620503", false}, // a level is no jurisdiction
	}
	for _, tt := range tests {
		v, err := layers.ParseView(tt.view)
		if err != nil {
			t.Fatal(err)
		}
		f := site(tt.label, tt.code)
		if got := v.Feature(&sites, &f); got != tt.want {
			t.Errorf("%q sees label %q of %q: %v", tt.view, tt.label, tt.code, got)
		}
	}
}

func TestAViewSeesNoMoreOfAFeature(t *testing.T) {
	for view, want := range map[string]string{
		"": "map[code:6205 name:n]", "internal/": "map[code:6205 duty:d name:n]", "restricted/": "map[code:6205 duty:d name:n plan:p]",
	} {
		v, _ := layers.ParseView(view)
		f := site("", "6205")
		f.Properties["of nobody knows what"] = "x"
		if got := v.Show(&sites, f); fmt.Sprint(got.Properties) != want {
			t.Errorf("%q is shown %v, want %s", view, got.Properties, want)
		}
		if len(f.Properties) != 5 {
			t.Errorf("the feature itself has become %v", f.Properties)
		}
		c, problems := layers.NewCatalogue(layers.Group{ID: "g", Layers: []layers.Layer{sites}})
		if problems != nil {
			t.Fatal(problems)
		}
		l, _ := v.Catalogue(c).Layer("sites")
		if got := v.Show(&l, f); fmt.Sprint(got.Properties) != want {
			t.Errorf("%q is shown %v by its own definition, want %s", view, got.Properties, want)
		}
	}
	secret := sites
	secret.Sensitivity = layers.Restricted
	c, _ := layers.NewCatalogue(layers.Group{ID: "g", Layers: []layers.Layer{secret}})
	v := layers.View{Level: layers.Internal}
	if got := v.Catalogue(c); len(got.Layers())+len(got.Groups()) != 0 {
		t.Errorf("a layer that is restricted exists: %v", got)
	}
	if f := site("public", "6205"); v.Feature(&secret, &f) {
		t.Error("a public feature of a restricted layer is seen")
	}
}

func TestWhoSeesCountsWithoutSeeingTheFeatures(t *testing.T) {
	tests := []struct {
		layer, counts layers.Sensitivity
		seenBy        string // 0 public, 1 internal, 2 restricted
	}{
		{layers.Public, layers.Public, "012"}, {layers.Internal, layers.Public, "012"}, {layers.Restricted, layers.Public, "012"},
		{layers.Internal, layers.Internal, "12"}, {layers.Restricted, layers.Internal, "12"}, {layers.Restricted, layers.Restricted, "2"},
		{layers.Restricted, "none", ""},
	}
	for _, test := range tests {
		l := layers.Layer{ID: "dogs", Sensitivity: test.layer, Counts: &layers.Counts{Sensitivity: test.counts}}
		if test.counts == "none" {
			l.Counts = nil
		}
		got := ""
		for i, level := range []layers.Sensitivity{"", layers.Internal, layers.Restricted} {
			if v := (layers.View{Level: level}); v.Counts(&l) {
				got += fmt.Sprint(i)
			}
		}
		if got != test.seenBy {
			t.Errorf("counts that are %s of a layer that is %s are seen by %q, want %q", test.counts, test.layer, got, test.seenBy)
		}
	}
}

func TestClassesAreReadAsTheyWereWritten(t *testing.T) {
	for _, v := range []layers.View{
		{Level: layers.Public}, {Level: layers.Internal}, {Level: layers.Restricted, Org: "6205"}, {Level: layers.Public, Org: "620502520000"},
	} {
		got, err := layers.ParseView(v.Class())
		if err != nil || got.Level != v.Level || spatial.SignificantCode(v.Org) != got.Org {
			t.Errorf("%v becomes %q and that %v, %v", v, v.Class(), got, err)
		}
	}
	for _, bad := range []string{"hidden", "secret/", "/6205", "internal", "INTERNAL/"} {
		if v, err := layers.ParseView(bad); err == nil {
			t.Errorf("%q is read as %v", bad, v)
		}
	}
}

// TestTheLeastViewSeesTheSame holds what is shared against what each view would see by itself.
func TestTheLeastViewSeesTheSame(t *testing.T) {
	plain := sites
	plain.Labelled, plain.Jurisdiction = "", ""
	open := plain
	open.Properties = plain.Properties[1:3]
	for _, l := range []layers.Layer{sites, plain, open} {
		shared := map[string]bool{}
		for _, level := range []layers.Sensitivity{layers.Public, layers.Internal, layers.Restricted} {
			for _, org := range []string{"", "6205", "620502", "62050252"} {
				v := layers.View{Level: level, Org: org}
				least, seen := v.Of(&l)
				if !seen {
					t.Fatalf("%v sees nothing", v)
				}
				shared[least.Class()] = true
				for _, label := range []string{"", "public", "internal", "restricted", "?"} {
					for _, code := range []string{"", "6205", "620502", "620503", "620502520000"} {
						if f := site(label, code); v.Feature(&l, &f) != least.Feature(&l, &f) {
							t.Errorf("%v sees label %q of %q otherwise than %v", v, label, code, least)
						}
					}
				}
				for i := range l.Properties {
					if p := &l.Properties[i]; p.Tile && v.Property(&l, p) != least.Property(&l, p) {
						t.Errorf("%v sees %s otherwise than %v", v, p.Name, least)
					}
				}
			}
		}
		if want := map[bool]int{true: 12, false: map[bool]int{true: 1, false: 2}[len(l.Properties) == 2]}[l.Labelled != ""]; len(shared) != want {
			t.Errorf("12 views have %d classes, want %d: %v", len(shared), want, shared)
		}
	}
}

func FuzzParseView(f *testing.F) {
	f.Add("internal/620502")
	f.Add("")
	f.Fuzz(func(t *testing.T, class string) {
		v, err := layers.ParseView(class)
		if err != nil {
			return
		}
		again, err := layers.ParseView(v.Class())
		if err != nil || again.Level != v.Level || !spatial.Under(v.Org, again.Org) {
			t.Errorf("%q is %v, and again %v %v", class, v, again, err)
		}
	})
}
