package importer

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"sync/atomic"
)

// gtfsFiles are the files that tell a GTFS feed from other zips: two of them in one folder are enough.
var gtfsFiles = []string{"routes.txt", "trips.txt", "stops.txt", "stop_times.txt"}

// A gtfsZip is the files of a feed in a zip, by their names in lower case. Nothing of it is written to disk, so the
// names of a zip reach nothing.
type gtfsZip struct {
	zip   *zip.ReadCloser
	files map[string]*zip.File
	done  atomic.Int64 // bytes unpacked
	total int64        // of them that a theme reads
}

// isFeed tells whether a zip holds GTFS and no Shapefile.
func isFeed(z *zip.Reader) bool {
	for _, f := range z.File {
		if strings.EqualFold(path.Ext(f.Name), ".shp") {
			return false
		}
	}
	return len(feedFolders(z)) > 0
}

// feedFolders gives the files of every folder with a feed.
func feedFolders(z *zip.Reader) map[string][]*zip.File {
	all, known := map[string][]*zip.File{}, map[string]int{}
	for _, f := range z.File {
		if strings.HasPrefix(f.Name, "__MACOSX/") || strings.HasSuffix(f.Name, "/") {
			continue
		}
		folder, name := path.Split(f.Name)
		all[folder] = append(all[folder], f)
		if slices.Contains(gtfsFiles, strings.ToLower(name)) {
			known[folder]++
		}
	}
	maps.DeleteFunc(all, func(folder string, _ []*zip.File) bool { return known[folder] < 2 })
	return all
}

func newGTFSZip(z *zip.ReadCloser, o Options) (*gtfsZip, error) {
	folders := feedFolders(&z.Reader)
	names := slices.Sorted(maps.Keys(folders))
	folder := names[0]
	if o.Layer != "" {
		folder = strings.TrimSuffix(o.Layer, "/") + "/"
		if folders[folder] == nil {
			return nil, fmt.Errorf("--inside %s: the zip holds no GTFS feed in that folder; it has %s", o.Layer, shortList(names))
		}
	} else if len(names) > 1 {
		return nil, fmt.Errorf("the zip holds several GTFS feeds: choose one of %s with --inside", shortList(names))
	}
	out := &gtfsZip{zip: z, files: map[string]*zip.File{}}
	for _, f := range folders[folder] {
		name := strings.ToLower(path.Base(f.Name))
		if out.files[name] != nil {
			return nil, fmt.Errorf("the zip holds %s twice: pack it anew with one", name)
		}
		out.files[name] = f
	}
	return out, nil
}

// needs tells which of the files that a theme must have is missing, and counts what is to be read.
func (z *gtfsZip) needs(files ...string) error {
	for _, name := range files {
		if z.files[name] == nil {
			return fmt.Errorf("the feed holds no %s, which GTFS demands; it has %s", name, shortList(slices.Sorted(maps.Keys(z.files))))
		}
	}
	return nil
}

// Limits of a file in a zip. Real timetables unpack to some fifteen times their size.
const (
	mostUnpacked = 16 << 30
	mostRatio    = 250
	freeOfRatio  = 16 << 20 // so much may come of few bytes
)

// An unpacking reads a file of a zip and ends with an error where it grows without measure.
type unpacking struct {
	r      io.ReadCloser
	n      int64
	packed int64
	done   *atomic.Int64
}

func (z *gtfsZip) open(name string) (*unpacking, error) {
	f := z.files[name]
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	return &unpacking{r: r, packed: int64(min(f.CompressedSize64, mostUnpacked)), done: &z.done}, nil
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.n += int64(n)
	u.done.Add(int64(n))
	switch {
	case u.n > mostUnpacked, u.n > freeOfRatio && u.n/mostRatio > u.packed:
		return n, fmt.Errorf("it unpacks to more than %d times its size, or than %d GiB: this is no timetable", mostRatio, mostUnpacked>>30)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, errors.New("the zip is cut short here")
	case err != nil && !errors.Is(err, io.EOF):
		return n, fmt.Errorf("unpack: %w", err)
	}
	return n, err
}

func (u *unpacking) Close() error { return u.r.Close() }
