package layers_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/wardmap/wardmap/layers"
)

func TestParseReadsWhatADefinitionSaysAndFillsInTheRest(t *testing.T) {
	g, ps := layers.Parse("patrol.yaml", []byte(beats))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	l := g.Layers[0]
	if l.ID != "beats" || l.Group != "patrol" || l.Kind != layers.PolygonKind || l.MinZoom != 8 || l.MaxZoom != 16 ||
		l.Simplify != layers.SimplifyShared || l.Sensitivity != layers.Public || !l.IsManaged() || l.Line != 5 || l.Title.Zh != "巡区" {
		t.Errorf("got %+v", l)
	}
	if p, ok := l.Property("officers"); !ok || p.Type != layers.IntegerType || *p.Max != 50 {
		t.Errorf("officers: %+v", p)
	}
}

func TestParseNamesFileLineAndField(t *testing.T) {
	tests := []struct {
		name     string
		old, new string
		want     []string // one problem each: "place: part of the message"
	}{
		{"an unknown key", "geometry: polygon", "geometrie: polygon", []string{"patrol.yaml:7: field geometrie not found"}},
		{"a wrong type", "minzoom: 8", "minzoom: low", []string{"patrol.yaml:9: cannot unmarshal"}},
		{"broken YAML", "    label: name", "   label: name", []string{"patrol.yaml:"}},
		{"another group than the file's", "group: patrol", "group: patrols", []string{`patrol.yaml:1 group: the group is called "patrols"`}},
		{"an unknown kind", "geometry: polygon", "geometry: blob", []string{`patrol.yaml:7 layers[0].geometry: "blob" is none of point line polygon any`}},
		{"a bad id", "id: beats", "id: Beats-1", []string{"patrol.yaml:5 layers[0].id"}},
		{"an id that label points use", "id: posts", "id: posts_label", []string{`layers[1].id: "posts_label" ends in _label`}},
		{"an id that stands there twice", "id: posts", "id: beats", []string{`layers[1].id: layer "beats" stands already in line 5`}},
		{"a title in one language", "{zh-CN: 岗亭, en: Posts}", "{zh-CN: 岗亭}", []string{"layers[1].title: give it in both languages"}},
		{"zooms upside down", "minzoom: 8", "minzoom: 17", []string{"patrol.yaml:9 layers[0].minzoom: the zooms 17 to 16"}},
		{"a label that is no property", "label: name", "label: title", []string{"patrol.yaml:8 layers[0].label"}},
		{"a common column as property", "{name: area,", "{name: owner,", []string{"patrol.yaml:13 layers[0].properties[2].name: \"owner\" is a column that every feature has"}},
		{"a range on a text", "type: text, required: true", "type: text, min: 3", []string{"properties[0].min: min and max are for"}},
		{"an empty range", "min: 0, max: 50", "min: 9, max: 5", []string{"properties[1].min: min 9 is greater than max 5"}},
		{"an enumeration of numbers", "        type: text\n        tile: true\n        values", "        type: integer\n        tile: true\n        values", []string{"properties[6].values: an enumeration is of type text"}},
		{"a value twice", "value: b,", "value: a,", []string{"patrol.yaml:23 layers[0].properties[6].values[1].value"}},
		{"a colour that is none", `"#e55"`, `"red"`, []string{`values[0].color: "red" is no colour`}},
		{"a style that reads what tiles do not carry", "[get, grade]", "[get, area]", []string{`patrol.yaml:25 layers[0].style[0]: the style reads "area"`}},
		{"a style key that is not known", "paint: {circle-color", "pain: {circle-color", []string{"layers[1].style[0].pain"}},
		{"a style type that is not known", "type: circle", "type: cirkle", []string{"layers[1].style[0].type: cirkle is none of"}},
		{"a table without its name", "hidden: true", "source: {type: table, id: gid}", []string{`layers[1].source.table: "" names no table`}},
		{"a restricted property on tiles", "type: text, required: true", "type: text, sensitivity: restricted", []string{"properties[0].tile: a restricted property is never on tiles"}},
		{"a text of a format that is none", "type: text, required: true", "type: text, format: html", []string{`properties[0].format: "html" is none of solid`}},
		{"a solid on tiles", "{name: area,", "{name: body, title: {zh-CN: 体, en: Body}, type: text, format: solid, tile: true}\n      - {name: area,", []string{"properties[2].format: a solid is of type text, and has neither tile"}},
		{"a body that is no solid", "label: name", "scene: {solid: name}", []string{`layers[0].scene.solid: "name" is none of the layer's properties of format solid`}},
		{"a scene of points", "hidden: true", "scene: {}", []string{"layers[1].scene: bodies need footprints, or a model: the geometry of the layer is point"}},
		{"a model of polygons", "label: name", "scene: {model: camera}", []string{"layers[0].scene: models and views are of points: the geometry of the layer is polygon"}},
		{"a model that is none", "hidden: true", "scene: {model: horse}", []string{`layers[1].scene.model: "horse" is none of camera lamp mast post`}},
		{"a view without a distance", "hidden: true", "scene: {view: {angle: x}}", []string{`layers[1].scene.view.angle: "x" is none of the layer's properties of type number`, "layers[1].scene.view: a view needs facing"}},
		{"floors that do not say of what", "label: name", "scene: {replaces: {layer: buildings, property: area}}", []string{`scene.replaces.property: "area" is none of the layer's properties of type text`, "scene.replaces: say with layer and property"}},
		{"a height that is no number", "label: name", "scene: {height: name}", []string{`patrol.yaml:8 layers[0].scene.height: "name" is none of the layer's properties of type number`}},
		{"more than opaque", "label: name", "scene: {opacity: 1.5}", []string{`layers[0].scene.opacity: the opacity 1.5 is not within 0 to 1`}},
		{"a roof that is no property", "label: name", "scene: {roof: roof}", []string{`layers[0].scene.roof: "roof" is none of the layer's properties of type text`}},
		{"defaults by nothing", "label: name", "scene: {defaults: {house: 6}}", []string{"layers[0].scene.defaults: say with class"}},
		{"a default beneath the ground", "label: name", "scene: {default: -3}", []string{"layers[0].scene.default: the height -3 is not within"}},
		{"counts of polygons", "label: name", "counts: {cells: 14}", []string{"patrol.yaml:8 layers[0].counts: points are counted: the geometry of the layer is polygon"}},
		{"counts by nothing", "hidden: true", "counts: {}", []string{"layers[1].counts: say by which layers of areas"}},
		{"counts of units", "hidden: true", "registry: {class: vehicle}\n    counts: {cells: 14}", []string{"layers[1].counts: units, shifts and devices are not counted by place"}},
		{"counts below five", "hidden: true", "counts: {cells: 14, k: 4}", []string{"layers[1].counts.k: 4 is too few: counts below 5 are never told"}},
		{"squares as fine as houses", "hidden: true", "counts: {cells: 17}", []string{"layers[1].counts.cells: squares of zoom 17 would tell the house"}},
		{"periods of a day", "hidden: true", "properties: [{name: at, title: {zh-CN: 时, en: At}, type: time}]\n    counts: {cells: 14, time: at, period: 1}", []string{"layers[1].counts.period: 1 days are no period: it has 7 to 366"}},
		{"periods of no time", "hidden: true", "counts: {cells: 14, period: 7}", []string{"layers[1].counts.period: say with time by which property"}},
		{"a time that is none", "hidden: true", "counts: {cells: 14, time: when}", []string{`layers[1].counts.time: "when" is none of the layer's properties of type time or date`}},
		{"counts that are more secret than the features", "hidden: true", "counts: {cells: 14, sensitivity: restricted}", []string{"layers[1].counts.sensitivity: the counts are restricted and the layer is not"}},
		{"three layers of areas", "hidden: true", "counts: {by: [a, b, c]}", []string{"layers[1].counts.by: there can be 2 layers of areas, not 3"}},
		{"classes without areas", "hidden: true", "properties: [{name: kind, title: {zh-CN: 类, en: Kind}, type: text}]\n    counts: {cells: 14, of: [kind]}", []string{"layers[1].counts.of: classes are counted by areas"}},
		{"classes by what names each", "hidden: true", "properties: [{name: no, title: {zh-CN: 号, en: Number}, type: text, search: true}]\n    counts: {by: [beats], of: [no]}", []string{`layers[1].counts.of[0]: "no" tells features apart`}},
		{"classes of numbers", "hidden: true", "properties: [{name: no, title: {zh-CN: 号, en: Number}, type: integer}]\n    counts: {by: [beats], of: [no]}", []string{`layers[1].counts.of[0]: "no" is none of the layer's properties of type text or boolean`}},
		{"classes that the layer's readers do not see", "hidden: true", "properties: [{name: kind, title: {zh-CN: 类, en: Kind}, type: text, sensitivity: internal}]\n    counts: {by: [beats], of: [kind]}", []string{`layers[1].counts.of[0]: "kind" is internal and the layer is not`}},
		{"classes by what nobody may be sorted by", "hidden: true", "properties: [{name: minzu, title: {zh-CN: 民族, en: Group}, type: text}]\n    counts: {by: [beats], of: [minzu]}", []string{`layers[1].properties[0].name`}},
		{"a scene in a colour that is none", "label: name", "scene: {color: blue}", []string{`layers[0].scene.color: "blue" is no colour`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(beats, test.old) {
				t.Fatalf("the sample has no %q", test.old)
			}
			_, ps := layers.Parse("patrol.yaml", []byte(strings.Replace(beats, test.old, test.new, 1)))
			for _, want := range test.want {
				if !strings.Contains(ps.Error(), want) {
					t.Errorf("got %v\nwant %s", ps, want)
				}
			}
		})
	}
	if _, ps := layers.Parse("patrol.yaml", nil); len(ps) == 0 {
		t.Error("an empty file passed")
	}
}

func TestALaterFolderOverridesAnEarlierOne(t *testing.T) {
	own := fstest.MapFS{"patrol.yaml": {Data: []byte(strings.Replace(beats, "minzoom: 8", "minzoom: 5", 1))}}
	c, ps := layers.Load(fstest.MapFS{"patrol.yaml": {Data: []byte(beats)}}, own)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	if l, ok := c.Layer("beats"); !ok || l.MinZoom != 5 {
		t.Errorf("beats starts at zoom %d, want 5", l.MinZoom)
	}
	if ids := len(c.Layers()); ids != 2 || c.Layers()[0].ID != "posts" {
		t.Errorf("%d layers, first %s; want 2, posts first by its order", ids, c.Layers()[0].ID)
	}
}

func TestHalfACatalogueIsNone(t *testing.T) {
	c, ps := layers.Load(fstest.MapFS{"patrol.yaml": {Data: []byte(beats)}, "zoo.yaml": {Data: []byte("group: zoo\nx: 1\n")}})
	if c != nil || len(ps) == 0 {
		t.Errorf("got %v, %v", c, ps)
	}
}

func TestOneIDInTwoGroupsIsRefused(t *testing.T) {
	other := strings.NewReplacer("group: patrol", "group: zoo").Replace(beats)
	_, ps := layers.Load(fstest.MapFS{"patrol.yaml": {Data: []byte(beats)}, "zoo.yaml": {Data: []byte(other)}})
	if !strings.Contains(ps.Error(), `layer "beats" is defined in group patrol already`) {
		t.Errorf("got %v", ps)
	}
}

func TestStyleDrawsLabelsLastAndHidesWhatIsHidden(t *testing.T) {
	c, ps := layers.Load(fstest.MapFS{"patrol.yaml": {Data: []byte(beats)}})
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	style := layers.Style(c, "http://127.0.0.1:1")
	var ids []string
	for _, l := range style["layers"].([]map[string]any) {
		ids = append(ids, l["id"].(string))
		if l["id"] == "posts" && l["layout"].(map[string]any)["visibility"] != "none" {
			t.Error("posts are hidden and show")
		}
	}
	if got := strings.Join(ids, " "); got != "ground posts beats/fill beats/label" {
		t.Errorf("drawn in order %s", got)
	}
	for _, l := range style["layers"].([]map[string]any) {
		want := map[any]any{"posts": "posts", "beats/fill": "beats", "beats/label": "beats_label"}[l["id"]]
		if l["id"] != "ground" && l["source-layer"] != want {
			t.Errorf("%v reads %v, want %v", l["id"], l["source-layer"], want)
		}
	}
	source := style["sources"].(map[string]any)["patrol"].(map[string]any)
	if source["tiles"].([]string)[0] != "http://127.0.0.1:1/tiles/posts,beats/{z}/{x}/{y}.mvt" || source["maxzoom"] != uint8(16) {
		t.Errorf("source %v", source)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(beats))
	f.Add([]byte("group: [1, {a: &b c}]\nlayers: *b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, ps := layers.Parse("patrol.yaml", data)
		if len(ps) == 0 && g.ID != "patrol" {
			t.Errorf("group %q passed", g.ID)
		}
	})
}

func TestCountsAreByAreasThatAllOfTheirReadersSee(t *testing.T) {
	tests := []struct {
		name, counts, old, new, want string
	}{
		{"beats", "by: [beats]", "", "", ""},
		{"nothing", "by: [nothing]", "", "", `counts.by[0]: "nothing" is no layer of polygons`},
		{"points", "by: [posts]", "", "", `counts.by[0]: "posts" is no layer of polygons`},
		{"twice the same", "by: [beats, beats]", "", "", `counts.by[1]: "beats" stands there twice`},
		{"areas that are not for everybody", "by: [beats]", "geometry: polygon", "geometry: polygon\n    sensitivity: internal", `not everybody who may see the counts sees all areas of "beats"`},
		{"areas of a jurisdiction", "by: [beats]", "geometry: polygon", "geometry: polygon\n    jurisdiction: name", `not everybody who may see the counts sees all areas of "beats"`},
	}
	for _, test := range tests {
		text := strings.Replace(beats, "hidden: true", "counts: {"+test.counts+"}", 1)
		text = strings.Replace(text, test.old, test.new, min(len(test.old), 1))
		c, ps := layers.Load(fstest.MapFS{"patrol.yaml": {Data: []byte(text)}})
		if test.want != "" && !strings.Contains(ps.Error(), test.want) || test.want == "" && len(ps) > 0 {
			t.Errorf("%s: %v, want %q", test.name, ps, test.want)
		}
		if test.want == "" {
			l, _ := c.Layer("posts")
			if n := l.Counts; n.K != 5 || n.Period != 0 || n.Sensitivity != layers.Public {
				t.Errorf("what is left out becomes %+v", n)
			}
		}
	}
}
