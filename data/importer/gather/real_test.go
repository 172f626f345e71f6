package gather_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/catalogue"
	"github.com/wardmap/wardmap/data/importer/gather"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

func realData(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("WARDMAP_REALDATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	file := filepath.Join(folder, filepath.FromSlash(name))
	if _, err := os.Stat(file); err != nil {
		t.Skipf("real data are not here: %v", err)
	}
	return file
}

func copyFile(t *testing.T, from, to string, at time.Time) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	if err == nil {
		err = os.Chtimes(to, at, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const psa = `source: dc_psa
title: {zh-CN: 华盛顿特区警务服务区, en: Police service areas of DC}
purpose: {zh-CN: 巡区, en: Beats}
legal_basis: {zh-CN: 公开数据，CC BY 4.0, en: "Open data, CC BY 4.0"}
owner: District of Columbia
retention: 365d
layer: beats
kind: folder
every: 10s
crs: WGS84
key: [PSA]
prefix: dc
fields: {PSA: code, NAME: name, DISTRICT: sector}
constants: {level: sector}
`

// builtin is a desk over the layers that every Wardmap has.
func builtin(t *testing.T, definitions map[string]string) (*gather.Desk, layers.Store, string, time.Time) {
	t.Helper()
	defs, ps := layers.Load(catalogue.Files)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	store, data, now := new(storetest.Memory), t.TempDir(), time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	if err := store.Sync(t.Context(), defs.Managed()); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(data, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range definitions {
		if err := os.WriteFile(filepath.Join(data, "sources", name+".yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all := func() *layers.Catalogue { return defs }
	desk, err := gather.Open(gather.Options{
		Data: data, Layers: all, Reader: store, To: layers.NewEditor(store, all, nil).Repaired(), Clock: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	if ps := desk.Problems(); len(ps) > 0 {
		t.Fatal(ps)
	}
	return desk, store, data, now
}

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "dc_cctv.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheExampleFits(t *testing.T) { builtin(t, map[string]string{"dc_cctv": example(t)}) }

func TestCamerasAndBeatsOfWashington(t *testing.T) {
	cctv, areas := realData(t, "07_dogs_cameras/dc_cctv-street-cameras.geojson.gz"), realData(t, "05_geofence/dc_police-service-areas-psa.geojson.gz")
	desk, store, data, now := builtin(t, map[string]string{"dc_cctv": example(t), "dc_psa": psa})
	copyFile(t, cctv, filepath.Join(data, "sources", "drop", "dc_cctv", "cctv.geojson.gz"), now.Add(-time.Hour))
	copyFile(t, areas, filepath.Join(data, "sources", "drop", "dc_psa", "psa.geojson.gz"), now.Add(-time.Hour))
	run := func(name string) gather.Run {
		t.Helper()
		runs, err := desk.Run(t.Context(), name, gather.BySchedule)
		if err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
		return runs[0]
	}
	// 56 areas; how many people of which origin live there is left out, here and in quarantine.
	if got := summary(run("dc_psa")); got != "run 1: 56 taken, 56 changed, 0 unchanged, 0 rejected, 0 restricted, 0 duplicates, 0 expired; 0 in quarantine" {
		t.Error(got)
	}
	// 34 cameras say Red Light and 9 say Safe Cities, which the code table does not know; the other
	// three say no address.
	first := run("dc_cctv")
	if got := summary(first); got != "run 1: 596 taken, 550 changed, 0 unchanged, 46 rejected, 0 restricted, 0 duplicates, 0 expired; 46 in quarantine" {
		t.Error(got)
	}
	if n := first.Reasons["field DESCRIPTION: the code “…” is in no code table"]; n != 43 || first.Reasons["the key field ADDRESS is missing or empty"] != 3 {
		t.Errorf("the reasons are %v", first.Reasons)
	}
	file := filepath.Join(data, "sources", "dc_cctv.yaml")
	text := strings.Replace(example(t), `"Homeland Security": "1"`, `"Homeland Security": "1", "Red Light": "9", "Safe Cities": "9"`, 1)
	if err := errors.Join(os.WriteFile(file, []byte(text), 0o644), desk.Reload()); err != nil {
		t.Fatal(err)
	}
	replay, err := desk.Replay(t.Context(), "dc_cctv")
	if got := summary(replay); err != nil || got != "run 2: 46 taken, 43 changed, 0 unchanged, 3 rejected, 0 restricted, 0 duplicates, 0 expired; 3 in quarantine" {
		t.Error(got, err)
	}
	if stat, err := store.Stat(t.Context(), "cameras"); err != nil || stat.Count != 593 {
		t.Errorf("%d cameras, %v", stat.Count, err)
	}
}

// TestHostileFiles drops all hostile files at once: each has its report, and the sums are right.
func TestHostileFiles(t *testing.T) {
	archive := realData(t, "09_hostile/geojson_bad_good.tar.gz")
	r := newRig(t, drop)
	packed, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for files := tar.NewReader(plain); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if path.Ext(h.Name) != ".geojson" {
			continue
		}
		content, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		r.drop(fmt.Sprintf("%03d_%s", n, path.Base(h.Name)), string(content))
		n++
	}
	runs, err := r.desk.Run(t.Context(), "drop", gather.BySchedule)
	if err == nil || len(runs) != n || n < 100 {
		t.Fatalf("%d runs of %d files: %v", len(runs), n, err)
	}
	var failed, rejected int64
	for _, run := range runs {
		if run.Problem != "" {
			failed++
		} else if run.Taken != run.Changed+run.Unchanged+run.Rejected+run.Restricted+run.Duplicates {
			t.Errorf("the sums of %s are wrong: %+v", run.From, run)
		}
		rejected += run.Rejected
	}
	if len(r.holds()) != 0 { // none of them says the key
		t.Errorf("it holds %v", r.holds())
	}
	if again := r.run(); len(again) != 0 {
		t.Errorf("files that did not change were read again: %d", len(again))
	}
	replay := r.replay()
	t.Logf("%d files: %d cannot be read, %d records rejected, %d different ones in quarantine", n, failed, rejected, replay.Quarantine)
	if replay.Changed != 0 || replay.Rejected != int64(len(r.entries())) {
		t.Errorf("the replay: %+v", replay)
	}
}
