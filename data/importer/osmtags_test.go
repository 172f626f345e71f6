package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer"
)

func TestTagsBecomeProperties(t *testing.T) {
	tests := []struct {
		name, theme, tags, want string
	}{
		{"metres", "buildings", "building=yes height=12.5", "category:building class:other height:12.5 kind:yes"},
		{"metres with unit", "buildings", "building=yes height=12,5_m", "category:building class:other height:12.5 kind:yes"},
		{"feet", "buildings", "building=yes height=40_ft", "category:building class:other height:12.192 kind:yes"},
		{"feet and inches", "buildings", "building=yes height=5'10\"", "category:building class:other height:1.778 kind:yes"},
		{"no length", "buildings", "building=house height=tall", "category:building class:house kind:house | height=tall is no length and was left out"},
		{"below the ground", "buildings", "building=house height=-3", "category:building class:house kind:house | height=-3 is no length and was left out"},
		{"levels", "buildings", "building=apartments building:levels=3.5 building:min_level=1 roof:shape=gabled", "category:building class:residential kind:apartments levels:4 min_level:1 roof_shape:gabled"},
		{"many levels", "buildings", "building=yes building:levels=1;2", "category:building class:other kind:yes | building:levels=1;2 is no count and was left out"},
		{"an address", "buildings", "building=yes addr:street=Städtle addr:housenumber=32", "addr_housenumber:32 addr_street:Städtle address:Städtle 32 category:building class:other kind:yes"},
		{"a Chinese address", "pois", "amenity=police addr:street=民主东路 addr:housenumber=18号 name=派出所 name:zh=派出所", "addr_housenumber:18号 addr_street:民主东路 address:民主东路18号 category:amenity kind:police name:派出所 name_zh:派出所"},
		{"miles", "roads", "highway=primary maxspeed=30_mph lanes=2 oneway=yes", "category:highway class:primary kind:primary lanes:2 maxspeed:48 oneway:true"},
		{"no limit", "roads", "highway=motorway maxspeed=none bridge=viaduct oneway=no", "bridge:true category:highway class:motorway kind:motorway oneway:false"},
		{"a law", "roads", "highway=raceway_x maxspeed=CN:urban", "category:highway class:other kind:raceway x | maxspeed=cn:urban is no speed and was left out"},
		{"a vineyard", "landuse", "landuse=vineyard name:en=Bock", "category:landuse class:orchard kind:vineyard landuse:vineyard name_en:Bock"},
		{"a district", "boundaries", "boundary=administrative admin_level=6 name=麦积区 ref=620503", "admin_level:6 category:boundary code:620503 kind:administrative level:district name:麦积区 ref:620503"},
		{"a lake", "water", "natural=water water=pond", "category:natural class:pond kind:pond"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var tags []string
			for tag := range strings.SplitSeq(test.tags, " ") {
				key, value, _ := strings.Cut(tag, "=")
				tags = append(tags, key, strings.ReplaceAll(value, "_", " "))
			}
			r := importer.OSMRecord(test.theme, tags)
			got := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(r.Properties), "map["), "]")
			if len(r.Notes) > 0 {
				got += " | " + strings.Join(r.Notes, "; ")
			}
			want := test.want
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
