package gather

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/data/wholefile"
)

// An Entry is a record in quarantine: as the source delivered it, its fields not mapped yet, or as somebody corrected it.
type Entry struct {
	Key       string // made of what the source delivered, so that the same record is one entry
	Feature   string // id that the feature has or would have, "" when it is unknown
	Source    string
	Run       int64     // that rejected it last
	Since     time.Time // when it came
	Place     string    // in what was delivered
	Reason    string
	Corrected time.Time       // when it was corrected; zero: never
	Record    importer.Record // ID, Geometry (may be nil), Properties and Common
}

// mostBytes is how large one record in quarantine may be.
const mostBytes = 1 << 20

// keyOf names a record by its content.
func keyOf(rec *importer.Record) (string, error) {
	line, err := featureJSON(rec)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:8]), nil
}

// featureJSON writes a record as a GeoJSON feature; equal records give equal bytes.
func featureJSON(rec *importer.Record) ([]byte, error) { return json.Marshal(feature(rec)) }

type member struct {
	Type       string         `json:"type"`
	ID         string         `json:"id,omitempty"`
	Quarantine *tag           `json:"quarantine,omitempty"`
	Common     map[string]any `json:"common,omitempty"`
	Properties map[string]any `json:"properties"`
	Geometry   any            `json:"geometry"`
}

// A tag is what the quarantine says of a record.
type tag struct {
	Key       string    `json:"record"`
	Feature   string    `json:"feature,omitempty"`
	Source    string    `json:"source"`
	Run       int64     `json:"run"`
	Since     time.Time `json:"since"`
	Place     string    `json:"place"`
	Reason    string    `json:"reason"`
	Corrected time.Time `json:"corrected,omitzero"`
}

func feature(rec *importer.Record) member {
	m := member{Type: "Feature", ID: rec.ID, Common: rec.Common, Properties: rec.Properties, Geometry: geometry(rec.Geometry)}
	if m.Properties == nil {
		m.Properties = map[string]any{}
	}
	return m
}

func geometry(g orb.Geometry) any {
	if g == nil {
		return nil
	}
	c, is := g.(orb.Collection)
	if !is {
		return map[string]any{"type": g.GeoJSONType(), "coordinates": g}
	}
	parts := make([]any, len(c))
	for i, part := range c {
		parts[i] = geometry(part)
	}
	return map[string]any{"type": "GeometryCollection", "geometries": parts}
}

// JSON is an entry as a GeoJSON feature with a member "quarantine", on one line.
func (e *Entry) JSON() ([]byte, error) {
	m := feature(&e.Record)
	m.Quarantine = &tag{e.Key, e.Feature, e.Source, e.Run, e.Since, e.Place, e.Reason, e.Corrected}
	return json.Marshal(m)
}

// ParseEntry reads what JSON wrote, also when somebody edited it. Without a geometry, or with a wrong one, it is an
// entry that will be rejected again; what is no entry at all is an error.
func ParseEntry(line []byte) (Entry, error) {
	var m struct {
		Quarantine *tag `json:"quarantine"`
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return Entry{}, fmt.Errorf("it is no JSON: %w", err)
	}
	if t := m.Quarantine; t == nil || !recordKey(t.Key) {
		return Entry{}, errors.New(`the member "quarantine" with the key "record" is missing: leave it as it was`)
	}
	t := m.Quarantine
	rec := importer.ReadFeature(line)
	rec.Err, rec.Notes, rec.Place = nil, nil, t.Key
	return Entry{Key: t.Key, Feature: t.Feature, Source: t.Source, Run: t.Run, Since: t.Since, Place: t.Place, Reason: t.Reason, Corrected: t.Corrected, Record: rec}, nil
}

func recordKey(key string) bool { return len(key) == 16 && strings.Trim(key, "0123456789abcdef") == "" }

// ReadEntries reads lines as the quarantine is written in. The error names the line.
func ReadEntries(r io.Reader) ([]Entry, error) {
	var out []Entry
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), 4*mostBytes)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		e, err := ParseEntry(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, e)
	}
	return out, lines.Err()
}

func readQuarantine(path string) ([]Entry, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out, err := ReadEntries(file)
	if err = errors.Join(err, file.Close()); err != nil {
		err = fmt.Errorf("the quarantine %s: %w", path, err)
	}
	return out, err
}

func writeQuarantine(path string, entries []Entry) error {
	var b bytes.Buffer
	for i := range entries {
		line, err := entries[i].JSON()
		if err != nil {
			return fmt.Errorf("record %s: %w", entries[i].Key, err)
		}
		b.Write(append(line, '\n'))
	}
	return wholefile.Write(path, b.Bytes())
}

// An outcome is what a run means for the quarantine.
type outcome struct {
	rejected map[string]Entry // by key
	good     map[string]bool  // ids that came in
	replayed map[string]bool  // keys of entries that were tried again; nil when this is no replay
	oldest   time.Time        // what came before is no longer kept
	room     int
}

// after is the quarantine after a run, oldest first, and how many found no room. A record that is rejected again stays
// as it was corrected; one whose id came in since leaves; so does one that is rejected with other content now.
func after(before []Entry, o outcome) (entries []Entry, full int64) {
	again := map[string]bool{} // ids
	for _, e := range o.rejected {
		if e.Feature != "" {
			again[e.Feature] = true
		}
	}
	known := map[string]bool{}
	for _, e := range before {
		fresh, rejected := o.rejected[e.Key]
		id := e.Feature
		switch {
		case e.Since.Before(o.oldest):
			continue
		case rejected:
			e.Run, e.Reason = fresh.Run, fresh.Reason
			if o.replayed == nil && !e.Corrected.IsZero() {
				e.Reason = "corrected, and not replayed yet: " + fresh.Reason
			}
		case o.replayed != nil && o.replayed[e.Key]:
			continue // it came in
		case o.replayed == nil && id != "" && (o.good[id] || again[id] && e.Corrected.IsZero()):
			continue
		}
		known[e.Key] = true
		entries = append(entries, e)
	}
	var fresh []Entry
	for key, e := range o.rejected {
		if !known[key] {
			fresh = append(fresh, e)
		}
	}
	slices.SortFunc(fresh, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
	for _, e := range fresh {
		if len(entries) >= o.room {
			full++
			continue
		}
		entries = append(entries, e)
	}
	return entries, full
}
