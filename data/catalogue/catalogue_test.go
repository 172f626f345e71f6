package catalogue_test

import (
	"slices"
	"testing"

	"github.com/wardmap/wardmap/data/catalogue"
	"github.com/wardmap/wardmap/layers"
)

func load(t *testing.T) *layers.Catalogue {
	t.Helper()
	c, problems := layers.Load(catalogue.Files)
	for _, p := range problems {
		t.Errorf("%s: %s", p.Place, p.Message)
	}
	if c == nil {
		t.FailNow()
	}
	return c
}

// The demo city, tests and users' own files name these layers: they may be joined by others, never renamed.
func TestTheBuiltInLayersStandInTheirGroups(t *testing.T) {
	want := map[string][]string{
		"base":      {"landuse", "water", "buildings", "roads", "turns", "railways", "places"},
		"admin":     {"districts", "townships", "station_areas"},
		"patrol":    {"beats", "checkpoints", "shifts", "police_stations"},
		"protected": {"schools", "site_zones", "hospitals", "banks", "protected_sites", "floors", "entrances", "key_points", "site_inspections"},
		"transit":   {"bus_routes", "bus_stops"},
		"devices":   {"camera_views", "cameras", "terminals", "work_orders"},
		"dogs":      {"no_dog_zones", "dog_registrations"},
		"incidents": {"incidents", "run_cards"},
		"live":      {"roster", "units", "fences"},
	}
	got := map[string][]string{}
	for _, l := range load(t).Layers() {
		got[l.Group] = append(got[l.Group], l.ID)
	}
	for group, ids := range want {
		if !slices.Equal(got[group], ids) {
			t.Errorf("group %s holds %v, want %v", group, got[group], ids)
		}
	}
	if len(got) != len(want) {
		t.Errorf("there are %d groups, want %d: %v", len(got), len(want), got)
	}
}

func TestWhatIsNotForEverybodySaysSo(t *testing.T) {
	c := load(t)
	for id, want := range map[string]layers.Sensitivity{
		"dog_registrations": layers.Restricted,
		"beats":             layers.Internal,
		"checkpoints":       layers.Internal,
		"shifts":            layers.Internal,
		"station_areas":     layers.Internal,
		"cameras":           layers.Internal,
		"camera_views":      layers.Internal,
		"incidents":         layers.Internal,
		"run_cards":         layers.Internal,
		"roster":            layers.Internal,
		"units":             layers.Internal,
		"fences":            layers.Internal,
		"roads":             layers.Public,
		"no_dog_zones":      layers.Public,
	} {
		if l, _ := c.Layer(id); l.Sensitivity != want {
			t.Errorf("layer %s is %q, want %q", id, l.Sensitivity, want)
		}
	}
}

func TestTheDogRegisterCarriesNoIdentityOnTiles(t *testing.T) {
	l, _ := load(t).Layer("dog_registrations")
	for _, p := range l.Properties {
		if p.Tile && p.Name != "status" {
			t.Errorf("property %s of the register is on tiles", p.Name)
		}
		if slices.Contains([]string{"owner_name", "phone", "id_number", "address"}, p.Name) {
			t.Errorf("property %s tells who the owner is", p.Name)
		}
	}
}

func TestEveryLayerIsDrawnAndHasALabel(t *testing.T) {
	for _, l := range load(t).Layers() {
		if len(l.Style) == 0 {
			t.Errorf("layer %s is never drawn", l.ID)
		}
		if l.Label == "" {
			t.Errorf("layer %s has no label, so that nobody can search it", l.ID)
		}
		names := map[any]bool{}
		for _, s := range l.Style {
			if s["name"] == nil || names[s["name"]] {
				t.Errorf("layer %s: style name %v is missing or stands there twice", l.ID, s["name"])
			}
			names[s["name"]] = true
		}
	}
}
