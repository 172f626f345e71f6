package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/klauspost/compress/zstd"
)

func init() {
	for _, t := range []string{"application/geo+json", "application/schema+json", "application/vnd.oai.openapi+json"} {
		openapi3filter.RegisterBodyDecoder(t, openapi3filter.JSONBodyDecoder)
	}
	for _, t := range []string{"application/vnd.mapbox-vector-tile", "text/html", "text/csv", "text/javascript", "image/svg+xml", "application/vnd.wardmap.positions"} {
		openapi3filter.RegisterBodyDecoder(t, openapi3filter.FileBodyDecoder)
	}
}

// A contract is a transport that holds every request and every answer of the tests against the OpenAPI document
// which the server itself gives. A request may break the document only when it is refused.
type contract struct {
	t     testing.TB
	next  http.RoundTripper
	base  func() string
	once  sync.Once
	doc   *openapi3.T
	paths routers.Router
}

func (r *rig) contract(next http.RoundTripper) http.RoundTripper {
	return &contract{t: r.t, next: next, base: func() string { return r.url }}
}

// load reads the document without going through itself.
func (k *contract) load() {
	req, err := http.NewRequest("GET", k.base()+"/api", nil)
	if err != nil {
		k.t.Error(err)
		return
	}
	res, err := k.next.RoundTrip(req)
	if err != nil {
		k.t.Error(err)
		return
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		k.t.Error(err)
		return
	}
	if k.doc, err = openapi3.NewLoader().LoadFromData(data); err != nil {
		k.t.Errorf("the OpenAPI document is not readable: %v", err)
		return
	}
	if err := k.doc.Validate(context.Background()); err != nil {
		k.t.Errorf("the OpenAPI document is not valid: %v", err)
	}
	if k.paths, err = gorillamux.NewRouter(k.doc); err != nil {
		k.t.Error(err)
	}
}

func (k *contract) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(req.URL.String(), k.base()) {
		return k.next.RoundTrip(req)
	}
	k.once.Do(k.load)
	if k.paths == nil {
		return nil, errors.New("no OpenAPI document")
	}
	var sent []byte
	if req.Body != nil {
		sent, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := k.next.RoundTrip(req)
	if err != nil || strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if err := k.check(req, sent, res, body); err != nil {
		k.t.Errorf("%s %s -> %d does not hold the OpenAPI document: %v\n%.600s", req.Method, req.URL, res.StatusCode, err, body)
	}
	return res, nil
}

func (k *contract) check(req *http.Request, sent []byte, res *http.Response, body []byte) error {
	if res.StatusCode >= 400 && res.Header.Get("Content-Type") != "application/problem+json" {
		return fmt.Errorf("an error of type %q", res.Header.Get("Content-Type"))
	}
	if res.StatusCode >= 400 && req.Method != "HEAD" && !bytes.Contains(body, []byte(`"request_id"`)) {
		return errors.New("an error without request_id")
	}
	route, params, err := k.paths.FindRoute(req)
	if err != nil {
		if res.StatusCode == 404 || res.StatusCode == 405 {
			return nil // the document does not know the path, and the server neither
		}
		return fmt.Errorf("the document does not know it: %w", err)
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, SkipSettingDefaults: true}
	copied := req.Clone(req.Context())
	copied.Body = io.NopCloser(bytes.NewReader(sent))
	in := &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route, Options: options}
	if req.Method != "HEAD" && req.Method != "OPTIONS" {
		if err := openapi3filter.ValidateRequest(req.Context(), in); err != nil && res.StatusCode < 400 {
			return fmt.Errorf("the request should have been refused: %w", err)
		}
	}
	plain, err := decode(res.Header.Get("Content-Encoding"), body)
	if err != nil {
		return err
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Options: options}
	out.SetBodyBytes(plain)
	return openapi3filter.ValidateResponse(req.Context(), out)
}

func decode(coding string, body []byte) ([]byte, error) {
	switch coding {
	case "gzip":
		if len(body) == 0 {
			return nil, nil
		}
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(z)
	case "zstd":
		z, err := zstd.NewReader(nil)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return z.DecodeAll(body, nil)
	}
	return body, nil
}

// TestEveryRouteIsDocumented and the other way round.
func TestEveryRouteIsDocumented(t *testing.T) {
	r := newRig(t)
	r.get("/healthz").want(t, 200)
	k := r.client.Transport.(*contract)
	var documented, served []string
	for path, item := range k.doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	collections := []string{"beats", "roads", "cameras", "foreign"}
	for _, route := range r.server.Routes() {
		path := strings.NewReplacer("/tiles/:layers/:z/:x/:y", "/tiles/{layers}/{z}/{x}/{y}.mvt").Replace(route.Path)
		path = strings.NewReplacer("/tiles/:layers", "/tiles/{layers}.json", "/assets/*", "/assets/{file}", ":layers", "{layers}", ":layer", "{layer}", ":id", "{id}", ":name", "{name}", ":z", "{z}", ":x", "{x}", ":y", "{y}",
			":root", "{root}", ":level", "{level}").Replace(path)
		if !strings.Contains(path, "/items") {
			served = append(served, route.Method+" "+path)
			continue
		}
		for _, c := range collections {
			write := !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, route.Method)
			if c != "foreign" || !write {
				served = append(served, route.Method+" "+strings.ReplaceAll(path, "{layer}", c))
			}
		}
	}
	slices.Sort(documented)
	slices.Sort(served)
	if !slices.Equal(documented, served) {
		t.Errorf("documented:\n%s\n\nserved:\n%s", strings.Join(documented, "\n"), strings.Join(served, "\n"))
	}
}
