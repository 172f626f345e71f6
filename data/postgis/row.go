package postgis

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// pgEpoch is where PostgreSQL counts dates and times from, in Unix seconds.
const pgEpoch = 946684800

// feature decodes one row of table.fields in the binary protocol, without reflection. A row without geometry
// gives a feature without one.
func (t *table) feature(raw [][]byte) (f spatial.Feature, err error) {
	f.ID, f.Owner, f.Source = string(raw[0]), string(raw[1]), string(raw[6])
	if len(raw[2]) == 8 {
		f.Version = int64(binary.BigEndian.Uint64(raw[2]))
	}
	f.Updated, f.Effective = instant(raw[3]), spatial.Validity{From: instant(raw[4]), To: instant(raw[5])}
	if len(raw[7]) == 8 {
		f.Accuracy = math.Float64frombits(binary.BigEndian.Uint64(raw[7]))
	}
	if raw[geomAt] != nil {
		if f.Geometry, err = decodeGeometry(raw[geomAt]); err != nil {
			return f, fmt.Errorf("layer %s, feature %q: the geometry: %w", t.layer, f.ID, err)
		}
	}
	f.Properties = make(map[string]any, len(t.columns))
	for i, c := range t.columns {
		b := raw[propsAt+i]
		if b == nil {
			continue
		}
		if f.Properties[c.name], err = value(c.kind, b); err != nil {
			return f, fmt.Errorf("layer %s, feature %q: property %s: %w", t.layer, f.ID, c.name, err)
		}
	}
	return f, nil
}

// sizes are the lengths of values in the binary protocol.
var sizes = map[layers.Type]int{layers.IntegerType: 8, layers.NumberType: 8, layers.BooleanType: 1, layers.DateType: 4, layers.TimeType: 8}

func value(kind layers.Type, b []byte) (any, error) {
	if kind == layers.TextType {
		return string(b), nil
	}
	if len(b) != sizes[kind] {
		return nil, fmt.Errorf("%d bytes are no %s", len(b), kind)
	}
	switch kind {
	case layers.IntegerType:
		return int64(binary.BigEndian.Uint64(b)), nil
	case layers.NumberType:
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	case layers.BooleanType:
		return b[0] != 0, nil
	case layers.DateType:
		days := int64(int32(binary.BigEndian.Uint32(b)))
		return time.Unix(pgEpoch+days*86400, 0).UTC().Format(time.DateOnly), nil
	}
	return instant(b).Format(time.RFC3339Nano), nil
}

// instant decodes a timestamptz; null and the infinities give the zero time.
func instant(b []byte) time.Time {
	if len(b) != 8 {
		return time.Time{}
	}
	micros := int64(binary.BigEndian.Uint64(b))
	if micros == math.MaxInt64 || micros == math.MinInt64 {
		return time.Time{}
	}
	return time.Unix(pgEpoch+micros/1e6, micros%1e6*1000).UTC()
}

// eachFeature decodes all rows and closes them. Binary formats are what the pool asks for; that is checked once.
func (t *table) eachFeature(rows pgx.Rows, visit func(spatial.Feature) error) error {
	defer rows.Close()
	for i, d := range rows.FieldDescriptions() {
		if text := i == 0 || i == 1 || i == 6 || i >= propsAt && t.columns[i-propsAt].kind == layers.TextType; !text && d.Format != pgx.BinaryFormatCode {
			return fmt.Errorf("layer %s: column %s does not come in binary form", t.layer, d.Name)
		}
	}
	for rows.Next() {
		f, err := t.feature(rows.RawValues())
		if err != nil {
			return err
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return rows.Err()
}

// features collects the features of all rows.
func (t *table) features(rows pgx.Rows) ([]spatial.Feature, error) {
	fs := []spatial.Feature{}
	err := t.eachFeature(rows, func(f spatial.Feature) error {
		fs = append(fs, f)
		return nil
	})
	return fs, err
}
