package export_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wardmap/wardmap/scenes3d/export"
)

// A shelf serves a tileset of files; the tag of a file is its text.
type shelf struct {
	mu     sync.Mutex
	files  map[string]string
	asked  []string
	broken string            // a file that fails
	before func(name string) // is called before each answer
}

func (s *shelf) source(_ context.Context, name, tag string) ([]byte, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.before != nil {
		s.before(name)
	}
	text, ok := s.files[name]
	if !ok || name == s.broken {
		return nil, "", fmt.Errorf("404")
	}
	if tag == text {
		return nil, tag, nil
	}
	s.asked = append(s.asked, name)
	return []byte(text), text, nil
}

func town() *shelf {
	return &shelf{files: map[string]string{
		"tileset.json": `{"root":{"content":{"uri":"0/0/0.glb"},"children":[{"contents":[{"uri":"1/0/0.glb"}]},{"content":{"uri":"1/1/0.json"}}]}}`,
		"1/1/0.json":   `{"root":{"content":{"uri":"../../1/1/0.glb"}}}`,
		"0/0/0.glb":    "a", "1/0/0.glb": "b", "1/1/0.glb": "c",
	}}
}

func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(dir, func(at string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		found++
		name, _ := filepath.Rel(dir, at)
		data, err := os.ReadFile(at)
		if string(data) != want[filepath.ToSlash(name)] {
			t.Errorf("%s is %q, want %q", name, data, want[filepath.ToSlash(name)])
		}
		return err
	})
	if err != nil || found != len(want) {
		t.Errorf("%d files, want %d; %v", found, len(want), err)
	}
}

func TestACopyIsWholeAndFollowsEdits(t *testing.T) {
	dir, s := filepath.Join(t.TempDir(), "new", "town"), town()
	last := export.Count{}
	count, err := export.Run(t.Context(), "s", dir, s.source, func(c export.Count) { last = c })
	if err != nil || count.Files != 5 || count.Fetched != 5 || last.Files != 5 {
		t.Fatalf("%+v, last told %+v, %v", count, last, err)
	}
	holds(t, dir, s.files)
	s.files["1/1/0.glb"] = "C"
	s.files["tileset.json"] = strings.Replace(s.files["tileset.json"], `,"children":[{"contents":[{"uri":"1/0/0.glb"}]},`, `,"children":[`, 1)
	delete(s.files, "1/0/0.glb")
	count, err = export.Run(t.Context(), "s", dir, s.source, nil)
	if err != nil || count.Fetched != 2 || count.Removed != 1 || count.Files != 4 {
		t.Errorf("after an edit: %+v, %v", count, err)
	}
	holds(t, dir, s.files)
	if err := os.Remove(filepath.Join(dir, "0/0/0.glb")); err != nil {
		t.Fatal(err)
	}
	if count, err = export.Run(t.Context(), "s", dir, s.source, nil); err != nil || count.Fetched != 1 {
		t.Errorf("after a file was lost: %+v, %v", count, err)
	}
	holds(t, dir, s.files)
}

func TestABrokenCopyIsContinued(t *testing.T) {
	dir, s := t.TempDir(), town()
	s.broken = "1/1/0.glb"
	if _, err := export.Run(t.Context(), "s", dir, s.source, nil); err == nil || !strings.Contains(err.Error(), "1/1/0.glb: 404") {
		t.Fatal(err)
	}
	s.broken, s.asked = "", nil
	if _, err := export.Run(t.Context(), "s", dir, s.source, nil); err != nil || len(s.asked) != 1 || s.asked[0] != "1/1/0.glb" {
		t.Errorf("fetched again: %v, %v", s.asked, err)
	}
	holds(t, dir, s.files)
}

func TestAnEditDuringTheCopyIsInIt(t *testing.T) {
	dir, s, edits := t.TempDir(), town(), 0
	s.before = func(name string) {
		if name == "1/1/0.glb" && edits < 2 {
			edits++
			s.files["0/0/0.glb"] = fmt.Sprint("edit ", edits)
		}
	}
	if _, err := export.Run(t.Context(), "s", dir, s.source, nil); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, s.files)
	s.before = func(name string) {
		if name == "1/1/0.glb" {
			s.files["0/0/0.glb"] += "!"
		}
	}
	if _, err := export.Run(t.Context(), "s", t.TempDir(), s.source, nil); !errors.Is(err, export.ErrRestless) {
		t.Errorf("a tileset that never rests: %v", err)
	}
}

func TestFoldersOfOthersAreLeftAlone(t *testing.T) {
	dir, s := t.TempDir(), town()
	if err := os.WriteFile(filepath.Join(dir, "tileset.json"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Run(t.Context(), "s", dir, s.source, nil); err == nil || !strings.Contains(err.Error(), "no export has written") {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"tileset.json": "mine"})
	dir = t.TempDir()
	if _, err := export.Run(t.Context(), "s", dir, s.source, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Run(t.Context(), "another", dir, s.source, nil); err == nil || !strings.Contains(err.Error(), "an export of s") {
		t.Error(err)
	}
}

func TestAnImplicitTilesetIsRefused(t *testing.T) {
	s := &shelf{files: map[string]string{"tileset.json": `{"root":{"content":{"uri":"{level}/{x}/{y}.glb"},"implicitTiling":{"subtreeLevels":5}}}`}}
	if _, err := export.Run(t.Context(), "s", t.TempDir(), s.source, nil); err == nil || !strings.Contains(err.Error(), "export the explicit one") {
		t.Error(err)
	}
}

func TestNothingIsWrittenOutsideTheFolder(t *testing.T) {
	for _, uri := range []string{"../x.glb", "/etc/x.glb", "https://example.com/x.glb", "a/../../x.glb", ".wardmap-scene.json", "x.glb?y", ""} {
		s := &shelf{files: map[string]string{"tileset.json": fmt.Sprintf(`{"root":{"content":{"uri":%q}}}`, uri)}}
		if _, err := export.Run(t.Context(), "s", t.TempDir(), s.source, nil); err == nil || !strings.Contains(err.Error(), "no file of the tileset") {
			t.Errorf("%q: %v", uri, err)
		}
	}
}
