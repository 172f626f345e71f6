package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
)

// Sources are what feeds layers by itself. An unknown name or record is layers.ErrNotFound, a source that is being
// read layers.ErrConflict, and what cannot be accepted wraps layers.ErrInvalid.
type Sources interface {
	Status(ctx context.Context) ([]Source, layers.Problems, error)
	Run(ctx context.Context, name string) error // has it run soon
	// Quarantine gives up to limit rejected records that come after one, as GeoJSON features.
	Quarantine(ctx context.Context, name, after string, limit int) ([]QuarantinedRecord, error)
	Correct(ctx context.Context, name, record string, feature []byte) (QuarantinedRecord, error)
	Replay(ctx context.Context, name string) (SourceRun, error)
}

// A QuarantinedRecord is a record that a source delivered and no layer took.
type QuarantinedRecord struct {
	Key     string
	Feature []byte // GeoJSON
}

// A Source is one of them as it is shown. Zero times are left out.
type Source struct {
	Name       string         `json:"name"`
	Title      layers.Text    `json:"title"`
	Purpose    layers.Text    `json:"purpose"`
	Basis      layers.Text    `json:"legal_basis"`
	Owner      string         `json:"owner"`
	Retention  string         `json:"retention"`
	Layer      string         `json:"layer"`
	Kind       string         `json:"kind"`
	Schedule   string         `json:"schedule"`
	CRS        string         `json:"crs"`
	Dead       *SourceDeath   `json:"dead"` // null: it lives
	Heard      time.Time      `json:"heard,omitzero"`
	Next       time.Time      `json:"next,omitzero"`
	Failures   int            `json:"failures"`
	Problem    string         `json:"problem,omitempty"` // of the last failure
	Quarantine int            `json:"quarantine"`
	Quality    *SourceQuality `json:"quality"` // null: nothing was delivered yet
	Runs       []SourceRun    `json:"runs,omitempty"`
}

// A SourceDeath says since when a source delivers nothing, and why.
type SourceDeath struct {
	Since time.Time   `json:"since"`
	Why   layers.Text `json:"why"`
}

// A SourceQuality is of the newest delivery; shares are 0 to 1.
type SourceQuality struct {
	Run        int64              `json:"run"`
	Rejected   float64            `json:"rejected"`
	Restricted float64            `json:"restricted"`
	Duplicates float64            `json:"duplicates"`
	Missing    map[string]float64 `json:"missing"`
	Newest     time.Time          `json:"newest,omitzero"`
	AgeSeconds float64            `json:"age_s,omitempty"`
}

// A SourceRun is the report of one run.
type SourceRun struct {
	Number     int64            `json:"number"`
	Cause      string           `json:"cause"`
	Started    time.Time        `json:"started"`
	Ended      time.Time        `json:"ended,omitzero"`
	From       string           `json:"from"`
	Bytes      int64            `json:"bytes"`
	SHA256     string           `json:"sha256,omitempty"`
	Taken      int64            `json:"taken"`
	Changed    int64            `json:"changed"`
	Unchanged  int64            `json:"unchanged"`
	Rejected   int64            `json:"rejected"`
	Restricted int64            `json:"restricted"`
	Duplicates int64            `json:"duplicates"`
	Expired    int64            `json:"expired"`
	Quarantine int              `json:"quarantine"`
	Uncounted  int64            `json:"not_kept,omitempty"`
	Corrected  int64            `json:"corrected,omitempty"`
	Reasons    map[string]int64 `json:"reasons,omitempty"`
	Missing    map[string]int64 `json:"missing,omitempty"`
	LeftOut    map[string]int64 `json:"left_out,omitempty"`
	Notes      map[string]int64 `json:"notes,omitempty"`
	Newest     time.Time        `json:"newest,omitzero"`
	Problem    string           `json:"problem,omitempty"`
	NotExpired string           `json:"not_expired,omitempty"`
}

// seenSources are the sources of layers that the view sees.
func (s *Server) seenSources(c echo.Context, known ...string) ([]Source, layers.Problems, map[string]string, error) {
	if s.Sources == nil {
		return nil, nil, nil, refuse(notFound, "nothing feeds layers by itself here")
	}
	q, err := query(c, known...)
	if err != nil {
		return nil, nil, nil, err
	}
	all, problems, err := s.Sources.Status(c.Request().Context())
	if err != nil {
		return nil, nil, nil, err
	}
	seen := []Source{}
	for _, one := range all {
		if _, known := s.defs().Layer(one.Layer); known {
			seen = append(seen, one)
		}
	}
	return seen, problems, q, nil
}

func (s *Server) seenSource(c echo.Context, known ...string) (Source, map[string]string, error) {
	all, _, q, err := s.seenSources(c, known...)
	if err != nil {
		return Source{}, nil, err
	}
	for _, one := range all {
		if one.Name == param(c, "name") {
			return one, q, nil
		}
	}
	return Source{}, nil, refuse(notFound, "there is no source %q; /sources lists them", clip(param(c, "name")))
}

// getSources lists the sources. What is wrong with definitions is told to those who administer the system.
func (s *Server) getSources(c echo.Context) error {
	all, problems, _, err := s.seenSources(c)
	if err != nil {
		return err
	}
	for i := range all {
		all[i].Runs = all[i].Runs[:min(1, len(all[i].Runs))]
	}
	if s.Guard != nil && !asker(c).May("admin.system") || problems == nil {
		problems = layers.Problems{}
	}
	return sendLiveJSON(c, http.StatusOK, map[string]any{"sources": all, "problems": problems})
}

func (s *Server) getSource(c echo.Context) error {
	one, _, err := s.seenSource(c)
	if err != nil {
		return err
	}
	return sendLiveJSON(c, http.StatusOK, one)
}

func (s *Server) postSourceRun(c echo.Context) error {
	one, _, err := s.seenSource(c)
	if err != nil {
		return err
	}
	if err := s.Sources.Run(c.Request().Context(), one.Name); err != nil {
		return err
	}
	return sendLiveJSON(c, http.StatusAccepted, one)
}

// rawSource is a source whose records, as they were delivered, may be seen: by who sees and may change all of its layer.
func (s *Server) rawSource(c echo.Context, known ...string) (Source, map[string]string, error) {
	one, q, err := s.seenSource(c, known...)
	if err != nil {
		return one, q, err
	}
	l, _ := s.Catalogue().Layer(one.Layer)
	if s.Guard != nil && !s.mayEdit(asker(c), l.ID) {
		return one, q, refuse(forbidden, "features of the layer %s are changed with the permission %s", l.ID, editFeatures)
	}
	if _, whole := s.sees(&l); !whole {
		return one, q, refuse(forbidden, "rejected records are shown as they came, with all that layer %s hides from you", l.ID)
	}
	return one, q, nil
}

func (s *Server) getQuarantine(c echo.Context) error {
	one, q, err := s.rawSource(c, "limit", "after")
	if err != nil {
		return err
	}
	limit, err := whole(q, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	all, err := s.Sources.Quarantine(c.Request().Context(), one.Name, q["after"], limit)
	if err != nil {
		return err
	}
	c.Set(countKey, len(all))
	body := append([]byte(nil), `{"type":"FeatureCollection","features":[`...)
	for i, r := range all {
		if i > 0 {
			body = append(body, ',', '\n')
		}
		body = append(body, r.Feature...)
	}
	body = append(body, ']')
	if len(all) == limit {
		body = append(body, `,"next":`...)
		body = appendString(body, all[limit-1].Key)
	}
	return sendLive(c, http.StatusOK, typeGeoJSON, append(body, '}'))
}

// putQuarantined corrects a rejected record. It comes in by a replay.
func (s *Server) putQuarantined(c echo.Context) error {
	one, _, err := s.rawSource(c)
	if err != nil {
		return err
	}
	data, _, err := readBytes(c, 1<<20, typeGeoJSON, typeJSON)
	if err != nil {
		return err
	}
	record, err := s.Sources.Correct(c.Request().Context(), one.Name, param(c, "id"), data)
	if err != nil {
		return err
	}
	return sendLive(c, http.StatusOK, typeGeoJSON, record.Feature)
}

func (s *Server) postSourceReplay(c echo.Context) error {
	one, _, err := s.rawSource(c)
	if err != nil {
		return err
	}
	run, err := s.Sources.Replay(c.Request().Context(), one.Name)
	if err != nil {
		return err
	}
	c.Set(countKey, int(run.Changed))
	return sendLiveJSON(c, http.StatusOK, run)
}
