package scenes3d

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// khronos is the errors and warnings of Khronos' glTF validator.
func khronos(t *testing.T, files ...string) (found []string) {
	t.Helper()
	modules := os.Getenv("WARDMAP_NODE_MODULES")
	if modules == "" {
		modules = "../api/web/node_modules"
	}
	modules, err := filepath.Abs(modules)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "gltf-validator")); err != nil {
		t.Skip("gltf-validator is not installed: run npm ci in api/web, or name its folder by WARDMAP_NODE_MODULES")
	}
	names, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/validate.mjs", modules)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(names), os.Stderr
	output, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(output, &found)
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestKhronosFindsNothingWrong(t *testing.T) {
	dir := t.TempDir()
	all := town(600, 8)
	for i := range all {
		all[i].Properties["roof"] = strings.Fields("flat gabled hipped pyramidal")[i%4]
	}
	s, solids := New(city, noon), New(city, noon)
	s.Put(noon, all...)
	solids.Put(noon, clothed(town(200, 8))...)
	eyes := New(watch(s), noon)
	eyes.Put(noon, cameras(60, 8)...)
	var names []string
	for i, set := range []*Set{s, solids, eyes} {
		names = append(names, contents(t, set, filepath.Join(dir, fmt.Sprint(i)))...)
	}
	for _, problem := range khronos(t, names...) {
		t.Error(problem)
	}
	t.Logf("%d files", len(names))
	data, err := os.ReadFile(names[1])
	if err != nil {
		t.Fatal(err)
	}
	spoilt := filepath.Join(dir, "spoilt.glb")
	if err := os.WriteFile(spoilt, bytes.Replace(data, []byte(`"min":[`), []byte(`"min":[1`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if len(khronos(t, spoilt)) == 0 {
		t.Error("the validator finds nothing in a spoilt file either")
	}
}

func TestKhronosFindsNothingWrongInNewYork(t *testing.T) {
	all := newYork(t)
	if os.Getenv("WARDMAP_SOAK") == "" {
		all = all[:len(all)/8]
	}
	s := New(city, noon)
	s.Put(noon, all...)
	names := contents(t, s, t.TempDir())
	for _, problem := range khronos(t, names...) {
		t.Error(problem)
	}
	t.Logf("%d files of %d buildings", len(names), len(all))
}

// contents writes all contents of a set into a folder, compressed and plain, and gives the names of the files.
func contents(t *testing.T, s *Set, dir string) (names []string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, id := range s.Cells() {
		for _, look := range []Look{{}, {Plain: true}} {
			data, err := s.Content(nil, id, look)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, fmt.Sprintf("%d-%d-%d-%v.glb", id.Z, id.X, id.Y, look.Plain))
			if err := os.WriteFile(name, data, 0o644); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
	}
	return names
}
