package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/data/accounts"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/access"
	"github.com/wardmap/wardmap/layers/storetest"
	"github.com/wardmap/wardmap/tiles"
)

var update = flag.Bool("update", false, "write the expected outputs anew")

// byRole is a guard that believes a role.
type byRole struct{ roles *access.Roles }

func (g byRole) Who(r *http.Request) (*api.Asker, error) {
	role := r.Header.Get("X-Role")
	if role == "" {
		return nobody, nil
	}
	for _, one := range g.roles.All() {
		if one.ID == role {
			who := ambient(role, role, []string{role}, access.Of(one.May...), false)
			who.Kind, who.Ambient = string(one.Kinds[0]), false
			return who, nil
		}
	}
	return nil, api.ErrStranger
}

// TestWhatEachRoleMayAtEachRoute asks every method of every route by every role and holds the answers against
// testdata/rights.txt, a table for people to read: a new route is a row that somebody has to look at.
func TestWhatEachRoleMayAtEachRoute(t *testing.T) {
	v := openVault(t)
	desk, w := v.desk, v.world
	served := w.served(slog.New(slog.DiscardHandler))
	served.Guard, served.Live = byRole{access.Default()}, desk.api()
	server, err := api.New(served)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	defer web.Close()
	roles := []string{""}
	for _, r := range access.Default().All() {
		roles = append(roles, r.ID)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# is may, - may not, ? must sign in. Written by go test ./cmd/wardmap -run EachRole -update\n%-55s %s\n", "", strings.Join(append([]string{"nobody"}, roles[1:]...), " "))
	for _, route := range documented(t, web.URL) {
		fmt.Fprintf(&out, "%-55s", route)
		method, path, _ := strings.Cut(route, " ")
		for i, role := range roles {
			name := max(len(role), len("nobody")*(1-min(i, 1)))
			fmt.Fprintf(&out, " %-*s", name, verdictOf(t, web.URL, method, path, role))
		}
		out.WriteByte('\n')
	}
	got := trimLines(out.String())
	file := filepath.Join("testdata", "rights.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("what roles may is not what %s says; look at each difference, and write it anew with -update:\n%s", file, differences(string(want), got))
	}
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func differences(want, got string) string {
	had := map[string]bool{}
	for line := range strings.SplitSeq(want, "\n") {
		had[line] = true
	}
	var out strings.Builder
	for line := range strings.SplitSeq(got, "\n") {
		if !had[line] {
			out.WriteString(line + "\n")
		}
	}
	return out.String()
}

// documented are the methods and paths of the server's own document, which a test of api holds against its routes.
func documented(t *testing.T, base string) (out []string) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(get(t, base+"/api"), &doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		if strings.HasPrefix(path, "/collections/") && !strings.Contains(path, "{layer}") {
			continue // of one layer: what holds of {layer}
		}
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if _, there := doc.Paths[path][method]; there {
				out = append(out, strings.ToUpper(method)+" "+path)
			}
		}
	}
	for _, layered := range []string{"GET /collections/{layer}/items", "POST /collections/{layer}/items", "GET /collections/{layer}/items/{id}", "PUT /collections/{layer}/items/{id}", "PATCH /collections/{layer}/items/{id}", "DELETE /collections/{layer}/items/{id}"} {
		if !slices.Contains(out, layered) {
			out = append(out, layered)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		_, x, _ := strings.Cut(a, " ")
		_, y, _ := strings.Cut(b, " ")
		return strings.Compare(x+" "+a, y+" "+b)
	})
	return out
}

func verdictOf(t *testing.T, base, method, path, role string) string {
	t.Helper()
	path = strings.NewReplacer("{layer}", "tokopenx", "{layers}", "tokopenx", "{id}", "1", "{z}", "0", "{x}", "0", "{y}", "0", "{name}", "n", "{file}", "x.js").Replace(path)
	req, err := http.NewRequestWithContext(t.Context(), method, base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if role != "" {
		req.Header.Set("X-Role", role)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	switch res.StatusCode {
	case http.StatusUnauthorized:
		return "?"
	case http.StatusForbidden:
		return "-"
	}
	return "#"
}

// BenchmarkSignedIn asks for a tile that is in the cache, over HTTP, without anybody to let in and with a key that is
// checked, in turns, and says by how many percent the second takes longer: the median of all turns.
func BenchmarkSignedIn(b *testing.B) {
	store := new(storetest.Memory)
	w := bareWorld(store, 64<<20)
	group, ps := layers.Parse("secrets.yaml", []byte(secretLayers))
	if len(ps) > 0 {
		b.Fatal(ps)
	}
	defs, ps := layers.NewCatalogue(group)
	if len(ps) > 0 {
		b.Fatal(ps)
	}
	if err := w.define(b.Context(), defs); err != nil {
		b.Fatal(err)
	}
	edits, _, _ := plantWords()
	served := w.served(slog.New(slog.DiscardHandler))
	if _, err := served.Editor.Apply(b.Context(), edits); err != nil {
		b.Fatal(err)
	}
	people, err := accounts.Open(b.Context(), filepath.Join(b.TempDir(), "accounts.db"), accounts.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer people.Close()
	_, key, err := people.Add(b.Context(), accounts.Account{Kind: access.Client, Name: "bench", Roles: []string{"viewer"}, Expires: time.Now().Add(24 * time.Hour)}, "os:bench")
	if err != nil {
		b.Fatal(err)
	}
	book, err := openRecord(config{Data: b.TempDir()}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer book.log.Close()
	guarded, pace := served, new(pacer)
	if err := (&gate{store: people}).guard(&guarded, config{}, book); err != nil {
		b.Fatal(err)
	}
	guarded.Pace = func(who *api.Asker, path string) bool { // which would turn the benchmark away costs what it costs
		pace.allows(who, path)
		return true
	}
	z := tiles.Project(middle)
	path := fmt.Sprintf("/tiles/tokopenx,tokinnerx/%v.mvt", z.At(12))
	ask := func(c api.Config) (block func() time.Duration) {
		server, err := api.New(c)
		if err != nil {
			b.Fatal(err)
		}
		web := httptest.NewServer(server)
		b.Cleanup(web.Close)
		return func() time.Duration {
			began := time.Now()
			for range 200 {
				fetch(b, web.URL+path, key)
			}
			return time.Since(began)
		}
	}
	open, signedIn := ask(served), ask(guarded)
	open()
	signedIn()
	var more []float64
	for b.Loop() { // in turns, so that what else the machine does falls on both
		before, asked, after := open(), signedIn(), open()
		more = append(more, 100*(2*float64(asked)/float64(before+after)-1))
	}
	slices.Sort(more)
	b.ReportMetric(more[len(more)/2], "%more")
	b.ReportMetric(0, "ns/op")
}

func fetch(b *testing.B, address, key string) {
	req, err := http.NewRequest("GET", address, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 {
		b.Fatal(res.Status, err)
	}
}
