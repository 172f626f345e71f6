package gather_test

import (
	"strings"
	"testing"

	"github.com/wardmap/wardmap/data/importer/gather"
	"github.com/wardmap/wardmap/layers"
)

func TestParseNamesWhatIsWrong(t *testing.T) {
	tests := []struct{ name, from, to, want string }{
		{"nothing", "", "", ""},
		{"another name than the file", "source: drop", "source: drip", "drop.yaml:1 source: "},
		{"no purpose", "purpose: {zh-CN: 态势分析, en: Situation}\n", "", "purpose: 缺少中文（zh-CN）或英文（en） / a text in zh-CN and en is needed"},
		{"no legal basis in English", "en: Police law", "en: ''", "drop.yaml:4 legal_basis: "},
		{"nobody answers for it", "owner: 指挥中心", "owner: ''", "drop.yaml:5 owner: 请写明责任单位"},
		{"kept for ever", "retention: 30d", "retention: 0d", "drop.yaml:6 retention: "},
		{"a span that is none", "retention: 30d", "retention: a month", "drop.yaml:6: \"a month\" 不是时长"},
		{"a kind that there is not", "kind: folder", "kind: ftp", "drop.yaml:8 kind: 类型 \"ftp\" 不存在"},
		{"a key that there is not", "layer: cases", "layer: cases\nlyaer: x", "drop.yaml:8: field lyaer not found"},
		{"no schedule", "every: 10s\n", "", "every: 写明间隔"},
		{"two schedules", "every: 10s", "every: 10s\nat: [\"06:30\"]", "drop.yaml:9 every: "},
		{"no time of the day", "every: 10s", "at: [\"25:30\"]", "\"25:30\" 不是时刻"},
		{"too often", "every: 10s", "every: 10ms", "drop.yaml:9 every: 间隔应在"},
		{"silent before it is asked again", "silent: 2h", "silent: 5s", "drop.yaml:10 silent: "},
		{"no zone", "crs: WGS84", "crs: WGS84\nzone: Mars/Base", "drop.yaml:13 zone: "},
		{"no coordinate system", "crs: WGS84\n", "", "crs: 必须声明坐标系"},
		{"one that there is not", "crs: WGS84", "crs: EPSG:1", "drop.yaml:12 crs: 未知坐标系"},
		{"no key of records", "key: [CODE]\n", "", "key: 必须写明去重主键字段"},
		{"a key with codes", "key: [CODE]", "key: [TYPE]", "codes.TYPE: 主键字段"},
		{"two fields for one property", "WHEN: seen", "WHEN: kind", "属性 \"kind\" 已由字段 \"TYPE\" 填写"},
		{"a constant for a filled property", "{city: 天水}", "{name: 天水}", "drop.yaml:16 constants.name: "},
		{"a forbidden field", "NOTE: \"\"", "民族: city", "drop.yaml:15 fields.民族: "},
		{"a forbidden constant", "{city: 天水}", "{city: 11010519491231002X}", "constants.city: "},
		{"what an unknown code does", "\"02\": fraud}}", "\"02\": fraud}, unknown: guess}", "drop.yaml:18 codes.TYPE.unknown: "},
		{"a value that the property has not", "\"02\": fraud", "\"02\": arson", "codes.TYPE.values.02: 属性 kind 没有取值 arson"},
		{"a property that the layer has not", "TITLE: name", "TITLE: title", "fields.TITLE: 图层没有属性 title"},
		{"no layer", "layer: cases", "layer: none", "没有可写的图层 none"},
		{"newest of a text", "newest: seen", "newest: name", "newest: 应为日期或时间类型的属性"},
		{"an address for a folder", "every: 10s", "every: 10s\nurl: http://x", "kind: folder 类数据源没有 url"},
		{"a pattern with a folder", "every: 10s", "every: 10s\nmatch: [../*]", "match: \"../*\" 不是文件名模式"},
		{"half of the coordinates", "every: 10s", "every: 10s\nlon: X", "lon: lon 与 lat 同时写明"},
		{"too much at once", "every: 10s", "every: 10s\nlimits: {vanish: 101}", "limits.vanish: 应为 1 至 100"},
		{"two documents", "newest: seen\n", "newest: seen\n---\nsource: x\n", "一个文件只写一个数据源"},
	}
	group, ps := layers.Parse("cases.yaml", []byte(cases))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	defs, _ := layers.NewCatalogue(group)
	for _, tt := range tests {
		text := strings.Replace(drop, tt.from, tt.to, 1)
		if tt.from != "" && text == drop {
			t.Errorf("%s: the definition has no %q", tt.name, tt.from)
		}
		d, ps := gather.Parse("drop.yaml", []byte(text))
		if len(ps) == 0 {
			ps = d.Fits(defs)
		}
		said := ""
		if err := ps.Err(); err != nil {
			said = err.Error()
		}
		if tt.want == "" && said != "" || !strings.Contains(said, tt.want) {
			t.Errorf("%s: it says %q, want %q", tt.name, said, tt.want)
		}
	}
}

func TestAddressOfASource(t *testing.T) {
	for address, good := range map[string]bool{
		"https://data.example.cn/x?f=1": true, "http://10.1.2.3/": true, "ftp://x/": false, "file:///etc/passwd": false, "https://a:b@c/": false, "//x": false, "": false,
	} {
		text := strings.Replace(drop, "kind: folder", "kind: http\nurl: '"+address+"'", 1)
		if _, ps := gather.Parse("drop.yaml", []byte(text)); (len(ps) == 0) != good {
			t.Errorf("%q: %v", address, ps)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(drop))
	f.Add([]byte(whole))
	f.Add([]byte(strings.Replace(drop, "every: 10s", "at: [\"06:30\", \"23:59\"]\nzone: Europe/Berlin", 1)))
	f.Add([]byte("source: &a [*a]"))
	group, _ := layers.Parse("cases.yaml", []byte(cases))
	defs, _ := layers.NewCatalogue(group)
	f.Fuzz(func(t *testing.T, text []byte) {
		d, ps := gather.Parse("drop.yaml", text)
		if len(ps) > 0 {
			return
		}
		if d.Name != "drop" || d.CRS == "" || len(d.Key) == 0 || (d.Every > 0) == (len(d.At) > 0) || d.Owner == "" || d.Retention <= 0 {
			t.Errorf("a definition without problems: %+v", d)
		}
		d.Fits(defs)
	})
}

func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"type":"Feature","id":"3","quarantine":{"record":"0123456789abcdef","source":"drop","run":1,"since":"2026-11-24T08:00:00Z","place":"row 2","reason":"no"},"properties":{"CODE":3,"x":1.5,"y":true},"common":{"owner":"x"},"geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[105.7,34.5]}]}}`))
	f.Add([]byte(`{"type":"Feature","quarantine":{"record":"0123456789abcdef"},"properties":null,"geometry":null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := gather.ParseEntry(line)
		if err != nil {
			return
		}
		text, err := e.JSON()
		if err != nil {
			return // a time of a year that JSON has not
		}
		again, err := gather.ParseEntry(text)
		if err != nil {
			t.Fatalf("%s was written and cannot be read: %v", text, err)
		}
		if more, err := again.JSON(); err != nil || string(more) != string(text) {
			t.Errorf("%s became %s (%v)", text, more, err)
		}
	})
}
