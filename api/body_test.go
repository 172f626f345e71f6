package api_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"runtime"
	"testing"
)

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestBodiesInGzip are read, as far as what they hold is not more than a plain body may have.
func TestBodiesInGzip(t *testing.T) {
	r := newRig(t)
	edit := []byte(`[{"op":"create","layer":"beats","feature":{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]},"properties":{"name":"x"}}}]`)
	bomb := zipped(t, make([]byte, 512<<20))
	for _, tt := range []struct {
		name, coding string
		body         []byte
		status       int
	}{
		{"an edit", "gzip", zipped(t, edit), 200},
		{"written in capitals", "GZIP", zipped(t, edit), 200},
		{"a bomb", "gzip", bomb, 413},
		{"a bomb that breaks off", "gzip", bomb[:len(bomb)/2], 413},
		{"an edit that breaks off", "gzip", zipped(t, edit)[:40], 400},
		{"what is no gzip", "gzip", edit, 400},
		{"nothing", "gzip", nil, 400},
		{"gzip in gzip", "gzip", zipped(t, zipped(t, edit)), 400},
		{"another coding", "br", edit, 415},
		{"two codings", "gzip, gzip", zipped(t, zipped(t, edit)), 415},
	} {
		req, err := http.NewRequest("POST", r.url+"/edits", bytes.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", jsonType)
		req.Header.Set("Content-Encoding", tt.coding)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		runtime.ReadMemStats(&after)
		if res.StatusCode != tt.status {
			t.Errorf("%s: %d, not %d", tt.name, res.StatusCode, tt.status)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 200<<20 {
			t.Errorf("%s takes %d MB", tt.name, took>>20)
		}
	}
}
