// Package gather feeds layers from named sources by themselves: files that others drop into a folder, and addresses that
// give GeoJSON or CSV. A definition says where a source is, how its fields become properties, when it is asked, and
// who answers for it by which right. Each run goes through the judge of package importer and leaves a report; what is
// rejected waits in quarantine, where it can be corrected and replayed, unless it says what no layer may hold: that is
// only counted. A source that is silent for too long, or fails again and again, is dead, and says since when and why.
package gather

import (
	"time"

	"github.com/wardmap/wardmap/layers"
)

// A Definition is one source: the file <name>.yaml of the folder of sources. It is not changed after it was read.
type Definition struct {
	Name      string      `yaml:"source"`
	Title     layers.Text `yaml:"title"`
	Purpose   layers.Text `yaml:"purpose"`     // what the data are for
	Basis     layers.Text `yaml:"legal_basis"` // by which right they are kept
	Owner     string      `yaml:"owner"`       // organisation that answers for them; the features say it, too
	Retention Span        `yaml:"retention"`   // how long what is in quarantine is kept, and as published for the data
	Layer     string      `yaml:"layer"`       // that takes the features

	Kind      Kind     `yaml:"kind"`
	Folder    string   `yaml:"folder,omitempty"`     // folder: from the data folder; sources/drop/<name> when empty
	Match     []string `yaml:"match,omitempty"`      // folder: names of files, such as *.csv; what can be read when empty
	URL       string   `yaml:"url,omitempty"`        // http
	TokenFile string   `yaml:"token_file,omitempty"` // http: file with a bearer token, from the data folder
	Format    string   `yaml:"format,omitempty"`     // http: geojson or csv; geojson when empty

	Every    Span     `yaml:"every,omitempty"`    // asked so often,
	At       []string `yaml:"at,omitempty"`       // or each day at these times: 06:30
	Zone     string   `yaml:"zone,omitempty"`     // of At, and of times in the data that name none; Asia/Shanghai when empty
	Silent   Span     `yaml:"silent,omitempty"`   // dead when it has delivered nothing for so long; 0 asks nothing
	Failures int      `yaml:"failures,omitempty"` // dead when it failed so often in a row; 5 when 0

	CRS       string `yaml:"crs"` // coordinate system: it must be declared, see crs.Parse
	Encoding  string `yaml:"encoding,omitempty"`
	Inside    string `yaml:"inside,omitempty"` // layer or file inside of a GeoPackage or zip
	Lon       string `yaml:"lon,omitempty"`    // CSV: columns of the coordinates
	Lat       string `yaml:"lat,omitempty"`
	WKT       string `yaml:"wkt,omitempty"`
	Delimiter string `yaml:"delimiter,omitempty"`
	Dates     string `yaml:"dates,omitempty"` // how 03/04/2026 is to be read: dmy, mdy, epoch-s, epoch-ms

	Key       []string          `yaml:"key"`                 // fields whose values, joined with "/", are the id; "id" is the file's own
	Prefix    string            `yaml:"prefix,omitempty"`    // before each id, with a "/"
	Fields    map[string]string `yaml:"fields,omitempty"`    // field -> property or common column, "" leaves it out; fields named as properties need none
	Constants map[string]string `yaml:"constants,omitempty"` // property -> value of every feature
	Codes     map[string]Table  `yaml:"codes,omitempty"`     // field -> what its codes mean
	Newest    string            `yaml:"newest,omitempty"`    // property of type date or time that says how old a record is
	Vanished  Vanished          `yaml:"vanished,omitempty"`  // what it means that a record is no longer delivered; keep when empty
	Limits    Limits            `yaml:"limits,omitempty"`

	File string `yaml:"-"` // where it was read, for messages
}

// A Kind of source.
type Kind string

// Kinds.
const (
	Folder Kind = "folder" // files that others put there; the source reads and never changes them
	HTTP   Kind = "http"   // an address that gives the whole set each time
)

// A Table says what the codes of a field mean.
type Table struct {
	Values  map[string]string `yaml:"values"`
	Unknown Unknown           `yaml:"unknown,omitempty"` // quarantine when empty
}

// Unknown is what a code does that its table does not know.
type Unknown string

// What an unknown code does.
const (
	Quarantine Unknown = "quarantine" // the record is rejected
	Keep       Unknown = "keep"       // the value stays as it is
	Drop       Unknown = "drop"       // the value is left out
)

// Vanished is what it means that a record is no longer delivered.
type Vanished string

// What vanishing means.
const (
	Stays   Vanished = "keep"   // nothing: files hold news only
	Expires Vanished = "expire" // it holds no more: each delivery is the whole set. Its effective_to becomes the time of the run
)

// Limits bound what a source may do. Zero values get the default in brackets.
type Limits struct {
	Megabytes  int `yaml:"megabytes,omitempty"`  // of one file or answer (256)
	Quarantine int `yaml:"quarantine,omitempty"` // records kept; more are only counted (10,000)
	Vanish     int `yaml:"vanish,omitempty"`     // percent of the source's features that may vanish at once (50)
}

// A Span is a time that is written as 90s, 15m, 36h or 30d.
type Span time.Duration

// D is the span as a duration.
func (s Span) D() time.Duration { return time.Duration(s) }

func (l Limits) orDefault() Limits {
	for n, standard := range map[*int]int{&l.Megabytes: 256, &l.Quarantine: 10_000, &l.Vanish: 50} {
		if *n == 0 {
			*n = standard
		}
	}
	return l
}
