package importer

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// A ReportWriter writes rejects, one on each line. Give its Write as Options.Report.
type ReportWriter struct {
	out   *bufio.Writer
	csv   *csv.Writer // nil for JSON lines
	begun bool
	close io.Closer
}

// NewReport writes rejects as CSV (place, id, reason, lon, lat) when the name ends in .csv, else as JSON lines.
// Close flushes and closes out.
func NewReport(name string, out io.WriteCloser) *ReportWriter {
	w := &ReportWriter{out: bufio.NewWriter(out), close: out}
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		w.csv = csv.NewWriter(w.out)
	}
	return w
}

// Write writes one reject.
func (w *ReportWriter) Write(r Reject) error {
	if w.csv != nil {
		return w.writeCSV(r)
	}
	line := struct {
		Place  string      `json:"place"`
		ID     string      `json:"id,omitempty"`
		Reason string      `json:"reason"`
		At     *[2]float64 `json:"at,omitempty"`
	}{r.Place, r.ID, r.Reason, (*[2]float64)(r.At)}
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("reject of %s: %w", r.Place, err)
	}
	_, err = w.out.Write(append(b, '\n'))
	return err
}

func (w *ReportWriter) writeCSV(r Reject) error {
	if !w.begun {
		w.begun = true
		if err := w.csv.Write([]string{"place", "id", "reason", "lon", "lat"}); err != nil {
			return err
		}
	}
	row := []string{r.Place, r.ID, r.Reason, "", ""}
	if r.At != nil {
		row[3], row[4] = strconv.FormatFloat(r.At[0], 'f', 7, 64), strconv.FormatFloat(r.At[1], 'f', 7, 64)
	}
	return w.csv.Write(row)
}

// Close writes what is left and closes the file.
func (w *ReportWriter) Close() error {
	if w.csv != nil {
		w.csv.Flush()
		if err := w.csv.Error(); err != nil {
			return err
		}
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	return w.close.Close()
}
