package gather_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/data/importer/gather"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/spatial"
)

var middle = orb.Point{105.7, 34.5}

const cases = `group: cases
title: {zh-CN: 案件, en: Cases}
order: 1
layers:
  - id: cases
    title: {zh-CN: 案件, en: Cases}
    geometry: point
    label: name
    properties:
      - {name: name, title: {zh-CN: 名称, en: Name}, type: text}
      - {name: seen, title: {zh-CN: 时间, en: Seen}, type: time}
      - {name: city, title: {zh-CN: 城市, en: City}, type: text}
      - name: kind
        title: {zh-CN: 类别, en: Kind}
        type: text
        values: [{value: theft, title: {zh-CN: 盗窃, en: Theft}}, {value: fraud, title: {zh-CN: 诈骗, en: Fraud}}]
`

const drop = `source: drop
title: {zh-CN: 案件投放, en: Dropped cases}
purpose: {zh-CN: 态势分析, en: Situation}
legal_basis: {zh-CN: 人民警察法, en: Police law}
owner: 指挥中心
retention: 30d
layer: cases
kind: folder
every: 10s
silent: 2h
failures: 3
crs: WGS84
key: [CODE]
prefix: dr
fields: {TITLE: name, TYPE: kind, WHEN: seen, NOTE: ""}
constants: {city: 天水}
codes:
  TYPE: {values: {"01": theft, "02": fraud}}
newest: seen
`

// A rig is a desk over a folder and a store in memory, with a clock that stands still.
type rig struct {
	testing.TB
	desk  *gather.Desk
	store layers.Store
	data  string
	now   time.Time
	to    importer.Applier // instead of the store's editor
}

func newRig(t testing.TB, definitions ...string) *rig {
	t.Helper()
	g, ps := layers.Parse("cases.yaml", []byte(cases))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	defs, ps := layers.NewCatalogue(g)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	r := &rig{TB: t, store: new(storetest.Memory), data: t.TempDir(), now: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)}
	if err := r.store.Sync(t.Context(), defs.Managed()); err != nil {
		t.Fatal(err)
	}
	catalogue := func() *layers.Catalogue { return defs }
	r.to = layers.NewEditor(r.store, catalogue, nil).Repaired()
	if err := os.MkdirAll(filepath.Join(r.data, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, text := range definitions {
		name, _, _ := strings.Cut(strings.TrimPrefix(text, "source: "), "\n")
		if err := os.WriteFile(filepath.Join(r.data, "sources", name+".yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	r.desk, err = gather.Open(gather.Options{Data: r.data, Layers: catalogue, Reader: r.store, To: r, Clock: func() time.Time { return r.now }})
	if err != nil {
		t.Fatal(err)
	}
	if ps := r.desk.Problems(); len(ps) > 0 {
		t.Fatal(ps)
	}
	return r
}

func (r *rig) Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error) {
	return r.to.Apply(ctx, edits)
}

// drop puts a file into the folder of the source, written a minute ago.
func (r *rig) drop(name, text string) {
	r.Helper()
	path := filepath.Join(r.data, "sources", "drop", "drop", name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.Fatal(err)
	}
	if err := os.Chtimes(path, r.now, r.now.Add(-time.Minute)); err != nil {
		r.Fatal(err)
	}
	r.now = r.now.Add(time.Minute)
}

func (r *rig) run() []gather.Run {
	r.Helper()
	runs, err := r.desk.Run(r.Context(), "drop", gather.BySchedule)
	if err != nil {
		r.Fatal(err)
	}
	return runs
}

func (r *rig) status() gather.Status {
	r.Helper()
	all := r.desk.Status()
	if len(all) == 0 || all[0].Err != nil {
		r.Fatal(all)
	}
	return all[0]
}

// holds are the features that hold now, by id: their kind and name.
func (r *rig) holds() map[string]string {
	r.Helper()
	out := map[string]string{}
	err := r.store.Scan(r.Context(), "cases", func(f spatial.Feature) error {
		if f.Effective.To.IsZero() || f.Effective.To.After(r.now) {
			out[f.ID] = fmt.Sprint(f.Properties["kind"], " ", f.Properties["name"])
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
	return out
}

func point(code, kind, name, more string) string {
	return fmt.Sprintf(`{"type":"Feature","properties":{"CODE":%q,"TYPE":%q,"TITLE":%q%s},"geometry":{"type":"Point","coordinates":[105.7,34.5]}}`, code, kind, name, more)
}

func collection(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",\n") + `]}`
}

func summary(r gather.Run) string {
	return fmt.Sprintf("run %d: %d taken, %d changed, %d unchanged, %d rejected, %d restricted, %d duplicates, %d expired; %d in quarantine",
		r.Number, r.Taken, r.Changed, r.Unchanged, r.Rejected, r.Restricted, r.Duplicates, r.Expired, r.Quarantine)
}

func TestFolder(t *testing.T) {
	r := newRig(t, drop)
	r.drop("a.geojson", collection(
		point("1", "01", "甲", `,"WHEN":"2026-11-24T06:00:00Z","NOTE":"x"`), point("2", "02", "乙", ""), point("3", "09", "丙", ""), point("1", "01", "甲", `,"WHEN":"2026-11-24T06:00:00Z"`),
		point("4", "01", "11010519491231002X", ""), `{"type":"Feature","properties":{"CODE":"5","TYPE":"01"},"geometry":null}`))
	runs := r.run()
	want := "run 1: 6 taken, 2 changed, 0 unchanged, 2 rejected, 1 restricted, 1 duplicates, 0 expired; 2 in quarantine"
	if len(runs) != 1 || summary(runs[0]) != want {
		t.Fatalf("got %+v\nwant %s", runs, want)
	}
	if got := fmt.Sprint(r.holds()); got != "map[dr/1:theft 甲 dr/2:fraud 乙]" {
		t.Errorf("the layer holds %s", got)
	}
	f, err := r.store.Feature(t.Context(), "cases", "dr/1")
	if err != nil || f.Source != "drop" || f.Owner != "指挥中心" || f.Properties["city"] != "天水" {
		t.Errorf("%+v %v", f, err)
	}
	run := runs[0]
	if run.From != "a.geojson" || len(run.SHA256) != 64 || run.Missing["seen"] != 1 || run.LeftOut["NOTE"] != 0 || !run.Newest.Equal(time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)) {
		t.Errorf("the lineage is %+v", run)
	}
	if run.Reasons["field TYPE: the code “…” is in no code table"] != 1 {
		t.Errorf("the reasons are %v", run.Reasons)
	}
	if runs := r.run(); len(runs) != 0 {
		t.Errorf("nothing is new, and it ran: %+v", runs)
	}
	r.drop("a.geojson", collection(point("1", "01", "甲", `,"WHEN":"2026-11-24T06:00:00Z"`), point("2", "02", "乙二", ""), point("3", "01", "丙", "")))
	if got, want := summary(r.run()[0]), "run 2: 3 taken, 2 changed, 1 unchanged, 0 rejected, 0 restricted, 0 duplicates, 0 expired; 1 in quarantine"; got != want {
		t.Errorf("after the source mended a record: %s, want %s", got, want)
	}
	q := r.status().Quality
	if q.Run != 2 || q.Rejected != 0 || q.Missing["seen"] < .66 || q.Missing["seen"] > .67 {
		t.Errorf("the quality is %+v", q)
	}
	r.kept("11010519491231002X")
}

// kept fails when a text stands in any file of the sources' state.
func (r *rig) kept(secret string) {
	r.Helper()
	files, err := filepath.Glob(filepath.Join(r.data, "sources", "state", "*"))
	if err != nil || len(files) == 0 {
		r.Fatal(files, err)
	}
	for _, file := range files {
		if data, err := os.ReadFile(file); err != nil || strings.Contains(string(data), secret) {
			r.Errorf("%s holds %s (%v)", file, secret, err)
		}
	}
}
