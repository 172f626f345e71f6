package gather

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/wardmap/wardmap/layers"
)

// Parse reads the definition of a source and checks what it says for itself; Fits holds it against the layer. Problems
// name file, line and field; the definition is complete where there are none.
func Parse(file string, data []byte) (Definition, layers.Problems) {
	var d Definition
	var root yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil {
		return Definition{}, yamlProblems(file, err)
	}
	c := checker{file: file, root: &root}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		c.wrong("一个文件只写一个数据源", "a file holds one source; give each a file of its own")
	}
	if err := yaml.Unmarshal(data, &root); err != nil {
		return Definition{}, yamlProblems(file, err)
	}
	d.File = file
	d.complete()
	c.names(&d)
	c.place(&d)
	c.times(&d)
	c.reading(&d)
	c.mapping(&d)
	c.limits(&d)
	return d, c.problems
}

// complete fills in what a definition may leave out.
func (d *Definition) complete() {
	if d.Zone == "" {
		d.Zone = "Asia/Shanghai"
	}
	if d.Failures == 0 {
		d.Failures = 5
	}
	if d.Vanished == "" {
		d.Vanished = Stays
	}
	if d.Kind == Folder && d.Folder == "" {
		d.Folder = filepath.Join("sources", "drop", d.Name)
	}
	if d.Kind == HTTP && d.Format == "" {
		d.Format = "geojson"
	}
	for field, t := range d.Codes {
		if t.Unknown == "" {
			t.Unknown = Quarantine
			d.Codes[field] = t
		}
	}
	d.Limits = d.Limits.orDefault()
}

// A checker gathers the problems of one file. Their texts are in both languages.
type checker struct {
	file     string
	root     *yaml.Node
	problems layers.Problems
}

// wrong adds a problem of a field, named by its keys; args fill both texts.
func (c *checker) at(zh, en string, keys []string, args ...any) {
	place := c.file
	if len(keys) > 0 {
		place = fmt.Sprintf("%s:%d %s", c.file, lineOf(c.root, keys), strings.Join(keys, "."))
	}
	c.problems = append(c.problems, layers.Problem{Place: place, Message: fmt.Sprintf(zh, args...) + " / " + fmt.Sprintf(en, args...)})
}

func (c *checker) wrong(zh, en string, keys ...string) { c.at(zh, en, keys) }

// lineOf finds where a path of keys stands, or the deepest part of it that exists.
func lineOf(n *yaml.Node, keys []string) int {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	line := n.Line
	for _, key := range keys {
		found := false
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				line, n, found = n.Content[i].Line, n.Content[i+1], true
				break
			}
		}
		if !found {
			break
		}
	}
	return line
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)$`)

// yamlProblems turns the library's messages into problems with file and line.
func yamlProblems(file string, err error) layers.Problems {
	messages := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		messages = typed.Errors
	}
	var ps layers.Problems
	for _, m := range messages {
		place := file
		if parts := yamlLine.FindStringSubmatch(m); parts != nil {
			place, m = file+":"+parts[1], parts[2]
		}
		if errors.Is(err, io.EOF) {
			m = "文件是空的 / the file is empty"
		}
		ps = append(ps, layers.Problem{Place: place, Message: strings.ReplaceAll(m, " in type gather.", " in a ")})
	}
	return ps
}
