package layers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Group is a subsystem: the layers of one catalogue file.
type Group struct {
	ID     string  `yaml:"group" json:"id"`
	Title  Text    `yaml:"title" json:"title"`
	Order  int     `yaml:"order" json:"order"`
	Layers []Layer `yaml:"layers" json:"-"`
}

// Parse reads one catalogue file and checks it. Problems name file, line and field; the group is complete
// where there are none.
func Parse(file string, data []byte) (Group, Problems) {
	var (
		g    Group
		root yaml.Node
		ps   Problems
	)
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&g); err != nil {
		return Group{}, yamlProblems(file, err)
	}
	if err := dec.Decode(new(Group)); !errors.Is(err, io.EOF) {
		ps.add(file, "it holds more than one YAML document; give each group a file of its own")
	}
	if err := yaml.Unmarshal(data, &root); err != nil {
		return Group{}, yamlProblems(file, err)
	}
	at := func(path ...any) string { return fmt.Sprintf("%s:%d %s", file, line(&root, path), field(path)) }
	if want := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)); g.ID != want {
		ps.add(at("group"), "the group is called %q, but its file says %q; make them equal", g.ID, want)
	}
	checkText(&ps, g.Title, at, "title")
	checkLimits(&ps, at, map[string]string{"group": g.ID, "title": g.Title.Zh, "title.en": g.Title.En})
	seen := map[string]int{}
	for i := range g.Layers {
		l := &g.Layers[i]
		l.Group, l.File, l.Line = g.ID, file, line(&root, []any{"layers", i})
		complete(l)
		checkLayer(&ps, *l, func(path ...any) string { return at(append([]any{"layers", i}, path...)...) })
		if first, twice := seen[l.ID]; twice {
			ps.add(at("layers", i, "id"), "layer %q stands already in line %d", l.ID, first)
		}
		seen[l.ID] = l.Line
	}
	return g, ps
}

// complete fills in what a definition may leave out.
func complete(l *Layer) {
	if l.MaxZoom == 0 {
		l.MaxZoom = 16
	}
	if l.Sensitivity == "" {
		l.Sensitivity = Public
	}
	if l.Source.Type == "" {
		l.Source.Type = Managed
	}
	completeCounts(l)
	if l.Simplify == "" {
		switch l.Kind {
		case PolygonKind:
			l.Simplify = SimplifyShared
		case PointKind:
			l.Simplify = SimplifyNone
		default:
			l.Simplify = SimplifyEach
		}
	}
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)$`)

// yamlProblems turns the library's messages into problems with file and line.
func yamlProblems(file string, err error) Problems {
	var ps Problems
	var typed *yaml.TypeError
	messages := []string{err.Error()}
	if errors.As(err, &typed) {
		messages = messages[:0]
		for _, e := range typed.Errors {
			messages = append(messages, fmt.Sprint(e))
		}
	}
	for _, m := range messages {
		place := file
		if parts := yamlLine.FindStringSubmatch(m); parts != nil {
			place, m = file+":"+parts[1], parts[2]
		}
		m = strings.NewReplacer(" in type layers.", " in a ", "into layers.", "as ").Replace(m)
		if errors.Is(err, io.EOF) {
			m = "the file is empty"
		}
		ps.add(place, "%s", m)
	}
	return ps
}

// line finds where a path of keys and indexes stands, or the deepest part of it that exists.
func line(n *yaml.Node, path []any) int {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	at := n.Line
	for _, step := range path {
		next, row := child(n, step)
		if next == nil {
			return at
		}
		n, at = next, row
	}
	return at
}

func child(n *yaml.Node, step any) (*yaml.Node, int) {
	switch s := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && s < len(n.Content) {
			return n.Content[s], n.Content[s].Line
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s {
				return n.Content[i+1], n.Content[i].Line
			}
		}
	}
	return nil, 0
}

// field writes a path as layers[0].properties[2].type.
func field(path []any) string {
	var b strings.Builder
	for i, step := range path {
		switch s := step.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(s) + "]")
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s)
		}
	}
	return b.String()
}
