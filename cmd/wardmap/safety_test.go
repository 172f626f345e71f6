package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// json1 sends JSON with the cookies of a browser, as a page of the server would, and returns the answer.
func (b *browser) json1(method, path string, body any) (status int, answer map[string]any) {
	b.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequest(method, b.base+path, bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", b.base)
	res, err := b.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if cache := res.Header.Get("Cache-Control"); cache != "no-store" {
		b.t.Errorf("%s %s may be kept: %q", method, path, cache)
	}
	_ = json.Unmarshal(text, &answer)
	return res.StatusCode, answer
}

// TestASafetyTrackFromTheRequestToItsEnd with the real program: asked for, approved by a second person, tracked, read
// by who is named, told to the person, withdrawn, destroyed; and in no other answer of the server.
func TestASafetyTrackFromTheRequestToItsEnd(t *testing.T) {
	dir := dataFolder(t)
	zhao := userAdd(t, dir, "zhao", "--role", "dispatcher", "--org", "620502520000")
	qian := userAdd(t, dir, "qian", "--role", "supervisor", "--org", "620502000000")
	token := userAdd(t, dir, "SAFE-1", "--kind", "device")
	stranger := userAdd(t, dir, "PHONE-1", "--kind", "device")
	r := start(t, "--data", dir)
	a, b := newBrowser(t, r.base), newBrowser(t, r.base)
	a.settle("zhao", zhao)
	b.settle("qian", qian)
	var me struct{ ID string }
	text, _ := a.want(200, "GET", "/me?f=json", nil)
	if err := json.Unmarshal([]byte(text), &me); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	order := map[string]any{
		"ground": "missing", "case": "A6205020000002026110001", "subject": "subject-17", "purpose": "走失老人", "document": strings.Repeat("ab", 32), "device": "SAFE-1",
		"start": now.Add(-time.Minute), "end": now.Add(48 * time.Hour), "review": now.Add(24 * time.Hour), "viewers": []string{me.ID},
		"zones": []any{map[string]any{"name": "家", "center": []float64{105.72, 34.58}, "radius": 300}},
	}
	bad := map[string]any{"ground": "suspicion"}
	if status, said := a.json1("POST", "/safety-tracks", bad); status != 422 || len(said["errors"].([]any)) < 8 {
		t.Errorf("an order of nothing: %d %v", status, said)
	}
	status, said := a.json1("POST", "/safety-tracks", order)
	if status != 201 {
		t.Fatal(status, said)
	}
	number := said["number"].(string)
	path := "/safety-tracks/" + number
	report := func(token, device string) int {
		return bearer(t, r.base, token, "POST", "/positions", fmt.Sprintf(`{"device":%q,"time":%q,"lon":105.7212345,"lat":34.5812345}`, device, time.Now().UTC().Format(time.RFC3339Nano)))
	}
	report(token, "SAFE-1") // before it is approved
	if status, _ := a.json1("POST", path+"/approval", nil); status != 403 {
		t.Errorf("who asked approves: %d", status)
	}
	if status, said := b.json1("POST", path+"/approval", nil); status != 200 {
		t.Fatal(status, said)
	}
	for range 3 {
		if status := report(token, "SAFE-1"); status != 200 {
			t.Errorf("a fix: %d", status)
		}
	}
	report(stranger, "PHONE-1") // somebody's telephone
	status, said = a.json1("GET", path+"?reason=search", nil)
	if status != 200 || len(said["features"].([]any)) != 3 {
		t.Errorf("who is named reads: %d %v", status, said)
	}
	for _, tt := range []struct {
		who    *browser
		path   string
		status int
	}{
		{b, path + "?reason=search", 404}, {a, path, 422}, {a, path + "?reason=", 422}, {a, "/safety-tracks/ST-261126-AAAAAAAAAA?reason=search", 404}, {a, "/safety-tracks", 405},
	} {
		if status, _ := tt.who.json1("GET", tt.path, nil); status != tt.status {
			t.Errorf("%s: %d, not %d", tt.path, status, tt.status)
		}
	}
	for _, path := range []string{"/units?stale=true&class=officer,vehicle,bus,drone,terminal,sensor", "/units/nearest?lon=105.72&lat=34.58&state=any&k=50", "/units/SAFE-1", "/search?q=SAFE-1", "/alerts/log?after=0",
		"/collections", "/layers", "/live/counts"} {
		if _, body, _ := b.ask("GET", path, nil); strings.Contains(strings.ReplaceAll(body, "units/SAFE-1", ""), "SAFE-1") && !strings.Contains(body, `"status":4`) || strings.Contains(body, "105.7212") {
			t.Errorf("%s tells of it: %.300s", path, body)
		}
	}
	out, err := wardmap(t.Context(), "safety", "held", number, "--data", dir).Output()
	if err != nil || !bytes.Contains(out, []byte("105.7212345")) || !bytes.Contains(out, []byte(`"purpose": "search"`)) {
		t.Errorf("the person is told: %v %s", err, out)
	}
	if file := holding(t, dir, "105.7212345", "SAFE-1", "subject-17"); file != "" {
		t.Errorf("it lies in the clear in %s", file)
	}
	if status, said := a.json1("POST", path+"/withdrawal", map[string]string{"why": "found"}); status != 200 {
		t.Fatal(status, said)
	}
	if status, _ := a.json1("GET", path+"?reason=search", nil); status != 404 {
		t.Errorf("after its end it is read: %d", status)
	}
	eventually(t, "it is destroyed", func() bool {
		files, err := filepath.Glob(filepath.Join(dir, "safety", "*.track"))
		return err == nil && len(files) == 0
	})
	records, err := os.ReadFile(filepath.Join(dir, "audit", "records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"layer":"safety-tracks"`, `"reason":"destroyed"`, `"purpose":"search"`, `"case":"A6205020000002026110001"`} {
		if !bytes.Contains(records, []byte(want)) {
			t.Errorf("the audit log lacks %s", want)
		}
	}
}

// holding is a file below a folder that has one of the texts in the clear. Accounts have serial numbers of devices by
// right, as a list of what the organisation owns.
func holding(t *testing.T, dir string, texts ...string) (found string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "accounts.db") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(data, []byte(text)) {
				found = path
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
