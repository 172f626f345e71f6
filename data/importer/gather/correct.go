package gather

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/wardmap/wardmap/data/importer"
	"github.com/wardmap/wardmap/layers"
)

// Quarantine gives up to limit records of a source's quarantine that come after a key, oldest first.
func (d *Desk) Quarantine(name, after string, limit int) ([]Entry, error) {
	if _, err := d.find(name); err != nil {
		return nil, err
	}
	all, err := readQuarantine(d.file(name, ".quarantine.geojsonl"))
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(e Entry) bool { return e.Key == after }); i >= 0 {
		all = all[i+1:]
	}
	return all[:min(limit, len(all))], nil
}

// Correct puts a GeoJSON feature, in longitude and latitude, in the place of a record in quarantine. Its fields are
// those of the source, as they are before the mapping. Nothing comes in before Replay.
func (d *Desk) Correct(name, key string, feature []byte) (Entry, error) {
	rec := importer.ReadFeature(feature)
	if rec.Err != nil {
		return Entry{}, layers.Problems{{Place: "body", Message: rec.Err.Error()}}
	}
	j, free, err := d.begin(name, ByHand)
	if err != nil {
		return Entry{}, err
	}
	defer free()
	entries, err := j.corrected([]Entry{{Key: key, Record: rec}})
	if err != nil {
		return Entry{}, err
	}
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.Key == key })
	return entries[i], nil
}

// ReplayEdited corrects records by entries that somebody has edited, and replays the quarantine.
func (d *Desk) ReplayEdited(ctx context.Context, name string, edited []Entry) (Run, error) {
	j, free, err := d.begin(name, ByReplay)
	if err != nil {
		return Run{}, err
	}
	defer free()
	if _, err := j.corrected(edited); err != nil {
		return Run{}, err
	}
	return j.replay(ctx)
}

// corrected writes the quarantine with records in the place of those of the same key: all of them, or none.
func (j *job) corrected(with []Entry) ([]Entry, error) {
	if err := j.fits(); err != nil {
		return nil, err
	}
	path := j.desk.file(j.def.Name, ".quarantine.geojsonl")
	entries, err := readQuarantine(path)
	if err != nil {
		return nil, err
	}
	for _, one := range with {
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Key == one.Key })
		if i < 0 {
			return nil, fmt.Errorf("record %.40q in the quarantine of %s: %w", one.Key, j.def.Name, layers.ErrNotFound)
		}
		kept := j.def.kept(&j.layer, &one.Record)
		if kept == nil {
			return nil, layers.Problems{{Place: "record " + one.Key, Message: "它含有任何图层都不得保存的内容，未保存 / it says what no layer may hold, and is not kept"}}
		}
		if kept.ID == "" {
			kept.ID = entries[i].Record.ID
		}
		line, err := featureJSON(kept)
		if was, bad := featureJSON(&entries[i].Record); bad == nil && bytes.Equal(line, was) {
			continue
		}
		if err != nil || len(line) > mostBytes {
			return nil, layers.Problems{{Place: "record " + one.Key, Message: "记录过大 / it is larger than 1 MiB"}}
		}
		entries[i].Record, entries[i].Corrected = *kept, j.now()
	}
	return entries, writeQuarantine(path, entries)
}
