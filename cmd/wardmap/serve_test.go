package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/postgis/pgtest"
)

// onBothStores runs a test on each kind of store, with the arguments that choose it.
func onBothStores(t *testing.T, test func(t *testing.T, args []string)) {
	t.Run("geopackage", func(t *testing.T) { test(t, []string{"--data", dataFolder(t)}) })
	t.Run("postgis", func(t *testing.T) { test(t, []string{"--data", dataFolder(t), "--store", pgtest.URL(t)}) })
}

// eventually waits until what holds, for ten seconds at most.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func TestNoTileIsOlderThanAnAcknowledgedEdit(t *testing.T) {
	onBothStores(t, func(t *testing.T, args []string) {
		base := start(t, args...).base
		if err := put(base, "marks", 0, 0); err != nil {
			t.Fatal(err)
		}
		var acked, stale, asked atomic.Int64
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					least := int(acked.Load())
					if drawn(t, base, "marks")["m0"] < least {
						stale.Add(1)
					}
					asked.Add(1)
					time.Sleep(time.Millisecond) // leave the writer some of the machine
				}
			})
		}
		for n := 1; n <= 2000; n++ {
			if err := put(base, "marks", 0, n); err != nil {
				t.Error(err)
				break
			}
			acked.Store(int64(n))
		}
		close(done)
		readers.Wait()
		if stale.Load() > 0 || asked.Load() < 100 {
			t.Errorf("%d of %d answers were older than an acknowledged edit", stale.Load(), asked.Load())
		}
		t.Logf("%d answers, none stale, during 2,000 edits", asked.Load())
	})
}

func TestAnImportShowsWithoutRestartAndOpenMapsHearOfIt(t *testing.T) {
	onBothStores(t, func(t *testing.T, args []string) {
		base := start(t, args...).base
		heard := listen(t, base)
		importing := wardmap(t.Context(), append([]string{"import", bulkFile(t), "--layer", "bulk", "--key", "id"}, args...)...)
		if out, err := importing.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		eventually(t, "the tile shows what was imported", func() bool { return len(drawn(t, base, "bulk")) == bulkSize })
		eventually(t, "the open map hears of it", func() bool { return strings.Contains(heard(), `"bulk":[[105.7`) })
		again := wardmap(t.Context(), append([]string{"import", bulkFile(t), "--layer", "bulk", "--key", "id"}, args...)...)
		out, err := again.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "unchanged") {
			t.Errorf("the second import: %v, %s", err, out)
		}
	})
}

// listen collects what an open map hears.
func listen(t *testing.T, base string) func() string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // guards all
	var all bytes.Buffer
	go func() {
		defer res.Body.Close()
		b := make([]byte, 4096)
		for {
			n, err := res.Body.Read(b)
			mu.Lock()
			all.Write(b[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

func TestDefinitionsAreReadAgainWhileItServes(t *testing.T) {
	dir := dataFolder(t)
	s := start(t, "--data", dir)
	if err := put(s.base, "marks", 1, 7); err != nil {
		t.Fatal(err)
	}
	heard := listen(t, s.base)
	file := filepath.Join(dir, "catalogue", "marks.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Replace(marks, "type: integer, tile: true}\n  - id: bulk", "type: integer}\n  - id: bulk", 1))
	eventually(t, "the tile no longer carries n", func() bool { n, there := drawn(t, s.base, "marks")["m1"]; return there && n == 0 })
	eventually(t, "open maps hear of new definitions", func() bool { return strings.Contains(heard(), "event: layers") })
	write("group: marks\nnonsense: 1\n")
	time.Sleep(1500 * time.Millisecond)
	if n := len(stored(t, s.base, "marks")); n != 1 {
		t.Errorf("after a broken definition the layer has %d features, want 1", n)
	}
	write(marks + "  - id: third\n    title: {zh-CN: 三, en: Third}\n    geometry: any\n")
	eventually(t, "a new layer is there", func() bool { return layerExists(s.base, "third") })
	if n := drawn(t, s.base, "marks")["m1"]; n != 7 {
		t.Errorf("n is %d again, want 7", n)
	}
}

func layerExists(base, layer string) bool {
	res, err := client.Get(base + "/layers/" + layer)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func TestAFeatureAppearsAndVanishesWithItsValidity(t *testing.T) {
	s := start(t, "--data", dataFolder(t))
	from, to := time.Now().Add(1500*time.Millisecond), time.Now().Add(4*time.Second)
	f := mark(1, 1)
	f["common"] = map[string]any{"effective_from": from.UTC().Format(time.RFC3339Nano), "effective_to": to.UTC().Format(time.RFC3339Nano)}
	body, err := json.Marshal([]any{map[string]any{"op": "create", "layer": "marks", "id": "m1", "feature": f}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Post(s.base+"/edits", "application/json", bytes.NewReader(body))
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	res.Body.Close()
	if _, shows := drawn(t, s.base, "marks")["m1"]; shows && time.Now().Before(from) {
		t.Error("it shows before it holds")
	}
	eventually(t, "it shows", func() bool { _, shows := drawn(t, s.base, "marks")["m1"]; return shows })
	eventually(t, "it vanishes", func() bool { _, shows := drawn(t, s.base, "marks")["m1"]; return !shows })
	if now := time.Now(); now.Before(to) {
		t.Errorf("it vanished %v too early", to.Sub(now))
	}
}

func TestServeRefusesWhatCannotWork(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	notADatabase := filepath.Join(t.TempDir(), "x.gpkg")
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("no database ", 400)), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"an address for everybody without TLS", []string{"--listen", "0.0.0.0:8080"}, "needs TLS"},
		{"no host, which is everybody", []string{"--listen", ":8080"}, "needs TLS"},
		{"the demo for everybody", []string{"--demo", "--listen", "0.0.0.0:0", "--behind-proxy", "10.1.0.5"}, "wardmap user add"},
		{"an address for everybody without accounts", []string{"--listen", "0.0.0.0:0", "--behind-proxy", "10.1.0.5"}, "wardmap user add"},
		{"accounts of which there is none", []string{"--listen", "127.0.0.1:0", "--sign-in"}, "nobody has an account"},
		{"everybody as a proxy", []string{"--listen", "127.0.0.1:0", "--behind-proxy", "0.0.0.0/0"}, "not everybody's"},
		{"a certificate without a key", []string{"--listen", "127.0.0.1:0", "--tls-cert", "x"}, "go together"},
		{"a door for everybody", []string{"--listen", "127.0.0.1:0", "--mqtt", "0.0.0.0:1883"}, "no TLS of its own"},
		{"officers' positions for a year", []string{"--listen", "127.0.0.1:0", "--keep-positions", "8760h"}, "30 days at most"},
		{"no port", []string{"--listen", "127.0.0.1"}, "host:port"},
		{"a taken port", []string{"--listen", taken.Addr().String()}, "address already in use"},
		{"a file that is no GeoPackage", []string{"--listen", "127.0.0.1:0", "--store", notADatabase}, "x.gpkg"},
		{"a database that is not there", []string{"--listen", "127.0.0.1:0", "--store", "postgres://127.0.0.1:1/none?connect_timeout=2"}, "127.0.0.1"},
		{"an argument too many", []string{"now"}, `no argument "now"`},
		{"an option that is none", []string{"--port", "1"}, "-port"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
			defer stop()
			args := append([]string{"serve", "--data", t.TempDir()}, test.args...)
			out, err := wardmap(ctx, args...).CombinedOutput()
			if err == nil || !strings.Contains(string(out), test.want) {
				t.Errorf("got %v: %s\nwant %q", err, out, test.want)
			}
		})
	}
}

func TestFlagBeatsVariableBeatsFileBeatsDefault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "w.yaml")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:1\ndata: /file\ncache_mb: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WARDMAP_LISTEN", "127.0.0.1:2")
	t.Setenv("WARDMAP_CACHE_MB", "2")
	t.Setenv("WARDMAP_CONFIG", file)
	var c config
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	c.options(f)
	if _, err := parse(f, []string{"--cache-mb", "3"}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Listen, " ", c.Data, " ", c.CacheMB, " ", c.Demo); got != "127.0.0.1:2 /file 3 false" {
		t.Errorf("got %s", got)
	}
	for text, want := range map[string]string{
		"lissen: x\n":      `w.yaml:1: there is no option "lissen"`,
		"\ncache-mb: much": "w.yaml:2: cache-mb:",
		"- a\n":            "w.yaml:1: it must be a list of keys",
		"a: [":             "w.yaml:",
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		f := flag.NewFlagSet("serve", flag.ContinueOnError)
		new(config).options(f)
		if _, err := parse(f, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestCheckNamesFileAndLine(t *testing.T) {
	dir := dataFolder(t)
	file := filepath.Join(dir, "catalogue", "marks.yaml")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"check", "--data", dir}, &out); err != nil || !strings.Contains(out.String(), "no problems") {
		t.Errorf("%v: %s", err, out.String())
	}
	if err := os.WriteFile(file, []byte(strings.Replace(marks, "geometry: point", "geometry: dot", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "--data", dir}, {"check", file}, {"check", filepath.Dir(file)}} {
		out.Reset()
		if err := run(t.Context(), args, &out); err == nil || !strings.Contains(out.String(), `marks.yaml:7 layers[0].geometry: "dot" is none of`) {
			t.Errorf("%v: %v: %s", args, err, out.String())
		}
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatal(err)
	}
	for _, c := range commands() {
		if !strings.Contains(out.String(), "wardmap "+c.name) {
			t.Errorf("help does not name %s", c.name)
		}
	}
	if err := run(t.Context(), []string{"dance"}, &out); err == nil || !strings.Contains(err.Error(), `no command "dance"`) {
		t.Errorf("got %v", err)
	}
}

func TestImportSaysWhatWentWrong(t *testing.T) {
	dir, file := dataFolder(t), bulkFile(t)
	broken := filepath.Join(t.TempDir(), "broken.geojson")
	if err := os.WriteFile(broken, []byte("[1]"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"a layer that does not exist", []string{file, "--layer", "nix"}, `there is no layer "nix"; 'wardmap layers' lists them`},
		{"a key that no feature has", []string{file, "--layer", "bulk", "--key", "nr"}, "bulk.geojsonl: nothing came in: 3000 of 3000 were rejected"},
		{"a file that is broken", []string{broken, "--layer", "bulk"}, "import broken.geojson: line 1"},
		{"an option that is none", []string{file, "--layr", "bulk"}, "-layr; 'wardmap help import' lists the options\n"},
	}
	for _, test := range tests {
		out, err := wardmap(t.Context(), append([]string{"import", "--data", dir, "--quiet"}, test.args...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), test.want) || strings.Contains(string(out), "Usage:") {
			t.Errorf("%s: %v: %s\nwant %q", test.name, err, out, test.want)
		}
	}
}

func TestAnInterruptedImportSaysHowToGoOn(t *testing.T) {
	dir := dataFolder(t)
	load := wardmap(t.Context(), "import", bulkFile(t), "--layer", "bulk", "--key", "id", "--data", dir, "--batch", "1")
	said, err := load.StderrPipe()
	if err == nil {
		err = load.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := said.Read(make([]byte, 1)); err != nil { // its first word: it is under way
		t.Fatal(err)
	}
	if err := load.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(said)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := load.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 || !strings.Contains(string(out), "the same command brings in the rest") {
		t.Errorf("%v: %s", err, out)
	}
}
