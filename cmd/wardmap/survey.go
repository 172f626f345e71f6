package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// shownFindings is how many findings the summary of an import lists.
const shownFindings = 20

// survey prints where the features of a partition leave ground to two or to none, after an import. They are in all the
// same: whoever draws borders anew does so step by step.
func survey(ctx context.Context, defs *layers.Catalogue, store layers.Reader, l layers.Layer, now time.Time, out io.Writer) error {
	if l.Partition == nil {
		return nil
	}
	var within layers.Reader
	if w, known := defs.Layer(l.Partition.Within); known && w.IsManaged() {
		within = store
	}
	all, err := layers.ReadSurvey(ctx, l, store, within)
	if err != nil {
		return err
	}
	got, err := all.At(now)
	if err != nil {
		return err
	}
	if got.Slivers > 0 {
		fmt.Fprintf(out, "  %d pieces of ground are held by two features or by none, but too narrow to matter\n", got.Slivers)
	}
	for i, f := range got.Findings {
		if i == shownFindings {
			fmt.Fprintf(out, "  and %d more: /collections/%s/findings has them all\n", len(got.Findings)-i, l.ID)
			break
		}
		fmt.Fprintf(out, "  warning: %s of %s, %.1f m² at %s\n", f.Kind, strings.Join(f.Parts, ", "), f.Size, spatial.At(f.At))
	}
	return nil
}
