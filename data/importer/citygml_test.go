package importer_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/wardmap/wardmap/data/importer"
)

// gmlCube is a cube of 10 m as polygons with ids; places are written by at.
func gmlCube(at func(x, y, z int) string) (polygons []string) {
	corner := [8][3]int{{0, 0, 0}, {10, 0, 0}, {10, 10, 0}, {0, 10, 0}, {0, 0, 10}, {10, 0, 10}, {10, 10, 10}, {0, 10, 10}}
	for i, face := range [6][4]int{{0, 3, 2, 1}, {4, 5, 6, 7}, {0, 1, 5, 4}, {1, 2, 6, 5}, {2, 3, 7, 6}, {3, 0, 4, 7}} {
		var places []string
		for _, k := range [5]int{face[0], face[1], face[2], face[3], face[0]} {
			places = append(places, at(corner[k][0], corner[k][1], corner[k][2]))
		}
		polygons = append(polygons, fmt.Sprintf(`<gml:Polygon gml:id="p%d"><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">%s</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>`, i, strings.Join(places, " ")))
	}
	return polygons
}

func rd(x, y, z int) string {
	return fmt.Sprintf("%d %d %g", 84616+x, 447423+y, float64(z)-0.5)
}

func gmlCity(srs, building string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:bldg="http://www.opengis.net/citygml/building/2.0" xmlns:gml="http://www.opengis.net/gml" xmlns:gen="http://www.opengis.net/citygml/generics/2.0" xmlns:xlink="http://www.w3.org/1999/xlink">
<gml:boundedBy><gml:Envelope srsName="` + srs + `" srsDimension="3"><gml:lowerCorner>0 0 0</gml:lowerCorner><gml:upperCorner>1 1 1</gml:upperCorner></gml:Envelope></gml:boundedBy>
<core:cityObjectMember><bldg:Building gml:id="b1">` + building + `</bldg:Building></core:cityObjectMember>
<core:cityObjectMember><veg:PlantCover xmlns:veg="http://www.opengis.net/citygml/vegetation/2.0"><gml:name>x</gml:name></veg:PlantCover></core:cityObjectMember>
</core:CityModel>`
}

func surfaceMembers(polygons []string) string {
	return `<gml:surfaceMember>` + strings.Join(polygons, `</gml:surfaceMember><gml:surfaceMember>`) + `</gml:surfaceMember>`
}

func TestACityGMLCube(t *testing.T) {
	const compound = "urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709"
	all := gmlCube(rd)
	solid := `<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>` + surfaceMembers(all) + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>`
	var bounded, references strings.Builder
	for i, p := range all {
		kind := []string{"GroundSurface", "RoofSurface", "WallSurface", "WallSurface", "WallSurface", "WallSurface"}[i]
		fmt.Fprintf(&bounded, `<bldg:boundedBy><bldg:%s><bldg:lod2MultiSurface><gml:MultiSurface>%s</gml:MultiSurface></bldg:lod2MultiSurface></bldg:%s></bldg:boundedBy>`, kind, surfaceMembers([]string{p}), kind)
		fmt.Fprintf(&references, `<gml:surfaceMember xlink:href="#p%d"/>`, i)
	}
	linked := bounded.String() + `<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>` + references.String() + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>`
	old := strings.NewReplacer(`<gml:posList srsDimension="3">`, `<gml:coordinates>`, `</gml:posList>`, `</gml:coordinates>`, "gml:exterior><gml:LinearRing", "gml:outerBoundaryIs><gml:LinearRing", "LinearRing></gml:exterior", "LinearRing></gml:outerBoundaryIs").Replace(solid)
	attributes := `<gml:name>魔方</gml:name><bldg:measuredHeight uom="m">10.5</bldg:measuredHeight><bldg:storeysAboveGround>3</bldg:storeysAboveGround><gen:stringAttribute name="owner_kind"><gen:value>public</gen:value></gen:stringAttribute><gen:intAttribute name="rooms"><gen:value>12</gen:value></gen:intAttribute>`
	tests := []struct{ name, srs, building, lod string }{
		{"a solid", compound, solid, "1"},
		{"surfaces that bound it", compound, bounded.String(), "2"},
		{"a solid of references, and a coarser one", compound, solid + linked, "2"},
		{"a part", compound, `<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="q">` + solid + `</bldg:BuildingPart></bldg:consistsOfBuildingPart>`, "1"},
		{"in the spelling of GML 2", "EPSG:7415", old, "1"},
		{"with rooms", compound, solid + `<bldg:interiorRoom><bldg:Room><bldg:lod4Solid><gml:Solid/></bldg:lod4Solid></bldg:Room></bldg:interiorRoom>`, "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readAll(t, cityFile(t, "x.gml", gmlCity(test.srs, attributes+test.building)), importer.Options{})
			if err != nil || len(got) != 1 || got[0].ID != "b1" {
				t.Fatalf("%v, %v", got, err)
			}
			checkCube(t, got[0], 1000)
			p := got[0].Properties
			if p["name"] != "魔方" || p["measuredHeight"] != 10.5 || p["storeysAboveGround"] != int64(3) || p["owner_kind"] != "public" || p["rooms"] != int64(12) || p["lod"] != test.lod {
				t.Errorf("%v", p)
			}
		})
	}
}

func TestCityGMLInDegreesHasLatitudeFirst(t *testing.T) {
	degrees := func(x, y, z int) string {
		return fmt.Sprintf("%.9f %.9f %d", 35.68+float64(y)/111_000, 139.76+float64(x)/90_000, z)
	}
	building := `<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>` + surfaceMembers(gmlCube(degrees)) + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>`
	got, err := readAll(t, cityFile(t, "tokyo.gml", gmlCity("http://www.opengis.net/def/crs/EPSG/0/6697", building)), importer.Options{})
	if err != nil || len(got) != 1 || got[0].Err != nil {
		t.Fatalf("%v, %v", got, err)
	}
	if at := got[0].Geometry.Bound().Center(); math.Abs(at[0]-139.76) > 0.001 || math.Abs(at[1]-35.68) > 0.001 {
		t.Errorf("Tokyo lies at %v", at)
	}
}

func TestGeometriesOfCityGMLNameTheirSystem(t *testing.T) {
	const rdnap = ` srsName="urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709"`
	building := func(solid, polygon, list string) string {
		shape := strings.NewReplacer("<gml:Polygon", "<gml:Polygon"+polygon, "<gml:posList", "<gml:posList"+list).Replace(surfaceMembers(gmlCube(rd)))
		return `<bldg:lod1Solid><gml:Solid` + solid + `><gml:exterior><gml:CompositeSurface>` + shape + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>`
	}
	const envelope = `<gml:boundedBy><gml:Envelope` + rdnap + `><gml:lowerCorner>0 0 0</gml:lowerCorner><gml:upperCorner>1 1 1</gml:upperCorner></gml:Envelope></gml:boundedBy>`
	multi := `<bldg:boundedBy><bldg:WallSurface><bldg:lod2MultiSurface><gml:MultiSurface` + rdnap + `>` + surfaceMembers(gmlCube(rd)) + `</gml:MultiSurface></bldg:lod2MultiSurface></bldg:WallSurface></bldg:boundedBy>`
	links := `<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>`
	for i := range 6 {
		links += fmt.Sprintf(`<gml:surfaceMember xlink:href="#p%d"/>`, i)
	}
	links += `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>`
	tests := []struct{ name, document, building, crs, wrong string }{
		{"the solid", "", building(rdnap, "", ""), "", ""},
		{"each polygon", "", building("", rdnap, ""), "", ""},
		{"each list of places", "", building("", "", rdnap), "", ""},
		{"the envelope of the building", "", envelope + building("", "", ""), "", ""},
		{"surfaces that a solid refers to", "", links + multi, "", ""},
		{"the document in another spelling", "EPSG:28992", building(rdnap, "", ""), "", ""},
		{"nothing", "", building("", "", ""), "", "the file names no coordinate system"},
		{"another than the document", "EPSG:25832", building(rdnap, "", ""), "", "polygon 1: its coordinates are in urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709, others of the file in EPSG:25832"},
		{"one with the other order than the document", "EPSG:4326", building(` srsName="urn:ogc:def:crs:EPSG::4326"`, "", ""), "", "its coordinates are in urn:ogc:def:crs:EPSG::4326"},
		{"one that is not known", "", building(` srsName="EPSG:31467"`, "", ""), "", "the coordinate system EPSG:31467: unknown"},
		{"one that is not known, declared", "", building(` srsName="EPSG:31467"`, "", ""), "EPSG:28992", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := gmlCity(test.document, test.building)
			if test.document == "" {
				text = strings.Replace(text, ` srsName=""`, "", 1)
			}
			got, err := readAll(t, cityFile(t, "x.gml", text), importer.Options{CRS: test.crs})
			if err != nil || len(got) != 1 {
				t.Fatalf("%v, %v", got, err)
			}
			if test.wrong == "" {
				checkCube(t, got[0], 1000)
			} else if got[0].Err == nil || !strings.Contains(got[0].Err.Error(), test.wrong) {
				t.Errorf("%v, want %q", got[0].Err, test.wrong)
			}
		})
	}
}

func TestAReferenceToACityObjectHidesNoBuilding(t *testing.T) {
	solid := `<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>` + surfaceMembers(gmlCube(rd)) + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>`
	text := strings.Replace(gmlCity("EPSG:7415", solid), "<core:cityObjectMember>", `<core:cityObjectMember xlink:href="#b1"/><core:cityObjectMember>`, 1)
	got, err := readAll(t, cityFile(t, "x.gml", text), importer.Options{})
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	checkCube(t, got[0], 1000)
}

func TestCityGMLInOtherEncodings(t *testing.T) {
	shape := `<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>` + surfaceMembers(gmlCube(rd)) + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>`
	tests := []struct {
		label, name string
		in          encoding.Encoding
		declared    string
	}{
		{"ISO-8859-1", "Straße", charmap.ISO8859_1, ""},
		{"windows-1252", "Straße €", charmap.Windows1252, ""},
		{"GB18030", "魔方", simplifiedchinese.GB18030, ""},
		{"gb2312", "魔方", simplifiedchinese.GBK, ""},
		{"Shift_JIS", "魔方", japanese.ShiftJIS, ""},
		{"UTF-16", "魔方", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), ""},
		{"UTF-16", "魔方", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), ""},
		{"UTF-16LE", "魔方", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), ""},
		{"utf-16be", "魔方", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), ""},
		{"ISO-8859-1", "魔方", simplifiedchinese.GB18030, "gb18030"},
	}
	for _, test := range tests {
		text := strings.Replace(gmlCity("EPSG:7415", "<gml:name>"+test.name+"</gml:name>"+shape), "UTF-8", test.label, 1)
		encoded, err := test.in.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(t, cityFile(t, "x.gml", encoded), importer.Options{Encoding: test.declared})
		if err != nil || len(got) != 1 || got[0].Properties["name"] != test.name {
			t.Errorf("%s: %v, %v", test.label, got, err)
			continue
		}
		checkCube(t, got[0], 1000)
	}
	text := strings.Replace(gmlCity("EPSG:7415", shape), "UTF-8", "x-none", 1)
	if _, err := readAll(t, cityFile(t, "x.gml", text), importer.Options{}); err == nil || !strings.Contains(err.Error(), `the encoding "x-none" is unknown`) {
		t.Errorf("an encoding that is none: %v", err)
	}
}

func TestCityGMLThatIsWrongSaysWhere(t *testing.T) {
	solid := func(polygons ...string) string {
		return `<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>` + surfaceMembers(polygons) + `</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>`
	}
	polygon := func(text string) string {
		return `<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>` + text + `</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>`
	}
	tests := []struct{ name, text, want string }{
		{"no surface", gmlCity("EPSG:28992", ""), "it has no surface"},
		{"words for numbers", gmlCity("EPSG:28992", solid(polygon("1 2 three"))), `polygon 1: "three" is no coordinate`},
		{"two dimensions", gmlCity("EPSG:28992", solid(polygon("1 2 3 4"))), "polygon 1: 4 numbers are no places of three"},
		{"a system that is not known", gmlCity("EPSG:31467", solid()), "the coordinate system EPSG:31467"},
		{"no system", gmlCity("", solid(polygon("1 2 3 4 5 6 7 8 10"))), "names no coordinate system"},
		{"another system than it says", gmlCity("EPSG:28992", solid(polygon("1 2 3 4 5 6 7 8 10"))), "surface 1: point 1: easting 1, northing 2 is outside of EPSG:28992"},
		{"cut off", gmlCity("EPSG:28992", solid())[:900], "unexpected EOF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all, err := readAll(t, cityFile(t, "x.gml", test.text), importer.Options{})
			for _, rec := range all {
				err = errors.Join(err, rec.Err)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func FuzzCityGML(f *testing.F) {
	f.Add([]byte(gmlCity("EPSG:28992", `<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>`+surfaceMembers(gmlCube(rd))+`</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>`)))
	f.Add([]byte(`<CityModel><Building><lod1Solid href="#a" id="a"><x href="#a"/></lod1Solid></Building></CityModel>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.gml")
		if err := os.WriteFile(path, append([]byte("<CityModel >"), data...), 0o644); err != nil {
			t.Fatal(err)
		}
		src, err := importer.Open(path, importer.Options{CRS: "EPSG:28992"})
		if err != nil {
			return
		}
		defer func() { _ = src.Close() }()
		for range 100 {
			rec, err := src.Next()
			if err != nil {
				return
			}
			if rec.Err == nil && rec.Geometry == nil {
				t.Fatalf("%s has neither a geometry nor an error", rec.Place)
			}
		}
	})
}
