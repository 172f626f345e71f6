package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
)

// A caller is a simulation as the server sees it: one that asks by HTTP, with a key where the server has accounts.
type caller struct{ base, token string }

// do sends a body, nil for none, and reads the answer into what into points to, where it is not nil. An answer that is no
// success is an error with the server's words; its status comes in any case.
func (c *caller) do(ctx context.Context, method, path, mediaType string, body []byte, into any) (status int, _ error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 256<<20))
	if err != nil {
		return res.StatusCode, err
	}
	if res.StatusCode >= 300 {
		return res.StatusCode, fmt.Errorf("%s %s answers %s: %.200s", method, path, res.Status, text)
	}
	if into == nil {
		return res.StatusCode, nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return res.StatusCode, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return res.StatusCode, nil
}

// listed is a page of features, with the address of the next.
type listed struct {
	Features []*geojson.Feature `json:"features"`
	Links    []struct{ Rel, Href string }
}

// collection visits all features of a layer, page by page. A layer that is not there, or that may not be seen, has none.
func (c *caller) collection(ctx context.Context, layer, query string, visit func(*geojson.Feature)) error {
	path := "/collections/" + layer + "/items?limit=5000" + query
	for path != "" {
		var p listed
		status, err := c.do(ctx, http.MethodGet, path, "", nil, &p)
		if status == http.StatusNotFound {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read layer %s: %w", layer, err)
		}
		for _, f := range p.Features {
			visit(f)
		}
		path = ""
		for _, link := range p.Links {
			if next, err := url.Parse(link.Href); err == nil && link.Rel == "next" {
				path = next.RequestURI()
			}
		}
	}
	return nil
}

// change writes properties of a feature.
func (c *caller) change(ctx context.Context, layer, id string, values map[string]any) error {
	body, err := json.Marshal(map[string]any{"properties": values})
	if err != nil {
		return err
	}
	_, err = c.do(ctx, http.MethodPatch, "/collections/"+layer+"/items/"+url.PathEscape(id), "application/merge-patch+json", body, nil)
	return err
}

// create makes a feature at a place.
func (c *caller) create(ctx context.Context, layer, id string, at orb.Point, values map[string]any) error {
	f := map[string]any{"type": "Feature", "geometry": geojson.NewGeometry(at), "properties": values}
	body, err := json.Marshal([]any{map[string]any{"op": "create", "layer": layer, "id": id, "feature": f}})
	if err != nil {
		return err
	}
	_, err = c.do(ctx, http.MethodPost, "/edits", "application/json", body, nil)
	return err
}

// state says what a unit is doing.
func (c *caller) state(ctx context.Context, unit, state string) error {
	_, err := c.do(ctx, http.MethodPut, "/units/"+url.PathEscape(unit)+"/state", "application/json", fmt.Appendf(nil, `{"state":%q}`, state), nil)
	return err
}

// A shared is a writer that is written to by several at once.
type shared struct {
	mu sync.Mutex // guards to
	to io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(p)
}
