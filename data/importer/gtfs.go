package importer

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/paulmach/orb"
)

// A gtfsSource is a Source of one theme of a GTFS feed: its routes, one feature for each way that their trips go, or its
// stops with the routes that call there. What it holds in memory are ids, trips and shapes; the times of the stops,
// which are the bulk of a feed, are read as a stream.
type gtfsSource struct {
	feed   *gtfsFeed
	load   func(*gtfsFeed) ([]Record, error)
	queue  []Record
	loaded bool
	names  []string // of the columns of all tables that are read but agency.txt
}

// gtfsThemes are what can be taken of a feed; those of the catalogue's layers are called as these are.
var gtfsThemes = map[string]func(*gtfsFeed) ([]Record, error){
	"routes": (*gtfsFeed).routeRecords, "bus_routes": (*gtfsFeed).routeRecords,
	"stops": (*gtfsFeed).stopRecords, "bus_stops": (*gtfsFeed).stopRecords,
}

// openGTFS starts reading a theme of a feed. It owns z from then on, unless it fails.
func openGTFS(z *zip.ReadCloser, o Options) (Source, error) {
	load, known := gtfsThemes[o.Theme]
	if !known {
		names := strings.Join(slices.Sorted(maps.Keys(gtfsThemes)), ", ")
		if o.Theme == "" {
			return nil, fmt.Errorf("a GTFS feed holds several things: say with --theme what to take of it: %s", names)
		}
		return nil, fmt.Errorf("--theme %s is unknown for a GTFS feed; known are %s", o.Theme, names)
	}
	files, err := newGTFSZip(z, o)
	if err != nil {
		return nil, err
	}
	if err := files.needs(gtfsFiles...); err != nil {
		return nil, err
	}
	feed, err := newGTFSFeed(files, o)
	if err != nil {
		return nil, err
	}
	return &gtfsSource{feed: feed, load: load, names: feed.columns()}, nil
}

// Columns are those of all tables that are read, also those that no theme takes anything of, but for those of agency.txt:
// phone and mail there are of a company, and are not read.
func (s *gtfsSource) Columns() []string { return s.names }

// Next implements Source. The first call reads the feed.
func (s *gtfsSource) Next() (Record, error) {
	if !s.loaded {
		s.loaded = true
		records, err := s.load(s.feed)
		s.queue = append(s.feed.rejects, records...)
		s.feed.rejects = nil
		if err != nil {
			s.queue = nil
			return Record{}, err
		}
	}
	if len(s.queue) == 0 {
		return Record{}, io.EOF
	}
	r := s.queue[0]
	s.queue = s.queue[1:]
	return r, nil
}

// Progress implements Source.
func (s *gtfsSource) Progress() (done, total int64) {
	if s.loaded && len(s.queue) == 0 {
		return s.feed.zip.total, s.feed.zip.total
	}
	return min(s.feed.zip.done.Load(), s.feed.zip.total), s.feed.zip.total
}

// Close implements Source.
func (s *gtfsSource) Close() error { return s.feed.zip.zip.Close() }

// Notes implements Noter.
func (s *gtfsSource) Notes() []string {
	return slices.Concat(s.feed.notes, s.feed.texts.notes(), s.feed.locator.notes())
}

// A gtfsFeed is what is kept of a feed. Its parts name each other by their index.
type gtfsFeed struct {
	zip      *gtfsZip
	o        Options
	texts    *texter
	locator  locator
	opened   map[string]bool
	rejects  []Record
	notes    []string
	kept     int64 // bytes of texts
	agencies map[string]string
	routes   gtfsTableOf[gtfsRoute]
	stops    gtfsTableOf[gtfsStop]
	trips    gtfsTableOf[gtfsTrip]
	services gtfsTableOf[gtfsService]
	shapes   gtfsTableOf[gtfsShape]
}

func newGTFSFeed(files *gtfsZip, o Options) (*gtfsFeed, error) {
	f := &gtfsFeed{zip: files, o: o, opened: map[string]bool{}, agencies: map[string]string{}}
	var err error
	if f.locator, err = newLocator(o); err != nil {
		return nil, err
	}
	if system := f.locator.system; !system.IsWGS84() && !system.IsShifted() {
		return nil, fmt.Errorf("--crs %s: GTFS feeds are in degrees: WGS84, GCJ-02 or BD-09", o.CRS)
	}
	if f.texts, err = newTexter(""); err != nil {
		return nil, err
	}
	for _, name := range append(slices.Clone(gtfsFiles), "agency.txt", "shapes.txt", "frequencies.txt", "calendar.txt", "calendar_dates.txt") {
		if one := files.files[name]; one != nil {
			files.total += int64(min(one.UncompressedSize64, mostUnpacked))
		}
	}
	return f, nil
}

// columns are the names in the first lines of the tables. What is wrong with one is said when it is read.
func (f *gtfsFeed) columns() (names []string) {
	for _, name := range append(slices.Clone(gtfsFiles), "shapes.txt", "frequencies.txt", "calendar.txt", "calendar_dates.txt") {
		if f.zip.files[name] == nil {
			continue
		}
		file, err := f.zip.open(name)
		if err != nil {
			continue
		}
		t := gtfsTable{feed: f, name: name, file: file}
		if t.header(nil) == nil {
			names = append(names, t.columns...)
		}
		_ = file.Close()
	}
	return names
}

// locate moves stops and shapes to WGS84, before anything is measured.
func (f *gtfsFeed) locate() error {
	for i := range f.stops.all {
		s := &f.stops.all[i]
		at, err := f.locator.place(s.at)
		if err != nil {
			return fmt.Errorf("%s: %w", s.place, err)
		}
		s.at = at.(orb.Point)
	}
	for i := range f.shapes.all {
		if _, err := f.locator.place(orb.LineString(f.shapes.all[i].line)); err != nil {
			return fmt.Errorf("shapes.txt: shape %.60q: %w", f.shapes.ids[i], err)
		}
	}
	return nil
}

func (f *gtfsFeed) note(form string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(form, args...))
}

// noteCount says how often something is the case, unless it never is.
func (f *gtfsFeed) noteCount(n int, form string, args ...any) {
	if n > 0 {
		f.note("%d "+form, append([]any{n}, args...)...)
	}
}

// Limits of what is kept: a whole country has a third of these.
const (
	mostKept        = 1 << 30
	mostOfGTFS      = 4_000_000 // routes, stops, trips, services, shapes: of each
	mostShapePoints = 16_000_000
	mostOfShape     = 200_000 // points
	mostDates       = 20_000_000
	mostFrequencies = 4_000_000
)

// A gtfsTableOf is things by their ids, in the order in which the feed first names them.
type gtfsTableOf[T any] struct {
	all []T
	ids []string
	at  map[string]int32
}

var errTwice = errors.New("the id stands there twice")

// add keeps a new thing.
func (t *gtfsTableOf[T]) add(id string, one T) (int32, error) {
	if _, twice := t.at[id]; twice {
		return 0, fmt.Errorf("%.60q: %w", id, errTwice)
	}
	if len(t.all) >= mostOfGTFS {
		return 0, fmt.Errorf("the feed has more than %d of them: import a part of it", mostOfGTFS)
	}
	if t.at == nil {
		t.at = map[string]int32{}
	}
	n := int32(len(t.all))
	t.at[id] = n
	t.all, t.ids = append(t.all, one), append(t.ids, id)
	return n, nil
}

// find gives the index of an id.
func (t *gtfsTableOf[T]) find(id []byte) (int32, bool) {
	n, ok := t.at[string(id)]
	return n, ok
}

// missing is what is not there; things name others by index, and none by this.
const missing = int32(-1)
