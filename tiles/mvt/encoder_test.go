package mvt_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	orbmvt "github.com/paulmach/orb/encoding/mvt"

	"github.com/wardmap/wardmap/tiles"
	"github.com/wardmap/wardmap/tiles/mvt"
)

// words is a dictionary of texts.
type words []string

func (w words) Key(k uint32) string   { return w[k] }
func (w words) Value(v uint32) []byte { return mvt.AppendString(nil, w[v]) }

func TestAnEncodedPointHasTheBytesOfTheFormat(t *testing.T) {
	var e mvt.Encoder
	e.Begin(words{"kind", "car"})
	e.Feature(1)
	e.Tag(0, 1)
	e.Point(25, 17)
	got := e.Append(nil, "u")
	want := "1a24" + "7802" + "0a0175" + // layer of 36 bytes, version 2, name u
		"120d" + "0801" + "12020000" + "1801" + "2203093222" + // feature 1, tags 0 0, point: 9 50 34, as in the spec
		"1a046b696e64" + "22050a03636172" + "288020" // key kind, value car, extent 4096
	if hex.EncodeToString(got) != want {
		t.Fatalf("got  %x\nwant %s", got, want)
	}
}

func TestGeometriesHaveTheCommandsOfTheFormat(t *testing.T) {
	tests := []struct {
		name  string
		typ   mvt.Type
		parts []part
		want  []byte // from sections 4.3.5.1 to 4.3.5.6 of the specification
	}{
		{"point", mvt.Points, []part{{mvt.PointPart, [][2]int{{25, 17}}}}, []byte{9, 50, 34}},
		{"points", mvt.Points, []part{{mvt.PointPart, [][2]int{{5, 7}, {3, 2}}}}, []byte{17, 10, 14, 3, 9}},
		{"line", mvt.LineString, []part{{mvt.LinePart, [][2]int{{2, 2}, {2, 10}, {10, 10}}}}, []byte{9, 4, 4, 18, 0, 16, 16, 0}},
		{"lines", mvt.LineString, []part{{mvt.LinePart, [][2]int{{2, 2}, {2, 10}, {10, 10}}}, {mvt.LinePart, [][2]int{{1, 1}, {3, 5}}}},
			[]byte{9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8}},
		{"polygon", mvt.Polygon, []part{{mvt.OuterPart, [][2]int{{3, 6}, {8, 12}, {20, 34}}}}, []byte{9, 6, 12, 18, 10, 12, 24, 44, 15}},
		{"polygons", mvt.Polygon, []part{
			{mvt.OuterPart, [][2]int{{0, 0}, {10, 0}, {10, 10}, {0, 10}}},
			{mvt.OuterPart, [][2]int{{11, 11}, {20, 11}, {20, 20}, {11, 20}}},
			{mvt.InnerPart, [][2]int{{13, 13}, {13, 17}, {17, 17}, {17, 13}}},
		}, []byte{9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15, 9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15, 9, 4, 13, 26, 0, 8, 8, 0, 0, 7, 15}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := commands(tt.typ, tt.parts...); !bytes.Equal(got, tt.want) {
				t.Fatalf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestValuesAreCodedByTheirType(t *testing.T) {
	tests := []struct {
		name string
		got  []byte
		want string
	}{
		{"text", mvt.AppendString(nil, "秦州"), "0a06e7a7a6e5b79e"},
		{"zero", mvt.AppendInt(nil, 0), "2800"},
		{"large", mvt.AppendInt(nil, 300), "28ac02"},
		{"negative", mvt.AppendInt(nil, -1), "3001"},
		{"least", mvt.AppendInt(nil, -1<<63), "30ffffffffffffffffff01"},
		{"number", mvt.AppendDouble(nil, 1), "19000000000000f03f"},
		{"true", mvt.AppendBool(nil, true), "3801"},
		{"false", mvt.AppendBool(nil, false), "3800"},
	}
	for _, tt := range tests {
		if hex.EncodeToString(tt.got) != tt.want {
			t.Errorf("%s: got %x, want %s", tt.name, tt.got, tt.want)
		}
	}
}

func TestFeatureIDs(t *testing.T) {
	tests := []struct {
		id    string
		num   uint64
		exact bool
	}{
		{"0", 0, true}, {"17", 17, true}, {"9007199254740991", 1<<53 - 1, true},
		{"9007199254740992", 0, false}, {"007", 0, false}, {"-1", 0, false}, {"+1", 0, false}, {"1.0", 0, false}, {"", 0, false},
		{"beat-7", 0, false}, {"99999999999999999999", 0, false},
	}
	seen := map[uint64]string{}
	for _, tt := range tests {
		num, exact := mvt.FeatureID(tt.id)
		if exact != tt.exact || exact && num != tt.num || num >= 1<<53 {
			t.Errorf("%q: got %d, %v", tt.id, num, exact)
		}
		if other, twice := seen[num]; twice {
			t.Errorf("%q and %q both have %d", tt.id, other, num)
		}
		seen[num] = tt.id
	}
	if num, _ := mvt.FeatureID("beat-7"); num != 3974177627464224 {
		t.Errorf("beat-7 is %d: clients that kept ids would lose them", num)
	}
}

// TestLongFeaturesRoundTrip makes every length longer than one byte and reads the tile with orb's decoder.
func TestLongFeaturesRoundTrip(t *testing.T) {
	dict := words{}
	for i := range 400 {
		dict = append(dict, fmt.Sprintf("word%d%s", i, strings.Repeat("x", i)))
	}
	var e mvt.Encoder
	var c mvt.Canvas
	for range 2 { // twice, for a used encoder must not remember
		e.Begin(dict)
		c.Begin(tile)
		for f := range 3 {
			c.Start(255)
			var pts []tiles.World
			for i := range 900 {
				pts = append(pts, at(i*4, (i%2)*500+f))
			}
			c.Add(mvt.LinePart, pts, nil)
			e.Feature(uint64(f))
			for k := range uint32(200) {
				e.Tag(k, k+200-uint32(f))
			}
			e.TagText(200, []byte(strings.Repeat("y", 300)))
			e.Geometry(mvt.LineString, c.Commands(mvt.LineString))
		}
	}
	data := e.Append(nil, "long")
	if err := mvt.Check(data); err != nil {
		t.Fatal(err)
	}
	layers, err := orbmvt.Unmarshal(data)
	if err != nil {
		t.Fatal(err)
	}
	ours, _ := mvt.Decode(data)
	for i, f := range layers[0].Features {
		if len(f.Properties) != 201 || f.Properties[dict[5]] != dict[205-i] || f.Properties[dict[200]] != strings.Repeat("y", 300) {
			t.Fatalf("feature %d has %d properties", i, len(f.Properties))
		}
		if fmt.Sprint(ours[0].Features[i].Properties) != fmt.Sprint(map[string]any(f.Properties)) {
			t.Fatalf("feature %d: our decoder reads other properties", i)
		}
	}
}

func TestNothingComesFromNothing(t *testing.T) {
	var e mvt.Encoder
	e.Begin(words{})
	if got := e.Append([]byte("keep"), "empty"); string(got) != "keep" {
		t.Fatalf("a layer without features gives %x", got)
	}
}

func TestTagsAndTagWriteTheSame(t *testing.T) {
	var dict words
	for i := range 20_000 {
		dict = append(dict, fmt.Sprint(i))
	}
	var a, b mvt.Encoder
	a.Begin(dict)
	b.Begin(dict)
	for i := range uint32(19_000) {
		row := []uint32{1 + i%7, 0, 1 + i, 1 + i%300}
		a.Feature(uint64(i))
		a.Tags(row)
		a.Point(1, 2)
		b.Feature(uint64(i))
		for k, v := range row {
			if v != 0 {
				b.Tag(uint32(k), v)
			}
		}
		b.Point(1, 2)
	}
	if !bytes.Equal(a.Append(nil, "x"), b.Append(nil, "x")) {
		t.Fatal("the tiles differ")
	}
}
