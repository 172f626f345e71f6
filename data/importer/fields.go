package importer

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// common are the common columns that a file may fill.
var common = []string{"owner", "source", "effective_from", "effective_to", "accuracy_m"}

// A target is where the values of a field go.
type target struct {
	property int    // index in the layer's properties, -1 for none
	common   string // or a common column
	ignored  bool   // left out on purpose
	rank     int    // how surely the field is meant: lower wins when two fields go to one property
}

// A fitter brings the fields of a file to the properties of a layer.
type fitter struct {
	layer   layers.Layer
	o       Options
	convert converter
	targets map[string]target
	taken   []int // rank of the field that filled each property of the current record, from 1
	leftOut map[string]int64
}

func newFitter(l layers.Layer, o Options) (*fitter, error) {
	c, err := newConverter(o)
	if err != nil {
		return nil, err
	}
	f := &fitter{layer: l, o: o, convert: c, targets: map[string]target{}, taken: make([]int, len(l.Properties)), leftOut: map[string]int64{}}
	for _, field := range slices.Sorted(maps.Keys(o.Map)) {
		to := o.Map[field]
		_, known := l.Property(to)
		if to != "" && !known && !slices.Contains(common, to) {
			return nil, fmt.Errorf("field %s shall become %q, but layer %s has no such property", field, to, l.ID)
		}
	}
	return f, nil
}

// find says where a field goes.
func (f *fitter) find(field string) target {
	t, ok := f.targets[field]
	if !ok {
		if t = f.match(field); len(f.targets) < 100_000 {
			f.targets[field] = t
		}
	}
	return t
}

func (f *fitter) match(field string) target {
	if to, declared := f.o.Map[field]; declared {
		if to == "" {
			return target{property: -1, ignored: true}
		}
		if i := f.index(func(name string) bool { return name == to }); i >= 0 {
			return target{property: i, rank: 1}
		}
		return target{property: -1, common: to}
	}
	clean := Sanitise(field)
	for rank, same := range []func(string) bool{
		func(name string) bool { return name == field },
		func(name string) bool { return strings.EqualFold(name, field) },
		func(name string) bool { return name == clean },
	} {
		if i := f.index(same); i >= 0 {
			return target{property: i, rank: rank + 2}
		}
	}
	isKey := slices.ContainsFunc(f.o.Key, func(key string) bool { return strings.EqualFold(key, field) || key == clean })
	return target{property: -1, ignored: isKey} // a key is in the id, so it is not lost
}

func (f *fitter) index(same func(name string) bool) int {
	return slices.IndexFunc(f.layer.Properties, func(p layers.Property) bool { return same(p.Name) })
}

// fit makes a feature of a record, without id. A value that does not fit is an error; fields that the layer
// does not have are counted.
func (f *fitter) fit(r Record) (spatial.Feature, []string, error) {
	out := spatial.Feature{Geometry: r.Geometry, Owner: f.o.Owner, Source: f.o.Source, Properties: make(map[string]any, len(r.Properties))}
	var notes []string
	clear(f.taken)
	for field, v := range r.Properties {
		if blank(v) {
			continue
		}
		t := f.find(field)
		var note string
		var err error
		switch {
		case t.ignored:
		case t.common != "":
			err = f.setCommon(&out, t.common, v)
		case t.property < 0:
			f.leftOut[field]++
		default:
			note, err = f.set(&out, field, t, v)
		}
		if err != nil {
			return out, notes, fmt.Errorf("field %s: %w", field, err)
		}
		if note != "" {
			notes = append(notes, note)
		}
	}
	for name, v := range r.Common {
		if err := f.setCommon(&out, name, v); err != nil {
			return out, notes, fmt.Errorf("common column %s: %w", name, err)
		}
	}
	return out, notes, nil
}

// set gives a property its value. When two fields of a record mean one property, the surer one wins and the
// other is counted as left out.
func (f *fitter) set(out *spatial.Feature, field string, t target, v any) (note string, err error) {
	p := f.layer.Properties[t.property]
	if old := f.taken[t.property]; old > 0 && old <= t.rank {
		f.leftOut[field]++
		return "", nil
	} else if old > 0 {
		f.leftOut[p.Name+" (given by two fields)"]++
	}
	good, note, err := f.convert.value(p, v)
	if err != nil {
		return "", err
	}
	if good != nil {
		out.Properties[p.Name] = good
		f.taken[t.property] = t.rank
	}
	return note, nil
}

func (f *fitter) setCommon(out *spatial.Feature, name string, v any) (err error) {
	switch name {
	case "owner":
		out.Owner = textOf(v)
	case "source":
		out.Source = textOf(v)
	case "accuracy_m":
		out.Accuracy, err = toNumber(v)
	case "effective_from":
		out.Effective.From, err = f.convert.moment(v)
	case "effective_to":
		out.Effective.To, err = f.convert.moment(v)
	default:
		f.leftOut["common."+name]++
	}
	return err
}

// blank tells whether a value says nothing.
func blank(v any) bool {
	s, ok := v.(string)
	return v == nil || ok && strings.TrimSpace(s) == ""
}

// chinese are field names that Chinese files often have.
var chinese = map[string]string{
	"名称": "name", "名字": "name", "姓名": "name", "编号": "code", "编码": "code", "代码": "code", "类型": "type", "类别": "class",
	"种类": "kind", "地址": "address", "备注": "remark", "说明": "remark", "面积": "area", "长度": "length", "等级": "grade", "级别": "grade",
	"电话": "phone", "日期": "date", "时间": "time", "状态": "status", "高度": "height", "层数": "floors", "楼层": "floors", "省": "province",
	"市": "city", "区": "district", "县": "county", "街道": "street", "社区": "community", "单位": "unit", "所属单位": "unit", "数量": "count",
	"方向": "direction", "速度": "speed", "人口": "population", "品种": "breed", "性别": "sex", "用途": "use", "年份": "year",
}

// Sanitise makes a property name of a field's name: a-z, 0-9 and _, the same one each time. What cannot be
// written so (hanzi that are no common name) becomes field_ and a hash.
func Sanitise(field string) string {
	if name, ok := chinese[strings.TrimSpace(field)]; ok {
		return name
	}
	var b strings.Builder
	lost := false
	for _, r := range strings.ToLower(strings.TrimSpace(field)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r < 0x80 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		case r >= 0x80:
			lost = true
		}
	}
	name := strings.Trim(b.String(), "_")
	if lost || name == "" {
		h := fnv.New32a()
		h.Write([]byte(field))
		name = strings.Trim(fmt.Sprintf("field_%s_%08x", name[:min(len(name), 30)], h.Sum32()), "_")
		name = strings.ReplaceAll(name, "__", "_")
	}
	if name[0] >= '0' && name[0] <= '9' {
		name = "n_" + name
	}
	name = strings.TrimRight(name[:min(len(name), 42)], "_")
	if slices.Contains(layers.CommonColumns, name) {
		name += "_field"
	}
	return name
}
