package api

import (
	_ "embed"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"

	"github.com/wardmap/wardmap/layers"
)

// openapi.yaml is what does not depend on the catalogue.
//
//go:embed openapi.yaml
var openapiYAML []byte

// openapilive.yaml is what there is besides of what moves.
//
//go:embed openapilive.yaml
var openapiLiveYAML []byte

// docs keeps the finished OpenAPI documents of the latest catalogue, by the server's address.
type docs struct {
	mu   sync.Mutex // guards all below
	defs *layers.Catalogue
	done map[string][]byte
}

// maxDocs bounds the addresses that are kept: clients choose them.
const maxDocs = 8

func (s *Server) getAPI(c echo.Context) error {
	params, err := query(c, "f")
	if err != nil {
		return err
	}
	how, err := form(c, params["f"], typeOpenAPI, typeJSON, typeHTML)
	if err != nil {
		return err
	}
	vary(c.Response().Header(), "Accept")
	if how == typeHTML {
		return s.sendAPIPage(c)
	}
	doc, err := s.openapi(s.base(c.Request()))
	if err != nil {
		return err
	}
	return sendBytes(c, http.StatusOK, how, "", doc)
}

// openapi is the document as JSON.
func (s *Server) openapi(base string) ([]byte, error) {
	defs := s.defs()
	s.docs.mu.Lock()
	defer s.docs.mu.Unlock()
	if s.docs.defs != defs || len(s.docs.done) >= maxDocs {
		s.docs.defs, s.docs.done = defs, map[string][]byte{}
	}
	if doc, known := s.docs.done[base]; known {
		return doc, nil
	}
	tree, err := s.openapiTree(base)
	if err != nil {
		return nil, err
	}
	doc, err := toJSON(tree)
	if err != nil {
		return nil, err
	}
	s.docs.done[base] = doc
	return doc, nil
}

type object = map[string]any

// An openapiFile is a file in the form of OpenAPI.
type openapiFile struct {
	Rest       object            `yaml:",inline"`
	Paths      map[string]object `yaml:"paths"`
	Components map[string]object `yaml:"components"`
}

// openapiTree is the document: that of the files, the address, the items of every layer, and for every path what
// HEAD and OPTIONS answer.
func (s *Server) openapiTree(base string) (object, error) {
	var doc, live openapiFile
	if err := yaml.Unmarshal(openapiYAML, &doc); err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	if err := yaml.Unmarshal(openapiLiveYAML, &live); err != nil {
		return nil, fmt.Errorf("read openapilive.yaml: %w", err)
	}
	maps.Copy(doc.Paths, live.Paths)
	for kind, more := range live.Components {
		maps.Copy(doc.Components[kind], more)
	}
	for _, l := range s.collections() {
		maps.Copy(doc.Components["schemas"], itemSchemas(l))
		doc.Paths["/collections/"+l.ID+"/items"] = itemsPath(l)
		doc.Paths["/collections/"+l.ID+"/items/{id}"] = itemPathDoc(l)
	}
	for _, path := range s.rootFiles() {
		doc.Paths[path] = object{"get": object{
			"tags": []string{"client"}, "operationId": "file_" + operationName(path), "summary": "File of the browser client",
			"responses": object{"200": ref("responses", "file"), "304": ref("responses", "notModified"), "406": ref("responses", "problem")},
		}}
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		addPlainMethods(doc.Paths[path])
		addRefusals(doc.Paths[path])
	}
	doc.Rest["paths"], doc.Rest["components"] = doc.Paths, doc.Components
	doc.Rest["servers"] = []object{{"url": base, "description": "this server"}}
	return doc.Rest, nil
}

// addPlainMethods documents OPTIONS, and HEAD where there is GET.
func addPlainMethods(path object) {
	some := object{}
	for _, op := range path {
		some = op.(object)
		break
	}
	var params []any // those of the path
	if list, is := some["parameters"].([]any); is {
		for _, p := range list {
			if inPath(p) {
				params = append(params, p)
			}
		}
	}
	name := fmt.Sprint(some["operationId"])
	problem := ref("responses", "problem")
	if get, there := path["get"].(object); there {
		name = fmt.Sprint(get["operationId"])
		head := maps.Clone(get)
		head["operationId"], head["summary"] = "head_"+name, "The header of what GET answers"
		head["responses"] = object{
			"200": object{"description": "The header of what GET answers"}, "default": object{"description": "The header of a problem"}, "4XX": object{"description": "The header of a problem"},
		}
		path["head"] = head
	}
	options := object{
		"tags": some["tags"], "operationId": "options_" + name, "summary": "What may be done here",
		"responses": object{"204": ref("responses", "options"), "404": problem},
	}
	if params != nil {
		options["parameters"] = params
	}
	path["options"] = options
}

// addRefusals documents what everybody may meet with who is not let in.
func addRefusals(path object) {
	for method, op := range path {
		one, is := op.(object)
		if !is || method == "head" {
			continue
		}
		answers, is := one["responses"].(object)
		if !is {
			continue
		}
		all := maps.Clone(answers) // it may be shared
		for _, status := range []string{"401", "403", "429", "503"} {
			if _, there := all[status]; !there {
				all[status] = ref("responses", "problem")
			}
		}
		one["responses"] = all
	}
}

func inPath(p any) bool {
	obj, _ := p.(object)
	if to, is := obj["$ref"].(string); is {
		return slices.Contains([]string{"layer", "layers", "id", "unitID", "roadID", "subscriberName", "sourceName", "scene"}, to[strings.LastIndexByte(to, '/')+1:])
	}
	return obj["in"] == "path"
}

func ref(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

// operationName makes a name of a path.
func operationName(path string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, path), "_")
}
