package gather

import (
	"maps"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/limits"
	"github.com/wardmap/wardmap/spatial/crs"
)

var sourceName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// names checks what AGG-01 asks of every data set: what it is, what for, by which right, whose, for how long.
func (c *checker) names(d *Definition) {
	if want := strings.TrimSuffix(filepath.Base(c.file), filepath.Ext(c.file)); d.Name != want || !sourceName.MatchString(d.Name) {
		c.at("名称 %.60q 应与文件名 %.60q 一致：小写字母开头，由 a-z、0-9、_ 组成，最多 48 个字符",
			"the source is called %.60q, its file says %.60q: make them equal, a-z, 0-9 and _, a letter first, at most 48", []string{"source"}, d.Name, want)
	}
	for key, text := range map[string]layers.Text{"title": d.Title, "purpose": d.Purpose, "legal_basis": d.Basis} {
		if strings.TrimSpace(text.Zh) == "" || strings.TrimSpace(text.En) == "" {
			c.wrong("缺少中文（zh-CN）或英文（en）", "a text in zh-CN and en is needed", key)
		}
		if len(text.Zh) > 2000 || len(text.En) > 2000 {
			c.wrong("太长", "it is too long", key)
		}
	}
	if strings.TrimSpace(d.Owner) == "" || len(d.Owner) > 200 {
		c.wrong("请写明责任单位", "say which organisation answers for the data", "owner")
	}
	if d.Retention <= 0 {
		c.wrong("请写明保存期限，如 365d", "say how long the data are kept, such as 365d", "retention")
	}
	for key, text := range map[string]string{"owner": d.Owner, "prefix": d.Prefix, "title": d.Title.Zh + " " + d.Title.En} {
		if b := limits.Value(text); b != nil {
			c.at("%v", "%v", []string{key}, b)
		}
	}
}

func (c *checker) place(d *Definition) {
	switch d.Kind {
	case Folder:
		if d.URL != "" || d.TokenFile != "" || d.Format != "" {
			c.wrong("folder 类数据源没有 url、token_file、format", "a source of kind folder has no url, token_file and format", "kind")
		}
		for _, pattern := range d.Match {
			if _, err := path.Match(pattern, "x"); err != nil || strings.Contains(pattern, "/") {
				c.at("%.60q 不是文件名模式，例如 *.csv", "%.60q is no pattern of file names, such as *.csv", []string{"match"}, pattern)
			}
		}
	case HTTP:
		u, err := url.Parse(d.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(d.URL) > 2000 {
			c.wrong("地址应以 http:// 或 https:// 开头，不含用户名和密码；口令写入 token_file", "it must begin with http:// or https://, without user and password; a token goes into token_file", "url")
		}
		if d.Format != "geojson" && d.Format != "csv" {
			c.wrong("格式为 geojson 或 csv", "it is geojson or csv", "format")
		}
		if d.Folder != "" || len(d.Match) > 0 {
			c.wrong("http 类数据源没有 folder、match", "a source of kind http has no folder and match", "kind")
		}
	default:
		c.at("类型 %.40q 不存在，只有 folder 和 http", "the kind %.40q is none of folder and http", []string{"kind"}, d.Kind)
	}
}

func (c *checker) times(d *Definition) {
	if _, err := time.LoadLocation(d.Zone); err != nil || len(d.Zone) > 60 {
		c.at("没有时区 %.60q，例如 Asia/Shanghai", "there is no zone %.60q; write it as Asia/Shanghai", []string{"zone"}, d.Zone)
	}
	if (d.Every > 0) == (len(d.At) > 0) {
		c.wrong("写明间隔 every（如 15m）或每日时刻 at（如 [\"06:30\"]），二者选一", "say either every (15m) or at ([\"06:30\"])", "every")
	}
	least := time.Second
	if d.Kind == HTTP {
		least = 5 * time.Second
	}
	if d.Every > 0 && (d.Every.D() < least || d.Every.D() > 31*day) {
		c.at("间隔应在 %v 与 31d 之间", "it must be between %v and 31d", []string{"every"}, least)
	}
	if len(d.At) > 96 {
		c.wrong("每日最多 96 个时刻", "at most 96 times a day", "at")
	}
	for _, at := range d.At {
		if _, _, err := clock(at); err != nil {
			c.at("%.20q 不是时刻，请写作 06:30", "%.20q is no time of the day: write it as 06:30", []string{"at"}, at)
		}
	}
	if d.Silent > 0 && d.Every > 0 && d.Silent <= d.Every {
		c.wrong("silent 应大于间隔 every，否则数据源总被判为失联", "it must be longer than every, or the source would always be dead", "silent")
	}
	if d.Failures < 0 || d.Failures > 1000 {
		c.wrong("应为 1 至 1000", "it must be 1 to 1000", "failures")
	}
}

// reading checks how the bytes are to be read.
func (c *checker) reading(d *Definition) {
	if d.CRS == "" {
		c.wrong("必须声明坐标系，如 WGS84、EPSG:4490、GCJ-02", "the coordinate system must be declared, such as WGS84, EPSG:4490, GCJ-02", "crs")
	} else if _, err := crs.Parse(d.CRS); err != nil {
		c.at("未知坐标系：%v", "unknown coordinate system: %v", []string{"crs"}, err)
	}
	if (d.Lon == "") != (d.Lat == "") || d.Lon != "" && d.WKT != "" {
		c.wrong("lon 与 lat 同时写明，或只写 wkt", "say lon and lat together, or wkt alone", "lon")
	}
	if !slices.Contains([]string{"", "dmy", "mdy", "epoch-s", "epoch-ms"}, d.Dates) {
		c.wrong("应为 dmy、mdy、epoch-s 或 epoch-ms", "it is dmy, mdy, epoch-s or epoch-ms", "dates")
	}
	if d.Vanished != Stays && d.Vanished != Expires {
		c.wrong("应为 keep 或 expire", "it is keep or expire", "vanished")
	}
}

// mapping checks fields, constants and codes among each other, and that none says what no layer may hold.
func (c *checker) mapping(d *Definition) {
	if len(d.Key) == 0 || slices.Contains(d.Key, "") {
		c.wrong("必须写明去重主键字段", "the fields of the key are needed: without them records would come in twice", "key")
	}
	for _, field := range d.Key {
		if _, coded := d.Codes[field]; coded {
			c.at("主键字段 %.60q 不能使用代码表", "the key field %.60q cannot have a code table", []string{"codes", field}, field)
		}
	}
	takers := map[string]string{}
	for _, field := range slices.Sorted(maps.Keys(d.Fields)) {
		to := d.Fields[field]
		c.name(field, "fields", field)
		if other, taken := takers[to]; taken && to != "" {
			c.at("属性 %.60q 已由字段 %.60q 填写", "the property %.60q is filled by the field %.60q already", []string{"fields", field}, to, other)
		}
		takers[to] = field
		if to == "source" {
			c.wrong("来源（source）固定为数据源名称", "source is always the name of the source", "fields", field)
		}
	}
	for _, property := range slices.Sorted(maps.Keys(d.Constants)) {
		c.name(property, "constants", property)
		if b := limits.Of(property, d.Constants[property]); b != nil {
			c.at("%v", "%v", []string{"constants", property}, b)
		}
		if field, taken := takers[property]; taken {
			c.at("属性 %.60q 已由字段 %.60q 填写", "the property %.60q is filled by the field %.60q already", []string{"constants", property}, property, field)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(d.Codes)) {
		c.table(field, d.Codes[field])
	}
}

func (c *checker) table(field string, t Table) {
	c.name(field, "codes", field)
	if len(t.Values) == 0 || len(t.Values) > 10_000 {
		c.wrong("代码表应有 1 至 10000 项", "a code table has 1 to 10,000 codes", "codes", field, "values")
	}
	if t.Unknown != Quarantine && t.Unknown != Keep && t.Unknown != Drop {
		c.wrong("未知代码：quarantine（隔离）、keep（保留）或 drop（舍弃）", "an unknown code does quarantine, keep or drop", "codes", field, "unknown")
	}
	if b := limits.Codes(slices.Collect(maps.Values(t.Values))); b != nil {
		c.at("%v", "%v", []string{"codes", field, "values"}, b)
	}
}

func (c *checker) name(name string, keys ...string) {
	if b := limits.Name(name); b != nil {
		c.at("%v", "%v", keys, b)
	}
	if name == "" || len(name) > 200 || strings.HasPrefix(name, mark) {
		c.at("%.60q 不是字段名", "%.60q is no name of a field", keys, name)
	}
}

func (c *checker) limits(d *Definition) {
	for key, one := range map[string]struct{ n, most int }{
		"megabytes": {d.Limits.Megabytes, 4096}, "quarantine": {d.Limits.Quarantine, 100_000}, "vanish": {d.Limits.Vanish, 100},
	} {
		if one.n < 1 || one.n > one.most {
			c.at("应为 1 至 %d", "it must be 1 to %d", []string{"limits", key}, one.most)
		}
	}
}

// Fits holds a definition against the layers: whether its layer takes features, and what it fills is there.
func (d *Definition) Fits(defs *layers.Catalogue) layers.Problems {
	c := checker{file: d.File}
	l, known := defs.Layer(d.Layer)
	if !known || !l.IsManaged() {
		return append(c.problems, layers.Problem{Place: d.File + " layer", Message: "没有可写的图层 " + d.Layer + " / there is no layer " + d.Layer + " that features can be written to"})
	}
	wrong := func(place, zh, en string) {
		c.problems = append(c.problems, layers.Problem{Place: d.File + " " + place, Message: zh + " / " + en})
	}
	common := []string{"owner", "effective_from", "effective_to", "accuracy_m"}
	for _, field := range slices.Sorted(maps.Keys(d.Fields)) {
		to := d.Fields[field]
		if _, has := l.Property(to); !has && to != "" && !slices.Contains(common, to) {
			wrong("fields."+field, "图层没有属性 "+to, "the layer has no property "+to)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Constants)) {
		if _, has := l.Property(name); !has {
			wrong("constants."+name, "图层没有该属性", "the layer has no such property")
		}
	}
	for _, field := range slices.Sorted(maps.Keys(d.Codes)) {
		d.codesFit(&l, field, wrong)
	}
	if p, has := l.Property(d.Newest); d.Newest != "" && (!has || p.Type != layers.DateType && p.Type != layers.TimeType) {
		wrong("newest", "应为日期或时间类型的属性", "it must be a property of type date or time")
	}
	return c.problems
}

// codesFit holds what codes become against the values that the property may have.
func (d *Definition) codesFit(l *layers.Layer, field string, wrong func(place, zh, en string)) {
	to := importer.Goes(*l, d.options(), field)
	p, has := l.Property(to)
	if !has {
		wrong("codes."+field, "该字段不填写任何属性", "the field fills no property")
		return
	}
	for _, code := range slices.Sorted(maps.Keys(d.Codes[field].Values)) {
		value := d.Codes[field].Values[code]
		if p.Type == layers.TextType && len(p.Values) > 0 && !slices.ContainsFunc(p.Values, func(v layers.Value) bool { return v.Value == value }) {
			wrong("codes."+field+".values."+code, "属性 "+to+" 没有取值 "+value, "the property "+to+" has no value "+value)
		}
	}
}
