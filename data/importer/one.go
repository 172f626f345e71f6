package importer

import (
	"io"

	"github.com/wardmap/wardmap/layers"
)

// ReadFeature reads one GeoJSON feature that is whole in memory, in longitude and latitude of WGS84. What is wrong with
// it is in Record.Err.
func ReadFeature(data []byte) Record {
	var p featureParser
	rec, _ := p.read(data, 0)
	if rec.Err != nil {
		rec.Geometry = nil
	}
	return rec
}

// FromRecords is a Source of records that are in memory, in WGS84. Their places are kept.
func FromRecords(all []Record) Source { return &memory{all: all} }

type memory struct {
	all  []Record
	next int
}

// Next implements Source.
func (m *memory) Next() (Record, error) {
	if m.next == len(m.all) {
		return Record{}, io.EOF
	}
	m.next++
	return m.all[m.next-1], nil
}

// Progress implements Source.
func (m *memory) Progress() (done, total int64) { return int64(m.next), int64(len(m.all)) }

// Close implements Source.
func (m *memory) Close() error { return nil }

// Goes tells where the values of a field go: to a property or common column of the layer, or nowhere, which is "".
func Goes(l layers.Layer, o Options, field string) string {
	f := fitter{layer: l, o: o}
	t := f.match(field)
	switch {
	case t.common != "":
		return t.common
	case t.property >= 0:
		return l.Properties[t.property].Name
	}
	return ""
}
