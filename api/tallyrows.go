package api

import (
	"fmt"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/tally"
	"github.com/wardmap/wardmap/tiles"
)

// A countsRow is one area or square, for people.
type countsRow struct {
	tally.Row
	id, name, nameEn string
	shape            orb.Geometry
	before           tally.Count   // where periods are compared
	classes          []tally.Count // where classes are asked for
	outside          bool          // it is what lies in no area: it has no shape
}

// list is all rows. Squares that there were in the period before only are among them, as empty.
func (t *countsTable) list() []countsRow {
	var out []countsRow
	known := map[tally.Row]bool{}
	for i, row := range t.rows {
		one := t.describe(row)
		if t.of >= 0 {
			one.classes = t.now.All.Table(t.of).Rows[i]
		}
		known[uncounted(row)] = true
		out = append(out, one)
	}
	if !t.compare {
		return out
	}
	past := earlier{t.before.All, t.level, map[uint8]map[tally.Row]tally.Count{}}
	for i := range out {
		out[i].before = past.at(out[i].Row)
	}
	now := earlier{t.now.All, t.level, map[uint8]map[tally.Row]tally.Count{}}
	for _, row := range t.earlier {
		if at := uncounted(row); !known[at] && !now.at(at).Hidden && row.Square.Z == t.zoom {
			one := t.describe(at)
			one.before = row.Count
			out = append(out, one)
		}
	}
	return out
}

// uncounted is the place of a row.
func uncounted(r tally.Row) tally.Row {
	r.Count = tally.Count{}
	return r
}

// earlier finds counts of another period by place.
type earlier struct {
	all   *tally.Tally
	level int // -1 for squares
	rows  map[uint8]map[tally.Row]tally.Count
}

// at is the count of a place: hidden where a square around it is.
func (e earlier) at(r tally.Row) tally.Count {
	at := uncounted(r)
	for {
		rows := e.rows[at.Square.Z]
		if rows == nil {
			rows = map[tally.Row]tally.Count{}
			list := e.all.Squares(at.Square.Z)
			if e.level >= 0 {
				list = e.all.Areas(e.level)
			}
			for _, row := range list {
				rows[uncounted(row)] = row.Count
			}
			e.rows[at.Square.Z] = rows
		}
		if n, known := rows[at]; known && (n.Hidden || at.Square == r.Square) {
			return n
		}
		if at.Square.Z == 0 {
			return tally.Count{}
		}
		at.Square = tally.Square{Z: at.Square.Z - 1, X: at.Square.X >> 1, Y: at.Square.Y >> 1}
	}
}

// describe says what a row is of.
func (t *countsTable) describe(row tally.Row) countsRow {
	one := countsRow{Row: row, outside: true}
	for level, areas := range t.now.Areas {
		if at := row.Area[level]; at != tally.Outside && int(at) < len(areas) && (t.level < 0 || level <= t.level) {
			f := &areas[at]
			one.id, one.name, one.nameEn, one.shape = f.ID, textOf(f, "name"), textOf(f, "name_en"), f.Geometry
			one.outside = false
		} else if level == t.level {
			one.id, one.name, one.nameEn, one.shape, one.outside = "", "", "", nil, true
		}
	}
	if z := row.Square; t.level < 0 && z.Z > 0 {
		one.shape, one.outside = tiles.ID{Z: z.Z, X: z.X, Y: z.Y}.Bound().ToPolygon(), false
	}
	return one
}

func textOf(f *spatial.Feature, name string) string {
	text, _ := f.Properties[name].(string)
	return text
}

// classes are the titles of the classes that are asked for.
func (t *countsTable) classes() (out []layers.Value) {
	if t.of < 0 {
		return nil
	}
	p, _ := t.layer.Property(t.layer.Counts.Of[t.of])
	for _, name := range t.now.Classes[t.of] {
		v := layers.Value{Value: name, Title: layers.Text{Zh: name, En: name}}
		switch i := slices.IndexFunc(p.Values, func(v layers.Value) bool { return v.Value == name }); {
		case i >= 0:
			v = p.Values[i]
		case name == "":
			v.Title = layers.Text{Zh: "其他或未填", En: "Other or not said"}
		case name == "true":
			v.Title = layers.Text{Zh: "是", En: "Yes"}
		case name == "false":
			v.Title = layers.Text{Zh: "否", En: "No"}
		}
		out = append(out, v)
	}
	return out
}

// legend says what the numbers are, and what they are not.
func (t *countsTable) legend() layers.Text {
	l, k := t.layer, t.layer.Counts.K
	when := t.now.Made.In(layers.CountsZone).Format(time.DateOnly)
	zh, en := when+"的登记数", "as registered on "+when
	if t.period != (tally.Period{}) {
		from, last := t.period.From.Format(time.DateOnly), t.period.To.AddDate(0, 0, -1).Format(time.DateOnly)
		zh, en = from+"至"+last+"已记录的数量", "recorded from "+from+" to "+last
	}
	return layers.Text{
		Zh: fmt.Sprintf("%s：%s。不代表风险，也不是预测。少于%d的数不公布，可据以推算它们的数也不公布。", l.Title.Zh, zh, k),
		En: fmt.Sprintf("%s: %s, not risk, and no forecast. Numbers below %d are not told, nor others from which they could be reckoned.", l.Title.En, en, k),
	}
}
