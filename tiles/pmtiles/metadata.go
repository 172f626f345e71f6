package pmtiles

import (
	"encoding/json"
	"fmt"
)

// Metadata says what an archive holds. It is written as JSON.
type Metadata struct {
	Name         string         `json:"name,omitempty"`
	Description  string         `json:"description,omitempty"`
	Attribution  string         `json:"attribution,omitempty"`
	Version      string         `json:"version,omitempty"`
	Type         string         `json:"type,omitempty"` // overlay or baselayer
	VectorLayers []VectorLayer  `json:"vector_layers,omitempty"`
	More         map[string]any `json:"-"` // all members, also those above, as they stand in the file
}

// A VectorLayer describes one layer of vector tiles, as TileJSON does.
type VectorLayer struct {
	ID          string            `json:"id"`
	Fields      map[string]string `json:"fields"`
	Description string            `json:"description,omitempty"`
	MinZoom     *int              `json:"minzoom,omitempty"`
	MaxZoom     *int              `json:"maxzoom,omitempty"`
}

func (a *Archive) readMetadata() (m Metadata, err error) {
	s := a.header.metadata
	if s.length == 0 {
		return m, nil
	}
	if s.length > maxMetadata {
		return m, fmt.Errorf("%w: it has %d bytes, more than %d", ErrDamaged, s.length, maxMetadata)
	}
	packed, err := a.read(s)
	if err != nil {
		return m, err
	}
	data, err := unpack(packed, a.header.internal, maxMetadata)
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := json.Unmarshal(data, &m.More); err != nil {
		return m, fmt.Errorf("%w: it is no JSON object: %w", ErrDamaged, err)
	}
	m.take(data)
	return m, nil
}

// take fills the fields, each for itself: a member of an unusual type does not spoil the others.
func (m *Metadata) take(data []byte) {
	var raw map[string]json.RawMessage
	if json.Unmarshal(data, &raw) != nil {
		return
	}
	for name, to := range map[string]any{
		"name": &m.Name, "description": &m.Description, "attribution": &m.Attribution, "version": &m.Version,
		"type": &m.Type, "vector_layers": &m.VectorLayers,
	} {
		if v, ok := raw[name]; ok && json.Unmarshal(v, to) != nil {
			continue // More has it as it is
		}
	}
}

// MarshalJSON writes the fields and, besides, what else stands in More.
func (m Metadata) MarshalJSON() ([]byte, error) {
	type fields Metadata
	known, err := json.Marshal(fields(m))
	if err != nil || len(m.More) == 0 {
		return known, err
	}
	all := map[string]any{}
	for name, v := range m.More {
		all[name] = v
	}
	if err := json.Unmarshal(known, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}
