package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardmap/wardmap/api"
)

// sourceFile is the definition of a source of marks.
func sourceFile(name, more string) string {
	return fmt.Sprintf(`source: %s
title: {zh-CN: 标记来源, en: Marks}
purpose: {zh-CN: 测试, en: Test}
legal_basis: {zh-CN: 测试, en: Test}
owner: 指挥中心
retention: 30d
layer: marks
every: 1s
crs: WGS84
key: [CODE]
prefix: %[1]s
fields: {N: n}
%s`, name, more)
}

// withSource makes a data folder with one source.
func withSource(t *testing.T, name, more string) string {
	t.Helper()
	dir := dataFolder(t)
	if err := os.MkdirAll(filepath.Join(dir, "sources", "drop", name), 0o755); err != nil {
		t.Fatal(err)
	}
	writeOld(t, filepath.Join(dir, "sources", name+".yaml"), sourceFile(name, more))
	return dir
}

// writeOld writes a file that nobody has touched for a minute.
func writeOld(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if then := time.Now().Add(-time.Minute); os.Chtimes(path, then, then) != nil {
		t.Fatal("the time of a file cannot be set")
	}
}

func sourceMark(code, n string) string {
	return fmt.Sprintf(`{"type":"Feature","properties":{"CODE":%q,"N":%s},"geometry":{"type":"Point","coordinates":[105.75,34.57]}}`, code, n)
}

// status waits until a source is as wanted.
func status(t *testing.T, base, name, what string, wanted func(api.Source) bool) api.Source {
	t.Helper()
	var s api.Source
	for range 1200 { // two minutes, since machines may be busy
		s = api.Source{}
		if err := json.Unmarshal(get(t, base+"/sources/"+name), &s); err != nil {
			t.Fatal(err)
		}
		if wanted(s) {
			return s
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the source is never %s: %+v", what, s)
	return s
}

func countMarks(t *testing.T, base string) int {
	t.Helper()
	var page struct {
		NumberMatched int `json:"numberMatched"`
	}
	if err := json.Unmarshal(get(t, base+"/collections/marks/items?limit=1"), &page); err != nil {
		t.Fatal(err)
	}
	return page.NumberMatched
}

func TestSourceFolderFromFileToMap(t *testing.T) {
	dir := withSource(t, "drop", "kind: folder\n")
	writeOld(t, filepath.Join(dir, "sources", "drop", "drop", "a.geojsonl"), sourceMark("1", "1")+"\n"+sourceMark("2", `"many"`)+"\n{broken\n"+sourceMark("3", `"11010519491231002X"`)+"\n")
	writeOld(t, filepath.Join(dir, "sources", "drop", "drop", "hostile.geojson"), `{"type":"FeatureCollection","features":[`+sourceMark("9", "9")+`,{"type":`)
	s := start(t, "--data", dir)
	got := status(t, s.base, "drop", "through", func(s api.Source) bool { return len(s.Runs) == 2 })
	if got.Quarantine != 2 || got.Failures != 1 || got.Problem == "" {
		t.Errorf("the source is %+v", got)
	}
	for _, r := range got.Runs {
		if r.From == "a.geojsonl" && (r.Taken != 4 || r.Changed != 1 || r.Rejected != 2 || r.Restricted != 1) {
			t.Errorf("the run of the good file is %+v", r)
		}
	}
	if text := string(get(t, s.base+"/collections/marks/items/drop%2F1")); !strings.Contains(text, `"n":1`) {
		t.Errorf("the mark is %s", text)
	}
	var page struct {
		Features []struct {
			Properties map[string]any `json:"properties"`
			Tag        struct {
				Record, Reason string
			} `json:"quarantine"`
		}
	}
	if err := json.Unmarshal(get(t, s.base+"/sources/drop/quarantine"), &page); err != nil {
		t.Fatal(err)
	}
	record := ""
	for _, f := range page.Features {
		if f.Properties["CODE"] == "2" {
			record = f.Tag.Record
		}
	}
	url := s.base + "/sources/drop/quarantine/" + record
	if code, text, err := send("PUT", url, "application/geo+json", []byte(sourceMark("2", `"11010519491231002X"`))); err != nil || code != 422 || bytes.Contains(text, []byte("11010519491231002X")) {
		t.Errorf("a correction with an identity number: %d %s %v", code, text, err)
	}
	if code, text, err := send("PUT", url, "application/geo+json", []byte(sourceMark("2", "22"))); err != nil || code != 200 {
		t.Fatalf("a correction: %d %s %v", code, text, err)
	}
	code, text, err := send("POST", s.base+"/sources/drop/replay", "application/json", nil)
	if err != nil || code != 200 || !bytes.Contains(text, []byte(`"changed":1`)) {
		t.Fatalf("a replay: %d %s %v", code, text, err)
	}
	if text := string(get(t, s.base+"/collections/marks/items/drop%2F2")); !strings.Contains(text, `"n":22`) {
		t.Errorf("the corrected mark is %s", text)
	}
	files, err := filepath.Glob(filepath.Join(dir, "sources", "state", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if data, err := os.ReadFile(file); err != nil || bytes.Contains(data, []byte("11010519491231002X")) {
			t.Errorf("%s holds an identity number (%v)", file, err)
		}
	}
}

func TestSourceByHTTP(t *testing.T) {
	var body atomic.Pointer[string]
	var full, same, token atomic.Int32
	set := func(text string) { body.Store(&text) }
	set(`{"type":"FeatureCollection","features":[` + sourceMark("1", "1") + "," + sourceMark("2", "2") + "," + sourceMark("3", "3") + `]}`)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := *body.Load()
		tag := fmt.Sprintf(`"%d"`, len(text))
		if r.Header.Get("Authorization") == "Bearer of-the-feed" {
			token.Add(1)
		}
		if r.Header.Get("If-None-Match") == tag {
			same.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		full.Add(1)
		w.Header().Set("ETag", tag)
		fmt.Fprint(w, text)
	}))
	defer web.Close()
	dir := withSource(t, "feed", "kind: http\nurl: "+web.URL+"/x?key=s3cret\ntoken_file: token\nvanished: expire\n")
	definition := filepath.Join(dir, "sources", "feed.yaml")
	text, err := os.ReadFile(definition)
	if err != nil {
		t.Fatal(err)
	}
	writeOld(t, definition, strings.Replace(string(text), "every: 1s", "every: 5s", 1))
	writeOld(t, filepath.Join(dir, "token"), "of-the-feed\n")
	s := start(t, "--data", dir)
	got := status(t, s.base, "feed", "through", func(s api.Source) bool { return len(s.Runs) == 1 && !s.Runs[0].Ended.IsZero() })
	if r := got.Runs[0]; r.Changed != 3 || r.From != strings.TrimPrefix(web.URL, "http://") || len(r.SHA256) != 64 || token.Load() == 0 {
		t.Errorf("the run is %+v", r)
	}
	ask := func() {
		t.Helper()
		if code, text, err := send("POST", s.base+"/sources/feed/run", "application/json", nil); err != nil || code != 202 {
			t.Fatalf("ask it to run: %d %s %v", code, text, err)
		}
	}
	heard := got.Heard
	ask()
	got = status(t, s.base, "feed", "heard again", func(s api.Source) bool { return s.Heard.After(heard) })
	if len(got.Runs) != 1 || same.Load() == 0 || full.Load() != 1 {
		t.Errorf("nothing is new: %d runs, %d answers with a body, %d without", len(got.Runs), full.Load(), same.Load())
	}
	set(`{"type":"FeatureCollection","features":[` + sourceMark("1", "1") + "," + sourceMark("2", "22") + `]}`)
	ask()
	got = status(t, s.base, "feed", "fetched again", func(s api.Source) bool { return len(s.Runs) == 2 })
	if r := got.Runs[0]; r.Changed != 1 || r.Unchanged != 1 || r.Expired != 1 {
		t.Errorf("the second run is %+v", r)
	}
	set(`{"type":"FeatureCollection","features":[` + sourceMark("1", "1") + `,{"type":"Feature","properties":{"national_id":1}`)
	ask()
	got = status(t, s.base, "feed", "failing", func(s api.Source) bool { return s.Failures > 0 })
	if countMarks(t, s.base) != 3 || strings.Contains(fmt.Sprintf("%+v", got), "s3cret") {
		t.Errorf("after a broken answer: %d marks, %+v", countMarks(t, s.base), got)
	}
}

func TestSourceMayNotAskWhereItMayNot(t *testing.T) {
	dir := withSource(t, "feed", "kind: http\nurl: http://169.254.169.254/latest\n")
	definition := filepath.Join(dir, "sources", "feed.yaml")
	text, err := os.ReadFile(definition)
	if err != nil {
		t.Fatal(err)
	}
	writeOld(t, definition, strings.Replace(string(text), "every: 1s", "every: 5s", 1))
	s := start(t, "--data", dir)
	got := status(t, s.base, "feed", "refused", func(s api.Source) bool { return s.Failures > 0 })
	if !strings.Contains(got.Problem, "not one that the operator allows") {
		t.Errorf("the problem is %q", got.Problem)
	}
}

// TestSourceSurvivesKill kills the server while it reads a file, and finds every feature once after the next start.
func TestSourceSurvivesKill(t *testing.T) {
	const n = 60_000
	dir := withSource(t, "drop", "kind: folder\n")
	var b strings.Builder
	for i := range n {
		b.WriteString(sourceMark(fmt.Sprint(i), fmt.Sprint(i)) + "\n")
	}
	writeOld(t, filepath.Join(dir, "sources", "drop", "drop", "big.geojsonl"), b.String())
	s := start(t, "--data", dir)
	in := 0
	for in == 0 {
		in = countMarks(t, s.base)
		time.Sleep(time.Millisecond)
	}
	s.kill()
	s = start(t, "--data", dir)
	got := status(t, s.base, "drop", "through", func(s api.Source) bool { return len(s.Runs) > 0 && s.Runs[0].Taken == n })
	if count := countMarks(t, s.base); count != n {
		t.Errorf("%d features, want %d", count, n)
	}
	r := got.Runs[0]
	t.Logf("killed with %d in; then %d changed, %d unchanged", in, r.Changed, r.Unchanged)
	if in < n && (len(got.Runs) != 2 || got.Runs[1].Problem == "" || r.Changed+r.Unchanged != n || r.Unchanged < int64(in)) {
		t.Errorf("the runs are %+v", got.Runs)
	}
	if got.Failures != 0 || got.Quarantine != 0 {
		t.Errorf("the source is %+v", got)
	}
}

func TestSourcesAtTheCommandLine(t *testing.T) {
	dir := withSource(t, "drop", "kind: folder\n")
	writeOld(t, filepath.Join(dir, "sources", "drop", "drop", "a.geojsonl"), sourceMark("1", "1")+"\n"+sourceMark("2", `"many"`)+"\n")
	run := func(args ...string) (string, error) {
		out, err := wardmap(t.Context(), append([]string{"sources", "--data", dir}, args...)...).CombinedOutput()
		return string(out), err
	}
	tests := []struct {
		args []string
		want string
		fail bool
	}{
		{args: []string{"check"}, want: "1 sources: no problems"},
		{args: []string{"run", "drop"}, want: "run 1 of a.geojsonl: 2 taken, 1 changed, 0 unchanged, 1 rejected"},
		{args: []string{"run", "drop"}, want: "nothing is new"},
		{args: []string{"quarantine", "drop"}, want: `"N":"many"`},
		{args: []string{"list"}, want: "50.0 %"},
		{args: []string{"replay", "drop"}, want: "1 rejected"},
		{args: []string{"run", "none"}, want: "not found", fail: true},
		{args: []string{"replay"}, want: "write it as", fail: true},
	}
	for _, tt := range tests {
		if out, err := run(tt.args...); !strings.Contains(out, tt.want) || (err != nil) != tt.fail {
			t.Errorf("%v prints %q (%v), want %q", tt.args, out, err, tt.want)
		}
	}
	lines, err := run("quarantine", "drop")
	if err != nil {
		t.Fatal(err)
	}
	edited := filepath.Join(t.TempDir(), "edited.geojsonl")
	writeOld(t, edited, strings.Replace(lines, `"many"`, "7", 1))
	if out, err := run("replay", "drop", "--from", edited); err != nil || !strings.Contains(out, "1 taken, 1 changed") || !strings.Contains(out, "0 in quarantine") {
		t.Errorf("the edited file: %s %v", out, err)
	}
	writeOld(t, filepath.Join(dir, "sources", "bad.yaml"), "source: good\nlayer: marks\n")
	if out, err := run("check"); err == nil || !strings.Contains(out, "bad.yaml:1 source: 名称") {
		t.Errorf("check says %s", out)
	}
}
