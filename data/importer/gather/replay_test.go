package gather_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/importer/gather"
	"github.com/wardmap/wardmap/layers"
)

func (r *rig) entries() []gather.Entry {
	r.Helper()
	all, err := r.desk.Quarantine("drop", "", 1000)
	if err != nil {
		r.Fatal(err)
	}
	return all
}

func (r *rig) replay() gather.Run {
	r.Helper()
	run, err := r.desk.Replay(r.Context(), "drop")
	if err != nil {
		r.Fatal(err)
	}
	return run
}

func TestCorrectedRecordComesInAndStays(t *testing.T) {
	r := newRig(t, drop)
	bad := point("3", "09", "丙", `,"PHONE_OF_OFFICE":"0938-8212345"`)
	r.drop("a.geojson", collection(point("1", "01", "甲", ""), bad))
	r.run()
	all := r.entries()
	if len(all) != 1 || all[0].Feature != "dr/3" || all[0].Record.Properties["TYPE"] != "09" || all[0].Record.Properties["PHONE_OF_OFFICE"] != nil || all[0].Place != "feature 2" {
		t.Fatalf("the quarantine holds %+v", all)
	}
	if run := r.replay(); run.Rejected != 1 || run.Quarantine != 1 || run.Cause != gather.ByReplay {
		t.Errorf("a replay of what is as it was: %+v", run)
	}
	key := all[0].Key
	if _, err := r.desk.Correct("drop", key, []byte(point("3", "02", "丙三", ""))); err != nil {
		t.Fatal(err)
	}
	r.drop("b.geojson", collection(point("2", "01", "乙", ""), bad)) // the source repeats it before the replay
	r.run()
	if all = r.entries(); len(all) != 1 || all[0].Record.Properties["TYPE"] != "02" || all[0].Corrected.IsZero() {
		t.Fatalf("what was corrected is now %+v", all)
	}
	if run := r.replay(); run.Changed != 1 || run.Quarantine != 0 {
		t.Errorf("a replay of what was corrected: %+v", run)
	}
	if got := fmt.Sprint(r.holds()); got != "map[dr/1:theft 甲 dr/2:theft 乙 dr/3:fraud 丙三]" {
		t.Errorf("the layer holds %s", got)
	}
	r.drop("c.geojson", collection(bad))
	if run := r.run()[0]; run.Rejected != 1 || run.Corrected != 1 || run.Quarantine != 0 {
		t.Errorf("the source delivers it as it was once more: %+v", run)
	}
	if r.holds()["dr/3"] != "fraud 丙三" {
		t.Errorf("the layer holds %v", r.holds())
	}
}

func TestCorrectRefuses(t *testing.T) {
	r := newRig(t, drop)
	r.drop("a.geojson", collection(point("3", "09", "丙", "")))
	r.run()
	key := r.entries()[0].Key
	tests := []struct {
		name, source, key, body string
		want                    error
	}{
		{"no source", "none", key, point("3", "01", "丙", ""), layers.ErrNotFound},
		{"no record", "drop", "0000000000000000", point("3", "01", "丙", ""), layers.ErrNotFound},
		{"no JSON", "drop", key, `{`, layers.ErrInvalid},
		{"no place", "drop", key, `{"type":"Feature","properties":{},"geometry":null}`, layers.ErrInvalid},
		{"an identity number", "drop", key, point("3", "01", "11010519491231002X", ""), layers.ErrInvalid},
		{"a forbidden field", "drop", key, point("3", "01", "丙", `,"民族":"汉"`), layers.ErrInvalid},
	}
	for _, tt := range tests {
		if _, err := r.desk.Correct(tt.source, tt.key, []byte(tt.body)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	r.kept("11010519491231002X")
}

func TestForbiddenColumnRefusesTheWholeFile(t *testing.T) {
	r := newRig(t, drop)
	r.drop("a.geojson", collection(point("1", "99", "甲", ""), point("2", "01", "乙", `,"民族":"回族"`)))
	runs, err := r.desk.Run(t.Context(), "drop", gather.BySchedule)
	if err == nil || len(runs) != 1 || runs[0].Restricted != 1 || runs[0].Quarantine != 0 || len(r.holds()) != 0 {
		t.Errorf("%+v %v, the layer holds %v", runs, err, r.holds())
	}
	r.kept("回族")
}

const whole = `source: drop
title: {zh-CN: 全量, en: Whole set}
purpose: {zh-CN: 态势分析, en: Situation}
legal_basis: {zh-CN: 人民警察法, en: Police law}
owner: 指挥中心
retention: 30d
layer: cases
kind: folder
every: 10s
crs: WGS84
key: [CODE]
fields: {TITLE: name, TYPE: kind}
codes:
  TYPE: {values: {"01": theft}, unknown: drop}
vanished: expire
`

func TestWhatVanishesUpstream(t *testing.T) {
	all := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, point(fmt.Sprint(i), "01", "甲", ""))
		}
		return collection(list...)
	}
	tests := []struct {
		name, then string
		holds      int
		said       string
	}{
		{name: "nothing", then: all(10), holds: 10},
		{name: "one is no longer there", then: all(9), holds: 9},
		{name: "half of them", then: all(5), holds: 5},
		{name: "more than half are not believed", then: all(4), holds: 10, said: "may be cut off"},
		{name: "one is there and wrong", then: strings.Replace(all(10), "105.7,34.5", "1105.7,34.5", 1), holds: 10},
		{name: "one is wrong and says no key", then: strings.Replace(all(9), `"CODE":"0",`, ``, 1), holds: 10, said: "have no id"},
		{name: "the file is cut off", then: all(9)[:600], holds: 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, whole)
			r.drop("a.geojson", all(10))
			r.run()
			r.drop("b.geojson", tt.then)
			runs, _ := r.desk.Run(t.Context(), "drop", gather.BySchedule) // one file is cut off
			if got := len(r.holds()); got != tt.holds || len(runs) != 1 || !strings.Contains(runs[0].NotExpired, tt.said) || (tt.said == "") != (runs[0].NotExpired == "") {
				t.Errorf("%d hold, want %d: %+v", got, tt.holds, runs)
			}
			r.drop("c.geojson", all(10))
			if r.run(); len(r.holds()) != 10 {
				t.Errorf("when all are back, %d hold", len(r.holds()))
			}
		})
	}
}

func TestFeaturesOfOthersAreNotTouched(t *testing.T) {
	r := newRig(t, whole)
	f := layers.Edit{Op: layers.Put, Layer: "cases"}
	f.Feature.ID, f.Feature.Geometry, f.Feature.Properties = "1", middle, map[string]any{"name": "by hand"}
	if _, err := r.store.Apply(t.Context(), []layers.Edit{f}); err != nil {
		t.Fatal(err)
	}
	r.drop("a.geojson", collection(point("1", "01", "甲", ""), point("2", "77", "乙", "")))
	run := r.run()[0]
	if got := fmt.Sprint(r.holds()); got != "map[1:<nil> by hand 2:<nil> 乙]" || run.Rejected != 1 || len(r.entries()) != 1 {
		t.Errorf("the layer holds %s after %+v", got, run)
	}
}

// breaking is a store that takes some batches and then ends the world.
type breaking struct {
	rig   *rig
	left  int
	world func()
	err   error
}

func (b *breaking) Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error) {
	if b.left--; b.left < 0 {
		if b.world != nil {
			b.world()
		}
		return nil, b.err
	}
	return b.rig.store.Apply(ctx, edits)
}

func TestARunThatIsBrokenOffIsRepeated(t *testing.T) {
	const n = 12_000
	r := newRig(t, drop)
	var list []string
	for i := range n {
		list = append(list, point(fmt.Sprint(i), "01", "甲", ""))
	}
	r.drop("a.geojson", collection(append(list, point("x", "09", "乙", ""))...))
	good := r.to
	ctx, kill := context.WithCancel(t.Context())
	r.to = &breaking{rig: r, left: 1, world: kill, err: context.Canceled}
	if _, err := r.desk.Run(ctx, "drop", gather.BySchedule); !errors.Is(err, context.Canceled) || len(r.holds()) != 5000 {
		t.Fatalf("%v with %d in", err, len(r.holds()))
	}
	if st := r.status().State; st.Begun == nil || st.Failures != 0 || len(st.Runs) != 0 || len(r.entries()) != 0 {
		t.Errorf("after the break: %+v", st)
	}
	r.to = &breaking{rig: r, left: 1, err: errors.New("the disk is full")}
	if _, err := r.desk.Run(t.Context(), "drop", gather.BySchedule); err == nil || r.status().State.Failures != 1 {
		t.Errorf("a full disk: %v %+v", err, r.status().State)
	}
	r.to = good
	run := r.run()[0]
	if len(r.holds()) != n || run.Changed != n-5000 || run.Unchanged != 5000 || len(r.entries()) != 1 {
		t.Errorf("%d hold after %+v", len(r.holds()), run)
	}
	st := r.status().State
	if len(st.Runs) != 3 || st.Runs[2].Problem != "it was broken off, and is repeated" || st.Failures != 0 || st.Begun != nil {
		t.Errorf("the runs are %+v", st.Runs)
	}
}

func TestDeadSources(t *testing.T) {
	r := newRig(t, drop)
	r.drop("a.geojson", collection(point("1", "01", "甲", "")))
	r.run()
	heard := r.now
	dead := func(after time.Duration) gather.Health {
		r.now = heard.Add(after)
		return r.status().Health
	}
	if h := dead(2 * time.Hour); h.Dead {
		t.Errorf("after 2 h it is %+v", h)
	}
	h := dead(2*time.Hour + time.Second)
	if !h.Dead || !h.Since.Equal(heard.Add(2*time.Hour)) || h.Why.En != "has delivered nothing for more than 2h" || h.Why.Zh != "超过 2h 没有数据" {
		t.Errorf("after more than 2 h it is %+v", h)
	}
	r.drop("b.geojson", collection(point("2", "01", "乙", "")))
	if r.run(); r.status().Health.Dead {
		t.Error("it delivered, and is dead")
	}
	var first time.Time
	for i := range 3 {
		if r.status().Health.Dead {
			t.Fatalf("dead after %d failures", i)
		}
		r.drop(fmt.Sprintf("bad%d.geojson", i), `{"type":"FeatureCollection","features":[{`)
		if i == 0 {
			first = r.now
		}
		if _, err := r.desk.Run(t.Context(), "drop", gather.BySchedule); err == nil {
			t.Fatal("a broken file was read")
		}
	}
	if h := r.status().Health; !h.Dead || !h.Since.Equal(first) || !strings.HasPrefix(h.Why.Zh, "连续失败 3 次") {
		t.Errorf("after 3 failures it is %+v, the first was at %v", h, first)
	}
	if runs := r.run(); len(runs) != 0 {
		t.Errorf("broken files that did not change were read again: %+v", runs)
	}
	r.drop("c.geojson", collection(point("3", "01", "丙", "")))
	if r.run(); r.status().Health.Dead {
		t.Error("it delivered, and is dead")
	}
	silent := newRig(t, drop)
	silent.run()
	silent.now = silent.now.Add(3 * time.Hour)
	if !silent.status().Health.Dead {
		t.Error("a source that never delivered is alive")
	}
}

func TestQuarantineForgetsWithTime(t *testing.T) {
	r := newRig(t, drop)
	r.drop("a.geojson", collection(point("1", "09", "甲", "")))
	r.run()
	r.now = r.now.Add(31 * 24 * time.Hour)
	r.drop("b.geojson", collection(point("2", "09", "乙", "")))
	if r.run(); len(r.entries()) != 1 || r.entries()[0].Feature != "dr/2" {
		t.Errorf("after 31 days it holds %+v", r.entries())
	}
}

func TestLinksAndForeignNamesAreNotFollowed(t *testing.T) {
	r := newRig(t, drop)
	secret := filepath.Join(t.TempDir(), "secret.geojson")
	if err := os.WriteFile(secret, []byte(collection(point("1", "01", "甲", ""))), 0o644); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(r.data, "sources", "drop", "drop")
	if err := os.Symlink(secret, filepath.Join(folder, "link.geojson")); err != nil {
		t.Skip("this system makes no links:", err)
	}
	r.now = time.Now().Add(time.Hour)
	for _, name := range []string{".hidden.geojson", "a.geojson.part", "readme.txt"} {
		r.drop(name, collection(point("1", "01", "甲", "")))
	}
	if runs := r.run(); len(runs) != 0 {
		t.Errorf("it read %+v", runs)
	}
	if _, err := os.Stat(filepath.Join(folder, "readme.txt")); err != nil {
		t.Error(err)
	}
	r.drop("now.geojson", collection(point("1", "01", "甲", "")))
	path := filepath.Join(folder, "now.geojson")
	if err := os.Chtimes(path, r.now, r.now.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if runs := r.run(); len(runs) != 0 {
		t.Errorf("it read a file that is being written: %+v", runs)
	}
	r.now = r.now.Add(time.Second)
	if runs := r.run(); len(runs) != 1 {
		t.Errorf("it did not read a file that is complete: %+v", runs)
	}
}

// TestReplayConvertsOnce reads a table in GCJ-02 and replays a row of it: its place is converted once, not twice.
func TestReplayConvertsOnce(t *testing.T) {
	table := strings.Replace(drop, "crs: WGS84", "crs: GCJ-02\nlon: X\nlat: Y\nmatch: [\"*.csv\"]", 1)
	r := newRig(t, table)
	r.drop("a.csv", "CODE,TYPE,TITLE,X,Y\n1,01,甲,116.404,39.915\n2,77,乙,116.404,39.915\n3,01,丙,east,39.915\n")
	r.run()
	all := r.entries()
	if len(all) != 2 || all[0].Record.Geometry == nil && all[1].Record.Geometry == nil {
		t.Fatalf("the quarantine holds %+v", all)
	}
	for _, e := range all {
		if e.Feature != "dr/2" {
			continue
		}
		line, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		edited, err := gather.ReadEntries(strings.NewReader(strings.Replace(string(line), `"77"`, `"02"`, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if run, err := r.desk.ReplayEdited(t.Context(), "drop", edited); err != nil || run.Changed != 1 || run.Quarantine != 1 {
			t.Errorf("%+v %v", run, err)
		}
	}
	want := orb.Point{116.397756, 39.913596} // of the usual formula, see the control points of package crs
	for _, id := range []string{"dr/1", "dr/2"} {
		f, err := r.store.Feature(t.Context(), "cases", id)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Geometry.(orb.Point); max(math.Abs(got[0]-want[0]), math.Abs(got[1]-want[1])) > 2e-5 {
			t.Errorf("%s stands at %v, want %v", id, got, want)
		}
	}
}
