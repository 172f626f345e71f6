package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// maxBody bounds a body in bytes.
const maxBody = 10 << 20

// readBody reads a JSON body of one of the media types. Numbers stay json.Number, so that none loses digits.
func readBody(c echo.Context, types ...string) (any, error) {
	data, _, err := readBytes(c, maxBody, types...)
	if err != nil {
		return nil, err
	}
	return parseJSON(data)
}

// readBytes reads a body of one of the media types, and says which it is.
func readBytes(c echo.Context, most int64, types ...string) (data []byte, mediaType string, err error) {
	req := c.Request()
	given, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, given) {
		p := refuse(badMediaType, "Content-Type %q is not read here; send %s", clip(req.Header.Get("Content-Type")), strings.Join(types, " or "))
		p.header = http.Header{"Accept-" + req.Method[:1] + strings.ToLower(req.Method[1:]): {strings.Join(types, ", ")}}
		return nil, "", p
	}
	sent := http.MaxBytesReader(c.Response(), req.Body, most)
	switch coding := strings.ToLower(req.Header.Get("Content-Encoding")); coding {
	case "", "identity":
		data, err = readUpTo(sent, req.ContentLength, most)
	case "gzip":
		data, err = unzipUpTo(sent, most)
	default:
		return nil, "", refuse(badMediaType, "Content-Encoding %q is not read here; send the body as it is, or in gzip", clip(coding))
	}
	return data, given, err
}

func readUpTo(r io.Reader, length, most int64) ([]byte, error) {
	var body bytes.Buffer
	if length > 0 && length <= most {
		body.Grow(int(length) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(r); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, err
		}
		return nil, refuse(malformed, "the body broke off after %d bytes", body.Len())
	}
	return body.Bytes(), nil
}

// unzipUpTo reads a body in gzip. What it holds is bounded as a plain one is: a bomb does not go off.
func unzipUpTo(r io.Reader, most int64) ([]byte, error) {
	plain, err := gzip.NewReader(r)
	if err != nil {
		return nil, refuse(malformed, "the body is not gzip: %v", err)
	}
	data, err := io.ReadAll(io.LimitReader(plain, most+1))
	var large *http.MaxBytesError
	switch {
	case int64(len(data)) > most:
		return nil, &http.MaxBytesError{Limit: most}
	case errors.As(err, &large):
		return nil, err
	case err != nil:
		return nil, refuse(malformed, "the gzip of the body breaks off after %d bytes", len(data))
	}
	return data, nil
}

// parseJSON reads exactly one JSON value. Errors name line and column.
func parseJSON(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			return nil, refuse(malformed, "%s: %v", lineColumn(data, syntax.Offset), err)
		case errors.Is(err, io.EOF):
			return nil, refuse(malformed, "the body is empty")
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, refuse(malformed, "%s: the JSON ends too early", lineColumn(data, int64(len(data))))
		}
		return nil, refuse(malformed, "%v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse(malformed, "%s: there is more after the JSON value", lineColumn(data, dec.InputOffset()))
	}
	return v, nil
}

// lineColumn says where the byte before the offset stands, counted from 1; columns are bytes.
func lineColumn(data []byte, offset int64) string {
	before := data[:min(max(offset-1, 0), int64(len(data)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	return fmt.Sprintf("line %d, column %d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}
