package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// An input is a file read from front to end, unpacked where it is gzip, without byte order mark.
type input struct {
	file *os.File
	size int64
	done atomic.Int64 // bytes read of the file as it is on disk
	head []byte       // the first bytes, unpacked; do not modify
	r    io.Reader    // from the first byte, unpacked
}

const headSize = 64 << 10

func openInput(path string) (*input, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder: name a file in it", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := &input{file: file, size: info.Size()}
	if err := in.unpack(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return in, nil
}

func (in *input) unpack() error {
	raw := io.Reader(counted{in.file, &in.done})
	head, raw, err := peek(raw)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(raw)
		if err != nil {
			return fmt.Errorf("unpack gzip: %w", err)
		}
		if head, raw, err = peek(unpacked); err != nil {
			return fmt.Errorf("unpack gzip: %w", err)
		}
	}
	in.head, in.r = head, raw
	return in.unmark()
}

// unmark takes a byte order mark off, and turns UTF-16 into UTF-8 where the mark, or the first letters of XML, say so.
func (in *input) unmark() error {
	switch {
	case bytes.HasPrefix(in.head, []byte("\xef\xbb\xbf")):
		in.head = in.head[3:]
		_, err := io.CopyN(io.Discard, in.r, 3)
		return err
	case bytes.HasPrefix(in.head, []byte("\xff\xfe")), bytes.HasPrefix(in.head, []byte("\xfe\xff")), bytes.HasPrefix(in.head, []byte("<\x00?\x00")):
		return in.fromUTF16(unicode.LittleEndian)
	case bytes.HasPrefix(in.head, []byte("\x00<\x00?")):
		return in.fromUTF16(unicode.BigEndian)
	}
	return nil
}

// fromUTF16 decodes the stream, in the given order where no mark says another.
func (in *input) fromUTF16(order unicode.Endianness) (err error) {
	in.head, in.r, err = peek(transform.NewReader(in.r, unicode.UTF16(order, unicode.UseBOM).NewDecoder()))
	return err
}

// peek reads the head of a stream and gives the stream again from its start.
func peek(r io.Reader) (head []byte, whole io.Reader, err error) {
	head = make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil, err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && n == 0 {
		return nil, nil, err
	}
	return head, io.MultiReader(bytes.NewReader(head), r), nil
}

type counted struct {
	r io.Reader
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// Progress implements Source for what reads an input.
func (in *input) Progress() (done, total int64) { return in.done.Load(), in.size }

// Close implements Source for what reads an input.
func (in *input) Close() error { return in.file.Close() }

type fileFormat uint8

const (
	formatGeoJSON fileFormat = iota + 1
	formatCSV
	formatGeoPackage
	formatShapefile
	formatZip
	formatOSM
	formatCityJSON
	formatCityGML
)

// cityRule finds CityJSON by its type, or by its objects where the type comes later.
var cityRule = regexp.MustCompile(`"type"\s*:\s*"CityJSON"|"CityObjects"\s*:\s*\{`)

// gmlRule finds the root of CityGML.
var gmlRule = regexp.MustCompile(`<(?:\w+:)?CityModel[\s>]`)

// format looks at the content, and at the name where the content could be several.
func (in *input) format(path string) (fileFormat, error) {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".gz")
	switch {
	case bytes.HasPrefix(in.head, []byte("SQLite format 3\x00")):
		return formatGeoPackage, nil
	case bytes.HasPrefix(in.head, []byte("PK\x03\x04")), bytes.HasPrefix(in.head, []byte("PK\x05\x06")):
		return formatZip, nil
	case bytes.HasPrefix(in.head, []byte{0, 0, 0x27, 0x0a}) && len(in.head) >= 100:
		return formatShapefile, nil
	case len(in.head) > 16 && bytes.Contains(in.head[:min(32, len(in.head))], []byte("OSMHeader")):
		return formatOSM, nil
	}
	switch ext := filepath.Ext(name); {
	case strings.HasSuffix(name, ".osm.pbf") || ext == ".pbf":
		return 0, fmt.Errorf("%w: the name says OSM PBF, the content does not", ErrFormat)
	case ext == ".csv" || ext == ".tsv" || ext == ".tab":
		return formatCSV, nil
	case ext == ".dbf" || ext == ".shx" || ext == ".prj" || ext == ".cpg":
		return 0, fmt.Errorf("this is a part of a Shapefile: name its .shp file, or a zip of all parts")
	case len(in.head) == 0:
		return 0, fmt.Errorf("the file is empty")
	}
	first := bytes.TrimLeft(in.head, " \t\r\n\x1e")
	if bytes.HasPrefix(first, []byte("<")) && gmlRule.Match(in.head) {
		return formatCityGML, nil
	}
	if bytes.HasPrefix(first, []byte("{")) && (cityRule.Match(in.head) || strings.HasSuffix(name, ".city.json") || strings.HasSuffix(name, ".city.jsonl")) {
		return formatCityJSON, nil
	}
	if len(first) > 0 && (first[0] == '{' || first[0] == '[') || isJSONName(name) {
		return formatGeoJSON, nil
	}
	if bytes.HasPrefix(first, []byte("<")) {
		return 0, fmt.Errorf("%w: this is XML; known are %s", ErrFormat, knownFormats)
	}
	if strings.HasSuffix(name, ".txt") && bytes.ContainsAny(in.head, ",;\t") {
		return formatCSV, nil
	}
	return 0, fmt.Errorf("%w: known are %s", ErrFormat, knownFormats)
}

// isJSONName tells whether a name without .gz is one of GeoJSON's.
func isJSONName(name string) bool {
	switch filepath.Ext(name) {
	case ".json", ".geojson":
		return true
	}
	return isLinesName(name)
}

// isLinesName tells whether a name without .gz promises one feature on each line.
func isLinesName(name string) bool {
	switch filepath.Ext(name) {
	case ".geojsonl", ".geojsonseq", ".geojsons", ".ndjson", ".jsonl", ".ndgeojson":
		return true
	}
	return false
}
