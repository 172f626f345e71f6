package storetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// Layer is a complete, valid definition with one property of every type: name, note (text), number (integer),
// height (number), active (boolean), since (date), seen (time). Label is name.
func Layer(id string, kind layers.Kind) layers.Layer {
	property := func(name, zh string, t layers.Type) layers.Property {
		return layers.Property{Name: name, Title: layers.Text{Zh: zh, En: name}, Type: t, Tile: true}
	}
	name, height := property("name", "名称", layers.TextType), property("height", "高度", layers.NumberType)
	name.Search, height.Unit = true, "m"
	return layers.Layer{
		ID: id, Group: "samples", Title: layers.Text{Zh: "样例 " + id, En: "Sample " + id}, Kind: kind, Label: "name",
		MinZoom: 0, MaxZoom: 16,
		Properties: []layers.Property{
			name, property("note", "备注", layers.TextType), property("number", "编号", layers.IntegerType), height,
			property("active", "启用", layers.BooleanType), property("since", "起始日期", layers.DateType),
			property("seen", "最近时间", layers.TimeType),
		},
	}
}

// Middle is where random features lie around: within one degree of it.
var Middle = orb.Point{105.72, 34.58}

// RandomFeature makes a valid feature of any layer: a simple geometry of its kind near Middle with full random
// coordinates, and values that its properties admit (one in four is absent when it may be). IDs may repeat:
// they are numbers below 10 million.
func RandomFeature(rng *rand.Rand, l layers.Layer) spatial.Feature {
	f := spatial.Feature{
		ID: fmt.Sprint(rng.IntN(10_000_000)), Owner: pick(rng, "", "秦州分局", "麦积分局"), Source: pick(rng, "", "survey 2026", "样例"),
		Effective: randomValidity(rng), Geometry: RandomGeometry(rng, l.Kind), Properties: map[string]any{},
	}
	if rng.IntN(2) == 0 {
		f.Accuracy = rng.Float64() * 20
	}
	for _, p := range l.Properties {
		if p.Required || rng.IntN(4) > 0 {
			f.Properties[p.Name] = randomValue(rng, p)
		}
	}
	return f
}

// RandomFeatures makes n features with the ids "00000", "00001" and so on.
func RandomFeatures(rng *rand.Rand, l layers.Layer, n int) []spatial.Feature {
	fs := make([]spatial.Feature, n)
	for i := range fs {
		fs[i] = RandomFeature(rng, l)
		fs[i].ID = fmt.Sprintf("%05d", i)
	}
	return fs
}

func pick[T any](rng *rand.Rand, of ...T) T { return of[rng.IntN(len(of))] }

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// day is a time in days after the beginning of 2026.
func day(n int) time.Time { return epoch.AddDate(0, 0, n) }

func randomValidity(rng *rand.Rand) spatial.Validity {
	var v spatial.Validity
	from := rng.IntN(300)
	if rng.IntN(2) == 0 {
		v.From = day(from)
	}
	if rng.IntN(2) == 0 {
		v.To = day(from + 1 + rng.IntN(60))
	}
	return v
}

func randomValue(rng *rand.Rand, p layers.Property) any {
	low, high := 0.0, 100.0
	if p.Min != nil {
		low, high = *p.Min, *p.Min+100
	}
	if p.Max != nil {
		high = *p.Max
		low = min(low, high)
	}
	switch p.Type {
	case layers.IntegerType:
		return int64(math.Ceil(low)) + rng.Int64N(int64(math.Floor(high))-int64(math.Ceil(low))+1)
	case layers.NumberType:
		return low + rng.Float64()*(high-low)
	case layers.BooleanType:
		return rng.IntN(2) == 0
	case layers.DateType:
		return day(rng.IntN(365)).Format(time.DateOnly)
	case layers.TimeType:
		return day(rng.IntN(365)).Add(time.Duration(rng.IntN(86400)) * time.Second).Format(time.RFC3339)
	}
	if len(p.Values) > 0 {
		return p.Values[rng.IntN(len(p.Values))].Value
	}
	return pick(rng, "秦州", "麦积", "甘谷", "North", "South") + pick(rng, "", " 1", " 2", "'s")
}
