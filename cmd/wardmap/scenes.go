package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/wardmap/wardmap/scenes3d/export"
	"github.com/wardmap/wardmap/scenes3d/verify"
)

// sceneFileMost bounds a file of a tileset, in bytes.
const sceneFileMost = 1 << 30

// scenesCommand verifies and exports tilesets.
func scenesCommand(ctx context.Context, args []string, out io.Writer) error {
	f := flags("scenes")
	token := f.String("token", "", "`key` of a program's account that may see the scene, where the server has accounts; better as WARDMAP_TOKEN")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 2 && rest[0] == "verify":
		return verifyScene(ctx, rest[1], *token, out)
	case len(rest) == 3 && rest[0] == "export":
		return exportScene(ctx, rest[1], rest[2], *token, out)
	}
	return errors.New("say what to do: wardmap scenes verify URL|FOLDER, or wardmap scenes export URL FOLDER; 'wardmap help scenes' lists the options")
}

// verifyScene reads a tileset like a strict client. What is wrong with it is an error.
func verifyScene(ctx context.Context, where, token string, out io.Writer) error {
	root, fetch, err := openScene(ctx, where, token)
	if err != nil {
		return err
	}
	r, err := verify.Tileset(ctx, root, fetch, verify.Options{})
	if err != nil {
		return err
	}
	for _, p := range r.Problems {
		fmt.Fprintln(out, p)
	}
	fmt.Fprintf(out, "%d tiles, %d contents, %d features, %d triangles, %d vertices, %d bytes\n", r.Tiles, r.Contents, r.Features, r.Triangles, r.Vertices, r.Bytes)
	if n := len(r.Problems); n > 0 {
		return fmt.Errorf("%s has %d problems, listed above", where, n)
	}
	_, err = fmt.Fprintln(out, "nothing is wrong with it")
	return err
}

// openScene finds the root document of a tileset by address, folder or file, and a way to read all of it.
func openScene(ctx context.Context, where, token string) (root string, fetch verify.Fetch, err error) {
	if strings.Contains(where, "://") {
		at, err := sceneAddress(where)
		if err != nil {
			return "", nil, err
		}
		source := sceneSource(at, token)
		return path.Base(at.Path), func(name string) ([]byte, error) {
			data, _, err := source(ctx, name, "")
			return data, err
		}, nil
	}
	info, err := os.Stat(where)
	if err != nil {
		return "", nil, err
	}
	root = "tileset.json"
	if !info.IsDir() {
		where, root = filepath.Dir(where), filepath.Base(where)
	}
	folder, err := os.OpenRoot(where) // is open until the process ends
	if err != nil {
		return "", nil, err
	}
	return root, func(name string) ([]byte, error) {
		name, _, _ = strings.Cut(name, "?")
		data, err := folder.ReadFile(filepath.FromSlash(name))
		if err != nil || !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
			return data, err
		}
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return readSome(z)
	}, nil
}

// sceneAddress is the address of a tileset's root document.
func sceneAddress(text string) (*url.URL, error) {
	at, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, err
	case at.Scheme != "http" && at.Scheme != "https" || at.Host == "":
		return nil, fmt.Errorf("%q is no address: write http://host:port/scenes/LAYER", text)
	}
	if path.Ext(at.Path) != ".json" {
		at = at.JoinPath("tileset.json")
	}
	return at, nil
}

// sceneSource reads a tileset from a server.
func sceneSource(root *url.URL, token string) export.Source {
	client := &http.Client{Timeout: 5 * time.Minute}
	return func(ctx context.Context, name, tag string) ([]byte, string, error) {
		at, err := root.Parse(name)
		if err != nil {
			return nil, "", err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return nil, "", err
		}
		if token != "" && at.Host == root.Host && at.Scheme == root.Scheme {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		if tag != "" {
			req.Header.Set("If-None-Match", tag)
		}
		res, err := client.Do(req)
		if err != nil {
			return nil, "", err
		}
		defer res.Body.Close()
		switch {
		case res.StatusCode == http.StatusNotModified && tag != "":
			return nil, tag, nil
		case res.StatusCode != http.StatusOK:
			return nil, "", refusal(res)
		}
		data, err := readSome(res.Body)
		return data, res.Header.Get("ETag"), err
	}
}

// refusal is the reason that a server gives, by RFC 9457 where it does.
func refusal(res *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	var problem struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(text, &problem) == nil && problem.Detail != "" {
		return fmt.Errorf("%s: %s", res.Status, problem.Detail)
	}
	return fmt.Errorf("%s: %.300s", res.Status, bytes.TrimSpace(text))
}

// readSome reads all that is not too much; what is empty is not nil.
func readSome(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, sceneFileMost+1))
	if err == nil && len(data) > sceneFileMost {
		err = fmt.Errorf("it has more than %d bytes", sceneFileMost)
	}
	return data, err
}

// exportScene copies a tileset from a server to a folder.
func exportScene(ctx context.Context, from, folder, token string, out io.Writer) error {
	at, err := sceneAddress(from)
	if err != nil {
		return err
	}
	if path.Base(at.Path) != "tileset.json" {
		return fmt.Errorf("%s: the root document of an export is named tileset.json", at)
	}
	began, told := time.Now(), time.Now()
	count, err := export.Run(ctx, at.String(), folder, sceneSource(at, token), func(c export.Count) {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(os.Stderr, "%d files, %d of them fetched, %d bytes\n", c.Files, c.Fetched, c.Bytes)
		}
	})
	if err != nil && count.Files == 0 {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w\n%d files are in %s; the same command goes on from there", err, count.Files, folder)
	}
	_, err = fmt.Fprintf(out, "%d files in %s: %d fetched (%d bytes), %d removed, %.1f s\n", count.Files, folder, count.Fetched, count.Bytes, count.Removed, time.Since(began).Seconds())
	return err
}
