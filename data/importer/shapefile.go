package importer

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// A shapefile is a Source of a Shapefile: its .shp, .dbf and .shx read side by side, from a folder or a zip.
type shapefile struct {
	shapes  *shp
	table   *dbf // nil when there is none
	closers []io.Closer
	done    atomic.Int64 // bytes read of the .shp
	size    int64
	n       int64
	locator locator
	notes   []string
	end     bool
}

// Columns are those of the attribute table.
func (s *shapefile) Columns() (names []string) {
	if s.table != nil {
		for _, c := range s.table.columns {
			names = append(names, c.name)
		}
	}
	return names
}

// A folder opens a part of a Shapefile by its ending (".dbf"); os.ErrNotExist when it has none.
type folder func(ext string) (r io.ReadCloser, size int64, err error)

func openShapefile(path string, o Options) (Source, error) {
	stem := strings.TrimSuffix(path, filepath.Ext(path))
	return newShapefile(func(ext string) (io.ReadCloser, int64, error) {
		for _, name := range []string{stem + ext, stem + strings.ToUpper(ext)} {
			if ext == ".shp" {
				name = path
			}
			f, err := os.Open(name)
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, 0, err
			}
			info, err := f.Stat()
			if err != nil {
				return nil, 0, errors.Join(err, f.Close())
			}
			return f, info.Size(), nil
		}
		return nil, 0, os.ErrNotExist
	}, o)
}

// openZip opens the GTFS feed or the Shapefile in a zip: the only one, or the one that Options.Layer names.
func openZip(name string, o Options) (Source, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("unpack zip: %w", err)
	}
	if isFeed(&z.Reader) {
		feed, err := openGTFS(z, o)
		if err != nil {
			return nil, errors.Join(err, z.Close())
		}
		return feed, nil
	}
	src, err := openZipped(&z.Reader, o)
	if err != nil {
		return nil, errors.Join(err, z.Close())
	}
	src.closers = append(src.closers, z)
	return src, nil
}

func openZipped(z *zip.Reader, o Options) (*shapefile, error) {
	stem, err := chooseZipped(z, o)
	if err != nil {
		return nil, err
	}
	return newShapefile(func(ext string) (io.ReadCloser, int64, error) {
		for _, f := range z.File {
			if !strings.EqualFold(f.Name, stem+ext) {
				continue
			}
			r, err := f.Open()
			if err != nil {
				return nil, 0, fmt.Errorf("unpack %s: %w", f.Name, err)
			}
			return r, int64(min(f.UncompressedSize64, 1<<62)), nil
		}
		return nil, 0, os.ErrNotExist
	}, o)
}

func chooseZipped(z *zip.Reader, o Options) (stem string, err error) {
	var stems, all []string
	for _, f := range z.File {
		if strings.HasPrefix(f.Name, "__MACOSX/") || strings.HasSuffix(f.Name, "/") {
			continue
		}
		all = append(all, f.Name)
		if ext := path.Ext(f.Name); strings.EqualFold(ext, ".shp") {
			stems = append(stems, strings.TrimSuffix(f.Name, ext))
		}
	}
	slices.Sort(stems)
	want := strings.TrimSuffix(o.Layer, ".shp")
	i := slices.IndexFunc(stems, func(s string) bool { return want != "" && (s == want || path.Base(s) == want) })
	switch {
	case i >= 0:
		return stems[i], nil
	case len(stems) == 0:
		return "", fmt.Errorf("the zip holds neither a Shapefile nor a GTFS feed (%s): unpack it and import the file itself", shortList(all))
	case want != "":
		return "", fmt.Errorf("the zip holds no Shapefile %q; it has %s", o.Layer, shortList(stems))
	case len(stems) > 1:
		return "", fmt.Errorf("the zip holds several Shapefiles: choose one of %s with --inside", shortList(stems))
	}
	return stems[0], nil
}

func shortList(names []string) string {
	if len(names) == 0 {
		return "it is empty"
	}
	if len(names) > 10 {
		return strings.Join(names[:10], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

func newShapefile(part folder, o Options) (*shapefile, error) {
	place, err := newLocator(o)
	if err != nil {
		return nil, err
	}
	s := &shapefile{locator: place}
	if err := s.open(part, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *shapefile) open(part folder, o Options) error {
	if err := s.learnSystem(part); err != nil {
		return err
	}
	main, size, err := part(".shp")
	if err != nil {
		return err
	}
	s.closers, s.size = append(s.closers, main), size
	index, err := s.part(part, ".shx")
	if err != nil {
		return err
	}
	if s.shapes, err = openSHP(counted{main, &s.done}, index); err != nil {
		return err
	}
	table, err := s.part(part, ".dbf")
	if err != nil || table == nil {
		s.notes = append(s.notes, "the Shapefile has no attribute table (.dbf)")
		return err
	}
	encoding := o.Encoding
	if encoding == "" {
		encoding = s.codePage(part)
	}
	if s.table, err = openDBF(table, encoding); err != nil {
		return err
	}
	s.notes = append(s.notes, s.table.left...)
	return nil
}

// part opens a part that may be missing: then it is nil.
func (s *shapefile) part(open folder, ext string) (io.Reader, error) {
	r, _, err := open(ext)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, r)
	return r, nil
}

// small reads a part that is a short text; "" when it is missing.
func (s *shapefile) small(open folder, ext string) (string, error) {
	r, _, err := open(ext)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(r, 64<<10))
	return string(bytes.TrimSpace(bytes.Trim(b, "\x00"))), errors.Join(err, r.Close())
}

func (s *shapefile) learnSystem(part folder) error {
	text, err := s.small(part, ".prj")
	if err != nil {
		return err
	}
	if text == "" {
		if s.locator.declared {
			return nil
		}
		return fmt.Errorf("the Shapefile has no .prj file, so it does not say what its coordinates are in: declare it with --crs")
	}
	note, err := s.locator.learn(text)
	if note != "" {
		s.notes = append(s.notes, note)
	}
	return err
}

// codePage is what the .cpg file says, when that is an encoding.
func (s *shapefile) codePage(part folder) string {
	text, err := s.small(part, ".cpg")
	if err != nil || text == "" {
		return ""
	}
	if _, err := findEncoding(text); err != nil {
		s.notes = append(s.notes, fmt.Sprintf("the .cpg file names the encoding %.40q, which is unknown; it was found out instead", text))
		return ""
	}
	return text
}

// Next implements Source.
func (s *shapefile) Next() (Record, error) {
	if s.end {
		return Record{}, io.EOF
	}
	g, heights, err := s.shapes.next()
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Record{}, s.finish()
	}
	s.n++
	rec := Record{Place: "record " + strconv.FormatInt(s.n, 10), Geometry: g, Heights: heights}
	var bad shpError
	if err != nil && !errors.As(err, &bad) {
		return rec, err
	}
	rec.Err = err
	if s.table != nil {
		if err := s.attributes(&rec); err != nil {
			return rec, err
		}
	}
	if rec.Err == nil {
		rec.Geometry, rec.Err = s.locator.place(rec.Geometry)
	}
	return rec, nil
}

func (s *shapefile) attributes(rec *Record) error {
	values, err := s.table.next()
	var bad dbfError
	switch {
	case errors.As(err, &bad):
		if rec.Err == nil {
			rec.Err = err
		}
	case errors.Is(err, io.EOF):
		if rec.Err == nil {
			rec.Err = fmt.Errorf("the attribute table (.dbf) has no row for it")
		}
	case err != nil:
		return fmt.Errorf("row %d of the attribute table: %w", s.n, err)
	}
	rec.Properties = values
	return nil
}

// finish looks whether the attribute table has rows without geometry.
func (s *shapefile) finish() error {
	s.end = true
	if s.table == nil {
		return io.EOF
	}
	more := 0
	for {
		_, err := s.table.next()
		var bad dbfError
		if err != nil && !errors.As(err, &bad) {
			break
		}
		more++
	}
	if more > 0 {
		s.notes = append(s.notes, fmt.Sprintf("the attribute table (.dbf) has %d rows more than there are geometries; they were left out", more))
	}
	return io.EOF
}

// Progress implements Source.
func (s *shapefile) Progress() (done, total int64) { return s.done.Load(), s.size }

// Close implements Source.
func (s *shapefile) Close() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Notes implements Noter.
func (s *shapefile) Notes() []string {
	out := append(slices.Clone(s.notes), s.locator.notes()...)
	if s.table != nil {
		out = append(out, s.table.texts.notes()...)
	}
	return out
}
