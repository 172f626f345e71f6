package importer

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	mostNodes = 2_000_000 // elements of one building: some thousand faces have some ten thousand
	mostNests = 100       // elements within each other
	mostTag   = 64 << 10  // bytes of a tag with its attributes
	mostToken = 8 << 20   // bytes of a text or comment
)

// A gmlNode is an element with all below it.
type gmlNode struct {
	Name  xml.Name
	Attrs []xml.Attr
	Text  string
	Nodes []*gmlNode
	srs   string // coordinate system that it names or inherits
}

func attribute(all []xml.Attr, name string) string {
	for _, a := range all {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

func (n *gmlNode) inner(name string) string {
	for _, child := range n.Nodes {
		if child.Name.Local == name {
			return child.Text
		}
	}
	return ""
}

// gmlBounds are how many elements with their attributes, and how many bytes, a building may have.
type gmlBounds struct{ nodes, bytes int64 }

// node reads an element whole and takes it off what is left.
func (c *cityGML) node(start xml.StartElement, left *gmlBounds) (*gmlNode, error) {
	out := &gmlNode{Name: start.Name, Attrs: start.Copy().Attr}
	left.nodes -= 1 + int64(len(start.Attr))
	var text strings.Builder
	for {
		before := c.decoder.InputOffset()
		if left.nodes < 0 {
			return nil, fmt.Errorf("byte %d: it has more than %d elements and attributes", before, c.most.nodes)
		}
		if left.bytes < 0 {
			return nil, fmt.Errorf("byte %d: it is larger than %d MiB", before, c.most.bytes>>20)
		}
		token, err := c.token()
		if err != nil {
			return nil, err
		}
		left.bytes -= c.decoder.InputOffset() - before
		switch t := token.(type) {
		case xml.StartElement:
			child, err := c.node(t, left)
			if err != nil {
				return nil, err
			}
			out.Nodes = append(out.Nodes, child)
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			out.Text = strings.TrimSpace(text.String())
			return out, nil
		}
	}
}

// token reads the next one within bounds. It is io.EOF at the end.
func (c *cityGML) token() (xml.Token, error) {
	c.raw.left = mostToken
	before := c.decoder.InputOffset()
	token, err := c.decoder.Token()
	at := c.decoder.InputOffset()
	switch {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case errors.Is(err, errSpent):
		err = fmt.Errorf("a tag, text or comment is larger than %d MiB", mostToken>>20)
	case err == nil:
		err = c.nest(token, at-before)
	}
	if err != nil {
		return nil, fmt.Errorf("byte %d: %w", at, err)
	}
	return token, nil
}

// nest follows how deep the elements stand in each other, which the decoder remembers with what they declare.
func (c *cityGML) nest(token xml.Token, size int64) error {
	switch token.(type) {
	case xml.StartElement:
		if c.depth++; c.depth > mostNests {
			return fmt.Errorf("more than %d elements stand within each other", mostNests)
		}
		if size > mostTag {
			return fmt.Errorf("a tag is larger than %d KiB", mostTag>>10)
		}
	case xml.EndElement:
		c.depth--
	}
	return nil
}

var errSpent = errors.New("more bytes than expected")

// A bounded reader gives left bytes; then it is errSpent until it gets more.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errSpent
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
