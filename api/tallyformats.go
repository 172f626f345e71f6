package api

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/spatial/tally"
)

// toldNumber is a count as JSON has it: null where it is hidden.
func toldNumber(n tally.Count) any {
	if n.Hidden {
		return nil
	}
	return n.N
}

// geoJSON is a feature for each area or square. What lies in no area has no shape and stands beside.
func (t *countsTable) geoJSON() *geojson.FeatureCollection {
	fc := geojson.NewFeatureCollection()
	fc.ExtraMembers = geojson.Properties{
		"layer": t.layer.ID, "title": t.layer.Title, "legend": t.legend(), "k": t.layer.Counts.K, "made": t.now.Made.UTC().Truncate(time.Second),
		"total": toldNumber(t.now.All.Total()),
	}
	if t.period != (tally.Period{}) {
		fc.ExtraMembers["period"] = periodOf(t.period)
	}
	if t.compare {
		fc.ExtraMembers["previous"], fc.ExtraMembers["previous_total"] = periodOf(t.past), toldNumber(t.before.All.Total())
	}
	classes := t.classes()
	if t.of >= 0 {
		fc.ExtraMembers["classes"] = classes
		totals := map[string]any{}
		for i, n := range t.now.All.Table(t.of).Totals {
			totals[classes[i].Value] = toldNumber(n)
		}
		fc.ExtraMembers["class_totals"] = totals
	}
	var outside []geojson.Properties
	for _, row := range t.list() {
		p := t.properties(row)
		if row.classes != nil {
			numbers := map[string]any{}
			for i, n := range row.classes {
				numbers[classes[i].Value] = toldNumber(n)
			}
			p["classes"] = numbers
		}
		if row.outside {
			outside = append(outside, p)
			continue
		}
		f := geojson.NewFeature(orb.Round(orb.Clone(row.shape), places))
		f.Properties = p
		fc.Append(f)
	}
	fc.ExtraMembers["outside"] = append([]geojson.Properties{}, outside...)
	return fc
}

func periodOf(p tally.Period) map[string]any {
	return map[string]any{"from": p.From.Format(time.DateOnly), "to": p.To.Format(time.DateOnly), "days": p.Days()}
}

func (t *countsTable) properties(row countsRow) geojson.Properties {
	p := geojson.Properties{"count": toldNumber(row.Count)}
	if row.Hidden {
		p["suppressed"] = true
	}
	for name, text := range map[string]string{"area": row.id, "name": row.name, "name_en": row.nameEn} {
		if text != "" {
			p[name] = text
		}
	}
	if t.level < 0 && row.Square.Z > 0 {
		p["cell"] = cell(row.Square)
	}
	if !t.compare {
		return p
	}
	p["previous"] = toldNumber(row.before)
	if row.before.Hidden {
		p["previous_suppressed"] = true
	}
	if !row.Hidden && !row.before.Hidden {
		p["change"] = row.N - row.before.N
	}
	return p
}

func cell(s tally.Square) string {
	return strconv.Itoa(int(s.Z)) + "/" + strconv.FormatUint(uint64(s.X), 10) + "/" + strconv.FormatUint(uint64(s.Y), 10)
}

// csv is a line for each area or square, that which lies in no area among them. Hidden numbers are empty. The note of the
// first line says what the numbers are.
func (t *countsTable) csv() []byte {
	var out bytes.Buffer
	out.WriteString("\ufeff") // or spreadsheets take it for another encoding
	w := csv.NewWriter(&out)
	head := []string{"area", "name", "name_en", "cell", "from", "to", "count", "suppressed"}
	if t.compare {
		head = append(head, "previous_from", "previous_to", "previous", "previous_suppressed")
	}
	for _, v := range t.classes() {
		head = append(head, inert(t.layer.Counts.Of[t.of]+":"+v.Value))
	}
	_ = w.Write(append(head, "note")) // into memory: it cannot fail
	legend := t.legend()
	note := legend.Zh + " " + legend.En
	for _, row := range t.list() {
		square := ""
		if t.level < 0 && row.Square.Z > 0 {
			square = cell(row.Square)
		}
		line := []string{inert(row.id), inert(row.name), inert(row.nameEn), square, dayOf(t.period.From), dayOf(t.period.To), digits(row.Count), strconv.FormatBool(row.Hidden)}
		if t.compare {
			line = append(line, dayOf(t.past.From), dayOf(t.past.To), digits(row.before), strconv.FormatBool(row.before.Hidden))
		}
		for _, n := range row.classes {
			line = append(line, digits(n))
		}
		_ = w.Write(append(line, note))
		note = ""
	}
	w.Flush()
	return out.Bytes()
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func digits(n tally.Count) string {
	if n.Hidden {
		return ""
	}
	return strconv.Itoa(n.N)
}

// inert is a text that no spreadsheet takes for a formula.
func inert(text string) string {
	if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") {
		return "'" + text
	}
	return text
}
