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
	write := func(name string, data []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
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
		for id, c := range set.tree.cells {
			if len(c.bodies) == 0 {
				continue
			}
			for _, look := range []Look{{}, {Plain: true}} {
				data, err := set.Content(nil, id, look)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, write(fmt.Sprintf("%d-%d-%d-%d-%v.glb", i, id.Z, id.X, id.Y, look.Plain), data))
			}
		}
	}
	for _, problem := range khronos(t, names...) {
		t.Error(problem)
	}
	t.Logf("%d files", len(names))
	data, err := os.ReadFile(names[1])
	if err != nil {
		t.Fatal(err)
	}
	spoilt := write("spoilt.glb", bytes.Replace(data, []byte(`"min":[`), []byte(`"min":[1`), 1))
	if len(khronos(t, spoilt)) == 0 {
		t.Error("the validator finds nothing in a spoilt file either")
	}
}
