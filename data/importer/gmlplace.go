package importer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wardmap/wardmap/spatial/crs"
)

// where learns the coordinate system from its name.
func (c *cityGML) where(name string) error {
	note, err := c.locator.learn(name)
	if err != nil {
		return fmt.Errorf("the coordinate system %.80s: %w", name, err)
	}
	if note != "" {
		c.notes = append(c.notes, note)
	}
	c.srs, c.swapped = name, latitudeFirst(name, c.locator.system)
	return nil
}

// latitudeFirst tells whether degrees come as EPSG has them: where the name is one of OGC; short names are used for both.
func latitudeFirst(name string, s crs.System) bool {
	return s.IsWGS84() && (strings.HasPrefix(name, "urn:") || strings.HasPrefix(name, "http"))
}

// in learns the coordinate system of the first geometry where the document names none, and holds the others to it.
func (c *cityGML) in(name string) error {
	switch {
	case name == "" && !c.locator.declared:
		return errors.New("the file names no coordinate system (srsName): declare it with --crs")
	case name == "" || name == c.srs:
		return nil
	case c.srs == "":
		return c.where(name)
	case c.locator.declared:
		return nil
	}
	s, err := crs.Parse(name)
	if err != nil || s.Horizontal() != c.locator.system.Horizontal() || latitudeFirst(name, s) != c.swapped {
		return fmt.Errorf("its coordinates are in %.160s, others of the file in %.160s: a file is read in one coordinate system", name, c.srs)
	}
	return nil
}

// envelopeSRS is the coordinate system that a feature names in its gml:boundedBy.
func (n *gmlNode) envelopeSRS() string {
	for _, child := range n.Nodes {
		if child.Name.Local != "boundedBy" {
			continue
		}
		for _, box := range child.Nodes {
			if name := attribute(box.Attrs, "srsName"); name != "" && box.Name.Local == "Envelope" {
				return name
			}
		}
	}
	return ""
}
