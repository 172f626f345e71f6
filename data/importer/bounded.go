package importer

import (
	"fmt"
	"io"
)

// A bounded is a reader that fails when one thing takes more bytes than it may: what is read as a whole is held in
// memory as a whole.
type bounded struct {
	r    io.Reader
	most int64
	left int64
	what string
}

func newBounded(r io.Reader, most int64, what string) *bounded {
	return &bounded{r, most, most, what}
}

// next begins the next thing.
func (b *bounded) next() { b.left = b.most }

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("%s takes more than %d MB", b.what, b.most>>20)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
