package importer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Limits of the format.
const (
	maxBlobHeader = 64 << 10
	maxBlob       = 32 << 20
)

// osmFile reads the blocks of an OSM PBF file, again and again, only those that hold what is asked for, and
// several at once.
type osmFile struct {
	file   osmBytes
	size   int64
	blobs  []osmBlob // those that hold data, in order
	passed int64     // bytes of blobs read so far, in all passes
}

type osmBytes interface {
	io.ReaderAt
	io.Closer
}

// osmBlob is where a block stands in the file.
type osmBlob struct {
	nth   int   // from 1, the header is the first
	at    int64 // of its length field
	data  int64 // of its content
	size  int
	kinds blockKinds
}

func openOSMFile(path string) (*osmFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f, err := newOSMFile(file, info.Size())
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

func newOSMFile(file osmBytes, size int64) (*osmFile, error) {
	f := &osmFile{file: file, size: size}
	return f, f.index()
}

// index finds the blocks of the file and checks its header.
func (f *osmFile) index() error {
	for at, n := int64(0), 1; at < f.size; n++ {
		blob, kind, err := f.blobAt(at)
		if err != nil {
			return fmt.Errorf("block %d at byte %d: %w", n, at, err)
		}
		switch {
		case n == 1 && kind != "OSMHeader":
			return fmt.Errorf("block 1 is %.20q, not OSMHeader: this is no OSM PBF file", kind)
		case kind == "OSMHeader":
			err = f.checkHeader(blob)
		case kind == "OSMData":
			blob.nth = n
			f.blobs = append(f.blobs, blob)
		}
		if err != nil {
			return fmt.Errorf("block %d at byte %d: %w", n, at, err)
		}
		at = blob.data + int64(blob.size)
	}
	if len(f.blobs) == 0 {
		return fmt.Errorf("the file holds no data")
	}
	return nil
}

func (f *osmFile) blobAt(at int64) (osmBlob, string, error) {
	var length [4]byte
	if err := f.readAt(length[:], at); err != nil {
		return osmBlob{}, "", err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n == 0 || n > maxBlobHeader {
		return osmBlob{}, "", fmt.Errorf("its header has %d bytes, allowed are 1 to %d: the file is no OSM PBF file or is damaged", n, maxBlobHeader)
	}
	header := make([]byte, n)
	if err := f.readAt(header, at+4); err != nil {
		return osmBlob{}, "", err
	}
	var kind string
	size := uint64(0)
	w := wire{rest: header}
	for w.next() {
		switch w.field {
		case 1:
			kind = string(w.data)
		case 3:
			size = w.num
		}
	}
	if w.err != nil {
		return osmBlob{}, "", fmt.Errorf("its header: %w", w.err)
	}
	blob := osmBlob{at: at, data: at + 4 + int64(n)}
	if size > maxBlob {
		return osmBlob{}, "", fmt.Errorf("it has %d bytes, allowed are %d", size, maxBlob)
	}
	blob.size = int(size)
	if end := blob.data + int64(size); end > f.size {
		return osmBlob{}, "", fmt.Errorf("%w by %d bytes", errCutOff, end-f.size)
	}
	return blob, kind, nil
}

var errCutOff = errors.New("the file is cut off: was it downloaded to its end? It is too short")

func (f *osmFile) readAt(b []byte, at int64) error {
	if _, err := f.file.ReadAt(b, at); errors.Is(err, io.EOF) {
		return errCutOff
	} else if err != nil {
		return err
	}
	return nil
}

func (f *osmFile) checkHeader(blob osmBlob) error {
	data, err := f.unpack(blob, &unpacker{})
	if err != nil {
		return err
	}
	w := wire{rest: data}
	for w.next() {
		if w.field == 4 && !slices.Contains([]string{"OsmSchema-V0.6", "DenseNodes"}, string(w.data)) {
			return fmt.Errorf("the file needs %q, which is not supported: use an extract of the current state without history", w.data)
		}
	}
	return w.err
}

// unpacker is memory for one block at a time.
type unpacker struct {
	raw   []byte
	plain bytes.Buffer
	block osmBlock
}

// unpack reads the content of a block. It lasts until the unpacker is used again.
func (f *osmFile) unpack(blob osmBlob, u *unpacker) ([]byte, error) {
	u.raw = slices.Grow(u.raw[:0], blob.size)[:blob.size]
	if err := f.readAt(u.raw, blob.data); err != nil {
		return nil, err
	}
	size := uint64(0)
	var packed []byte
	var open func(io.Reader) (io.Reader, error)
	w := wire{rest: u.raw}
	for w.next() {
		switch w.field {
		case 1:
			return w.data, nil
		case 2:
			size = w.num
		case 3:
			packed, open = w.data, func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }
		case 7:
			packed, open = w.data, func(r io.Reader) (io.Reader, error) {
				return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2*maxBlob))
			}
		case 4, 5, 6:
			return nil, fmt.Errorf("it is packed with %s: convert the file with osmium to zlib", [...]string{"lzma", "bzip2", "lz4"}[w.field-4])
		}
	}
	switch {
	case w.err != nil:
		return nil, w.err
	case open == nil:
		return nil, fmt.Errorf("it is empty")
	case size > maxBlob:
		return nil, fmt.Errorf("it says that it has %d bytes, allowed are %d", size, maxBlob)
	}
	r, err := open(bytes.NewReader(packed))
	if err == nil {
		u.plain.Reset()
		u.plain.Grow(int(min(size, 64*uint64(len(packed)))) + bytes.MinRead)
		_, err = u.plain.ReadFrom(io.LimitReader(r, int64(size)+1))
	}
	if d, ok := r.(*zstd.Decoder); ok {
		d.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	if uint64(u.plain.Len()) != size {
		return nil, fmt.Errorf("it says that it has %d bytes, which it has not", size)
	}
	return u.plain.Bytes(), nil
}

// An osmPass reads blocks of certain kinds, several at once, and gives what became of them in their order.
type osmPass[T any] struct {
	file  *osmFile
	kinds blockKinds // blocks without any of these are left out; 0 is all
	work  func(b *osmBlock, data []byte) (T, blockKinds, error)
	next  int // blob
	tools []unpacker
}

// some reads a few more blocks. It returns nothing at the end.
func (p *osmPass[T]) some() ([]T, error) {
	if p.tools == nil {
		p.tools = make([]unpacker, runtime.GOMAXPROCS(0))
	}
	var todo []int
	for ; p.next < len(p.file.blobs) && len(todo) < 4*len(p.tools); p.next++ {
		if b := p.file.blobs[p.next]; p.kinds == 0 || b.kinds&p.kinds != 0 {
			todo = append(todo, p.next)
			p.file.passed += int64(b.size)
		}
	}
	out, errs := make([]T, len(todo)), make([]error, len(todo))
	var wait sync.WaitGroup
	for i := range p.tools {
		wait.Go(func() {
			for k := i; k < len(todo); k += len(p.tools) {
				out[k], errs[k] = p.one(todo[k], &p.tools[i])
			}
		})
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("block %d at byte %d: %w", p.file.blobs[todo[i]].nth, p.file.blobs[todo[i]].at, err)
		}
	}
	return out, nil
}

func (p *osmPass[T]) one(n int, u *unpacker) (out T, err error) {
	blob := &p.file.blobs[n]
	data, err := p.file.unpack(*blob, u)
	if err != nil {
		return out, err
	}
	out, blob.kinds, err = p.work(&u.block, data)
	return out, err
}

// all runs the pass to its end.
func (p *osmPass[T]) all(take func(T)) error {
	for {
		got, err := p.some()
		if err != nil || len(got) == 0 {
			return err
		}
		for _, one := range got {
			take(one)
		}
	}
}

// listIDs writes ids for a message, the first ten and how many more there are.
func listIDs(ids []int64) string {
	var parts []string
	for i, id := range ids {
		if i == 10 {
			parts = append(parts, fmt.Sprintf("and %d more", len(ids)-i))
			break
		}
		parts = append(parts, fmt.Sprint(id))
	}
	return strings.Join(parts, ", ")
}
