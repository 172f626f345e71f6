package importer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

var title = layers.Text{Zh: "名", En: "name"}

// sites is a layer with a property of each type.
var sites = layers.Layer{ID: "sites", Title: title, Kind: layers.AnyKind, MaxZoom: 14, Properties: []layers.Property{
	{Name: "name", Title: title, Type: layers.TextType},
	{Name: "grade", Title: title, Type: layers.TextType, Values: []layers.Value{{Value: "1", Title: layers.Text{Zh: "一级", En: "Grade 1"}}, {Value: "2", Title: layers.Text{Zh: "二级", En: "Grade 2"}}}},
	{Name: "floors", Title: title, Type: layers.IntegerType},
	{Name: "height", Title: title, Type: layers.NumberType, Unit: "m"},
	{Name: "open", Title: title, Type: layers.BooleanType},
	{Name: "built", Title: title, Type: layers.DateType},
	{Name: "checked", Title: title, Type: layers.TimeType},
}}

func memory(t testing.TB, ls ...layers.Layer) *storetest.Memory {
	t.Helper()
	m := &storetest.Memory{}
	if err := m.Sync(context.Background(), ls); err != nil {
		t.Fatal(err)
	}
	return m
}

// file writes a file for a test.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run imports a file into a store.
func run(t testing.TB, to importer.Applier, l layers.Layer, path string, o importer.Options) (importer.Result, error) {
	t.Helper()
	src, err := importer.Open(path, o)
	if err != nil {
		return importer.Result{}, err
	}
	defer func() {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := importer.Run(context.Background(), src, l, to, o, nil)
	if sum := r.Created + r.Updated + r.Unchanged + r.Rejected + r.Duplicates + r.Merged; err == nil && sum != r.Read {
		t.Errorf("%d records were read, %d are accounted for", r.Read, sum)
	}
	return r, err
}

// summary writes a result so that a test can name it.
func summary(r importer.Result) string {
	return fmt.Sprintf("read %d, created %d, updated %d, unchanged %d, rejected %d, duplicates %d, merged %d", r.Read, r.Created, r.Updated, r.Unchanged, r.Rejected, r.Duplicates, r.Merged)
}

func point(id, properties string) string {
	return `{"type":"Feature","id":"` + id + `","properties":` + properties + `,"geometry":{"type":"Point","coordinates":[105.7,34.5]}}` + "\n"
}

func TestImportingAgainChangesNothing(t *testing.T) {
	m := memory(t, sites)
	path := file(t, "a.geojsonl", point("a", `{"name":"A"}`)+point("b", `{"name":"B"}`)+point("c", `{}`))
	for i, want := range []string{
		"read 3, created 3, updated 0, unchanged 0, rejected 0, duplicates 0, merged 0",
		"read 3, created 0, updated 0, unchanged 3, rejected 0, duplicates 0, merged 0",
	} {
		r, err := run(t, m, sites, path, importer.Options{Batch: 2})
		if err != nil || summary(r) != want {
			t.Errorf("run %d: %v, %v, want %s", i+1, summary(r), err, want)
		}
	}
	r, err := run(t, m, sites, file(t, "b.geojsonl", point("a", `{"name":"A"}`)+point("b", `{"name":"other"}`)), importer.Options{})
	if err != nil || r.Updated != 1 || r.Unchanged != 1 {
		t.Errorf("one changed feature: %v, %v", summary(r), err)
	}
}

func TestWithoutIDsTheContentIsTheID(t *testing.T) {
	m := memory(t, sites)
	one := `{"type":"Feature","properties":{"name":"x"},"geometry":{"type":"Point","coordinates":[105.7,34.5]}}` + "\n"
	other := strings.Replace(one, "105.7", "105.8", 1)
	path := file(t, "a.geojsonl", one+one+other+one)
	for _, created := range []int64{4, 0} {
		r, err := run(t, m, sites, path, importer.Options{})
		if err != nil || r.Created != created || r.Created+r.Unchanged != 4 {
			t.Errorf("%s, %v, want %d created", summary(r), err, created)
		}
	}
	page, err := m.Features(context.Background(), "sites", layers.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range page.Features {
		if !strings.HasPrefix(f.ID, "c-") {
			t.Errorf("the id is %q", f.ID)
		}
	}
}

func TestTheSameIDTwice(t *testing.T) {
	path := file(t, "a.geojsonl", point("a", `{"name":"A"}`)+"\n"+point("a", `{"name":"A"}`)+point("a", `{"name":"B"}`))
	r, err := run(t, memory(t, sites), sites, path, importer.Options{})
	if err != nil || r.Created != 1 || r.Duplicates != 1 || r.Rejected != 1 || len(r.Rejects) != 2 {
		t.Fatalf("%s, %v", summary(r), err)
	}
	if got := r.Rejects[0]; got.Place != "line 3" || got.Reason != "a duplicate of line 1" {
		t.Errorf("%+v", got)
	}
	if got := r.Rejects[1]; got.Place != "line 4" || !strings.HasPrefix(got.Reason, "line 1 has the same id and other content") {
		t.Errorf("%+v", got)
	}
}

func TestKeysAreFieldsOfTheFile(t *testing.T) {
	m := memory(t, sites)
	path := file(t, "a.geojsonl", point("x", `{"Kind":"k","nr":7,"name":"A"}`)+point("y", `{"Kind":"k"}`))
	r, err := run(t, m, sites, path, importer.Options{Key: []string{"kind", "nr"}})
	if err != nil || r.Created != 1 || r.Rejected != 1 {
		t.Fatalf("%s, %v", summary(r), err)
	}
	if len(r.LeftOut) > 0 {
		t.Errorf("the key fields are in the id, so they are not lost: %v", r.LeftOut)
	}
	if r.Rejects[0].Reason != "the key field nr is missing or empty" {
		t.Errorf("%+v", r.Rejects[0])
	}
	if _, err := m.Feature(context.Background(), "sites", "k/7"); err != nil {
		t.Error(err)
	}
}

func TestValuesBecomeWhatTheDefinitionSays(t *testing.T) {
	tests := []struct {
		name, properties string
		o                importer.Options
		want             map[string]any
		reason           string
	}{
		{name: "fields in other spellings", properties: `{"NAME":"n","Floors":3}`, want: map[string]any{"name": "n", "floors": int64(3)}},
		{name: "numbers as text", properties: `{"floors":" 12 ","height":"3.50"}`, want: map[string]any{"floors": int64(12), "height": 3.5}},
		{name: "numbers for text", properties: `{"name":12}`, want: map[string]any{"name": "12"}},
		{name: "floats for text", properties: `{"name":12.0}`, want: map[string]any{"name": "12"}},
		{name: "a float that is whole", properties: `{"floors":12.0}`, want: map[string]any{"floors": int64(12)}},
		{name: "a float that is not whole", properties: `{"floors":12.5}`, reason: "field floors: 12.5 is no whole number"},
		{name: "a decimal comma", properties: `{"height":"3,5"}`, reason: "decimal commas"},
		{name: "blank is absent", properties: `{"name":"  ","floors":"","height":null}`, want: map[string]any{}},
		{name: "yes in Chinese", properties: `{"open":"是"}`, want: map[string]any{"open": true}},
		{name: "no as a number", properties: `{"open":0}`, want: map[string]any{"open": false}},
		{name: "neither yes nor no", properties: `{"open":"perhaps"}`, reason: "field open: perhaps is neither true nor false"},
		{name: "an enumeration by its title", properties: `{"grade":"二级"}`, want: map[string]any{"grade": "2"}},
		{name: "an enumeration by number", properties: `{"grade":1}`, want: map[string]any{"grade": "1"}},
		{name: "none of an enumeration", properties: `{"grade":"9"}`, reason: `"9" is none of 1, 2`},
		{name: "Chinese dates", properties: `{"built":"2003年4月19日"}`, want: map[string]any{"built": "2003-04-19"}},
		{name: "American words", properties: `{"built":"April 19 2003"}`, want: map[string]any{"built": "2003-04-19"}},
		{name: "digits only", properties: `{"built":20030419}`, want: map[string]any{"built": "2003-04-19"}},
		{name: "a day beyond 12 tells the order", properties: `{"built":"19/04/2003"}`, want: map[string]any{"built": "2003-04-19"}},
		{name: "an ambiguous date", properties: `{"built":"03/04/2003"}`, reason: "--dates"},
		{name: "an ambiguous date, declared", properties: `{"built":"03/04/2003"}`, o: importer.Options{Dates: "dmy"}, want: map[string]any{"built": "2003-04-03"}},
		{name: "no such day", properties: `{"built":"2003-02-29"}`, reason: "no day of the calendar"},
		{name: "milliseconds, declared", properties: `{"built":1480000000000}`, o: importer.Options{Dates: "epoch-ms"}, want: map[string]any{"built": "2016-11-24"}},
		{name: "a number as date", properties: `{"built":1480000000000}`, reason: "--dates epoch"},
		{name: "a time with zone", properties: `{"checked":"2016-11-24 08:00:00+08:00"}`, want: map[string]any{"checked": "2016-11-24T00:00:00Z"}},
		{name: "a time without zone", properties: `{"checked":"2016/11/24 08:00"}`, reason: "--zone"},
		{name: "a time in the declared zone", properties: `{"checked":"2016年11月24日 08:00:00"}`, o: importer.Options{Zone: "Asia/Shanghai"}, want: map[string]any{"checked": "2016-11-24T00:00:00Z"}},
		{name: "an afternoon", properties: `{"checked":"11/24/2016 3:04:05 PM"}`, o: importer.Options{Zone: "+00:00"}, want: map[string]any{"checked": "2016-11-24T15:04:05Z"}},
		{name: "declared fields", properties: `{"f_1":"x","f_2":"y"}`, o: importer.Options{Map: map[string]string{"f_1": "name", "f_2": ""}}, want: map[string]any{"name": "x"}},
		{name: "objects as text", properties: `{"name":{"a": [1, 2]}}`, want: map[string]any{"name": `{"a":[1,2]}`}},
		{name: "a number beyond 64 bits for text", properties: `{"name":123456789012345678901234567890}`, want: map[string]any{"name": "123456789012345678901234567890"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := memory(t, sites)
			r, err := run(t, m, sites, file(t, "a.geojson", point("a", test.properties)), test.o)
			if err != nil {
				t.Fatal(err)
			}
			if test.reason != "" {
				if r.Rejected != 1 || !strings.Contains(r.Rejects[0].Reason, test.reason) {
					t.Errorf("%s, %+v, want the reason %q", summary(r), r.Rejects, test.reason)
				}
				return
			}
			f, err := m.Feature(context.Background(), "sites", "a")
			if err != nil {
				t.Fatalf("%v: %+v", err, r.Rejects)
			}
			if fmt.Sprint(f.Properties) != fmt.Sprint(test.want) {
				t.Errorf("got %#v, want %#v", f.Properties, test.want)
			}
		})
	}
}

func TestFieldsThatTheLayerLacksAreCounted(t *testing.T) {
	path := file(t, "a.geojsonl", point("a", `{"name":"A","other":1,"empty":""}`)+point("b", `{"other":2,"NAME":"x","name":"y"}`))
	m := memory(t, sites)
	r, err := run(t, m, sites, path, importer.Options{})
	if err != nil || fmt.Sprint(r.LeftOut) == "" || r.LeftOut["other"] != 2 || r.LeftOut["empty"] != 0 {
		t.Errorf("%v, %v", r.LeftOut, err)
	}
	f, err := m.Feature(context.Background(), "sites", "b")
	if err != nil || f.Properties["name"] != "y" {
		t.Errorf("of NAME and name the exact one wins: %v, %v", f.Properties, err)
	}
	var lost int64
	for _, n := range r.LeftOut {
		lost += n
	}
	if lost != 3 {
		t.Errorf("3 values were lost, counted are %v", r.LeftOut)
	}
}

func TestStrictEndsAtTheFirstReject(t *testing.T) {
	path := file(t, "a.geojsonl", point("a", `{}`)+point("b", `{"floors":"x"}`)+point("c", `{}`))
	r, err := run(t, memory(t, sites), sites, path, importer.Options{Strict: true, Batch: 1})
	if !errors.Is(err, importer.ErrRejected) || !strings.Contains(err.Error(), "line 2: field floors") || r.Created != 1 {
		t.Errorf("%s, %v", summary(r), err)
	}
}

func TestCommonColumnsComeFromTheirMemberOnly(t *testing.T) {
	m := memory(t, sites)
	path := file(t, "a.geojsonl", `{"type":"Feature","id":1,"properties":{"source":"x","holder":"y"},"common":{"owner":"o","version":7,"effective_from":"2026-01-01T00:00:00Z","accuracy_m":2.5},"geometry":{"type":"Point","coordinates":[1,2]}}`)
	r, err := run(t, m, sites, path, importer.Options{Source: "survey", Map: map[string]string{"holder": "owner"}})
	if err != nil || r.LeftOut["source"] != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	f, err := m.Feature(context.Background(), "sites", "1")
	if err != nil || f.Owner != "o" || f.Source != "survey" || f.Accuracy != 2.5 || f.Effective.From.Year() != 2026 {
		t.Errorf("%+v, %v", f, err)
	}
}

// failing fails after some batches, as a store does whose disk is full or whose process is killed.
type failing struct {
	importer.Applier
	left int
}

func (f *failing) Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error) {
	if f.left--; f.left < 0 {
		return nil, errors.New("disk full")
	}
	return f.Applier.Apply(ctx, edits)
}

func TestAnInterruptedImportLeavesWholeBatchesAndIsResumed(t *testing.T) {
	var content strings.Builder
	for i := range 100 {
		content.WriteString(point(fmt.Sprint(i), `{}`))
	}
	path := file(t, "a.geojsonl", content.String())
	m := memory(t, sites)
	r, err := run(t, &failing{m, 3}, sites, path, importer.Options{Batch: 10})
	if err == nil || !strings.Contains(err.Error(), "apply the batch of line 31 to line 40: disk full") || r.Created != 30 {
		t.Errorf("%s, %v", summary(r), err)
	}
	if stat, err := m.Stat(context.Background(), "sites"); err != nil || stat.Count != 30 {
		t.Errorf("%+v, %v", stat, err)
	}
	r, err = run(t, m, sites, path, importer.Options{Batch: 10})
	if err != nil || r.Created != 70 || r.Unchanged != 30 {
		t.Errorf("%s, %v", summary(r), err)
	}
}

func TestProgressEndsComplete(t *testing.T) {
	path := file(t, "a.geojsonl", point("a", `{}`))
	src, err := importer.Open(path, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var last importer.Progress
	if _, err := importer.Run(context.Background(), src, sites, memory(t, sites), importer.Options{}, func(p importer.Progress) { last = p }); err != nil {
		t.Fatal(err)
	}
	if last.Fraction() != 1 || last.Read != 1 || last.Rate() <= 0 || last.Remaining() != 0 {
		t.Errorf("%+v", last)
	}
}

type buffer struct{ strings.Builder }

func (*buffer) Close() error { return nil }

func TestReports(t *testing.T) {
	at := orb.Point{105.7, 34.5}
	rejects := []importer.Reject{{Place: "line 2", ID: "a", Reason: `no, "really"`, At: &at}, {Place: "line 3", Reason: "两行"}}
	for name, want := range map[string]string{
		"r.csv":  "place,id,reason,lon,lat\nline 2,a,\"no, \"\"really\"\"\",105.7000000,34.5000000\nline 3,,两行,,\n",
		"r.json": `{"place":"line 2","id":"a","reason":"no, \"really\"","at":[105.7,34.5]}` + "\n" + `{"place":"line 3","reason":"两行"}` + "\n",
	} {
		var out buffer
		w := importer.NewReport(name, &out)
		for _, r := range rejects {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil || out.String() != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, out.String(), want)
		}
	}
}

// slow is an applier that lets the reading run ahead, and tells when it is asked.
type slow struct {
	importer.Applier
	asked func()
}

func (s slow) Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error) {
	s.asked()
	return s.Applier.Apply(ctx, edits)
}

// counting is a Source that knows how many records were taken from it.
type counting struct {
	importer.Source
	n atomic.Int64
}

func (c *counting) Next() (importer.Record, error) {
	c.n.Add(1)
	return c.Source.Next()
}

func TestReadingRunsAheadByABatchAndEndsWithTheImport(t *testing.T) {
	var content strings.Builder
	for i := range 10_000 {
		content.WriteString(point(fmt.Sprint(i), `{}`))
	}
	open := func() *counting {
		src, err := importer.Open(file(t, "a.geojsonl", content.String()), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = src.Close() })
		return &counting{Source: src}
	}
	const batch = 160
	applied := int64(0)
	src := open()
	most := int64(0)
	to := slow{memory(t, sites), func() {
		time.Sleep(time.Millisecond)
		applied += batch
		most = max(most, src.n.Load()-applied)
	}}
	r, err := importer.Run(t.Context(), src, sites, to, importer.Options{Batch: batch}, nil)
	if err != nil || r.Created != 10_000 {
		t.Errorf("%s, %v", summary(r), err)
	}
	if most == 0 || most > batch+2*batch/16 {
		t.Errorf("the reading was %d records ahead of batches of %d", most, batch)
	}
	ctx, stop := context.WithCancel(t.Context())
	src = open()
	to.asked = stop
	r, err = importer.Run(ctx, src, sites, to, importer.Options{Batch: batch}, nil)
	if after := src.n.Load(); !errors.Is(err, context.Canceled) || after > 3*batch {
		t.Errorf("%v after %d records: %s", err, after, summary(r))
	}
}

func TestRejectsComeInTheOrderOfTheFile(t *testing.T) {
	var content strings.Builder
	var want []string
	for i := range 1000 {
		properties := `{}`
		if i%7 == 3 {
			properties = `{"floors":"x"}`
			want = append(want, fmt.Sprintf("line %d", i+1))
		}
		content.WriteString(point(fmt.Sprint(i), properties))
	}
	var got []string
	o := importer.Options{Batch: 50, Report: func(r importer.Reject) error {
		got = append(got, r.Place)
		return nil
	}}
	if _, err := run(t, memory(t, sites), sites, file(t, "a.geojsonl", content.String()), o); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", err, got, want)
	}
}
