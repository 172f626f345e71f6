package gather

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// fetchFor is how long an answer may take as a whole.
const fetchFor = 10 * time.Minute

// An answer is what a source's address said: a file, or that nothing is new.
type answer struct {
	file          delivery
	same          bool
	tag, modified string
}

// fetch asks a source's address, and writes what it gives to a file. It tells the server which state is in already.
func fetch(ctx context.Context, client *http.Client, d *Definition, token string, st *State, to string) (a answer, err error) {
	ctx, stop := context.WithTimeout(ctx, fetchFor)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL, nil)
	if err != nil {
		return a, err
	}
	request.Header.Set("User-Agent", "wardmap")
	request.Header.Set("Accept", map[string]string{"geojson": "application/geo+json, application/json", "csv": "text/csv"}[d.Format])
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if st.Tag != "" {
		request.Header.Set("If-None-Match", st.Tag)
	}
	if st.Modified != "" {
		request.Header.Set("If-Modified-Since", st.Modified)
	}
	response, err := client.Do(request)
	if err != nil {
		return a, withoutQuery(err)
	}
	defer response.Body.Close()
	a.tag, a.modified = response.Header.Get("ETag"), response.Header.Get("Last-Modified")
	switch code := response.StatusCode; {
	case code == http.StatusNotModified && (st.Tag != "" || st.Modified != ""):
		return answer{same: true, tag: st.Tag, modified: st.Modified}, nil
	case code >= 300 && code < 400:
		return a, fmt.Errorf("the address answers %s: redirects are not followed, write the new address into the definition", response.Status)
	case code != http.StatusOK:
		return a, fmt.Errorf("the address answers %s", response.Status)
	}
	a.file, err = download(response, d, to)
	a.same = err == nil && a.file.sum == st.SHA256
	return a, err
}

// withoutQuery is an error of the client without the query of the address, which may hold a secret.
func withoutQuery(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func download(response *http.Response, d *Definition, to string) (f delivery, err error) {
	most := int64(d.Limits.Megabytes) << 20
	file, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return f, err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, h), io.LimitReader(response.Body, most+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return f, fmt.Errorf("the answer broke off after %d bytes: %w", n, err)
	}
	if n > most {
		return f, fmt.Errorf("the answer has more than %d MB; limits.megabytes allows more", d.Limits.Megabytes)
	}
	if n == 0 {
		return f, errors.New("the answer is empty")
	}
	return delivery{path: to, name: response.Request.URL.Host, bytes: n, modified: time.Time{}, sum: hex.EncodeToString(h.Sum(nil))}, nil
}

// readToken reads the bearer token of a source.
func readToken(d *Definition, folder string) (string, error) {
	if d.TokenFile == "" {
		return "", nil
	}
	data, err := os.ReadFile(under(folder, d.TokenFile))
	if err != nil {
		return "", fmt.Errorf("token_file: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// under is a path from a folder, unless it is a whole one.
func under(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
