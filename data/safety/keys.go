package safety

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/wardmap/wardmap/data/wholefile"
)

// A ring holds the key of every order, sealed under a master key. With each destruction a new master seals what is
// left, and the old one is overwritten and deleted: an old copy of the ring cannot be opened with the new master, and
// an old copy of the data has no key. Overwriting is all that a program can do; a disk that keeps old blocks needs
// encryption of its own. The folder of the ring must not be in backups.
//
// Files: master.N and ring.N. The highest N of which both are whole counts.
type ring struct {
	dir        string
	generation int
	master     []byte
	keys       map[string][]byte // by number of the order
	gone       map[string]bool   // numbers whose keys were destroyed
	due        []Certificate     // of destructions that the audit log may not have yet
}

type ringFile struct {
	Keys map[string][]byte `json:"keys"`
	Gone []string          `json:"gone"`
	Due  []Certificate     `json:"due,omitempty"`
}

func openRing(dir string) (*ring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	r := &ring{dir: dir, keys: map[string][]byte{}, gone: map[string]bool{}}
	generations, err := r.generations()
	if err != nil {
		return nil, err
	}
	if len(generations) == 0 {
		return r, r.write()
	}
	if err := r.latest(); err != nil {
		return nil, err
	}
	return r, r.clean()
}

// latest reads the highest generation that is whole, and changes nothing.
func (r *ring) latest() error {
	generations, err := r.generations()
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(generations) {
		if r.read(n) == nil {
			return nil
		}
	}
	return fmt.Errorf("none of the key rings in %s opens with its master key: was the folder restored in part?", r.dir)
}

// generations are those of which a ring is there, sorted.
func (r *ring) generations() (out []int, err error) {
	names, err := filepath.Glob(filepath.Join(r.dir, "ring.*"))
	for _, name := range names {
		if n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(name), "ring.")); err == nil {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, err
}

func (r *ring) file(kind string, n int) string {
	return filepath.Join(r.dir, kind+"."+strconv.Itoa(n))
}

func (r *ring) read(n int) error {
	master, err := os.ReadFile(r.file("master", n))
	if err != nil {
		return err
	}
	sealed, err := os.ReadFile(r.file("ring", n))
	if err != nil {
		return err
	}
	plain, err := open(master, sealed, []byte("ring"))
	if err != nil {
		return err
	}
	var f ringFile
	if err := json.Unmarshal(plain, &f); err != nil {
		return err
	}
	r.generation, r.master, r.keys, r.gone, r.due = n, master, f.Keys, map[string]bool{}, f.Due
	if r.keys == nil {
		r.keys = map[string][]byte{}
	}
	for _, number := range f.Gone {
		r.gone[number] = true
	}
	return nil
}

// write makes the next generation, and only then does away with the ones before.
func (r *ring) write() error {
	master := make([]byte, 32)
	_, _ = rand.Read(master) // never fails
	f := ringFile{Keys: r.keys, Due: r.due}
	for number := range r.gone {
		f.Gone = append(f.Gone, number)
	}
	slices.Sort(f.Gone)
	plain, err := json.Marshal(f)
	if err != nil {
		return err
	}
	sealed, err := seal(master, plain, []byte("ring"))
	if err != nil {
		return err
	}
	next := r.generation + 1
	if err := wholefile.Write(r.file("master", next), master); err != nil {
		return err
	}
	if err := wholefile.Write(r.file("ring", next), sealed); err != nil {
		return err
	}
	r.generation, r.master = next, master
	return r.clean()
}

// clean overwrites and deletes all generations but the one that counts.
func (r *ring) clean() error {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		kind, n, _ := strings.Cut(e.Name(), ".")
		if number, err := strconv.Atoi(n); (kind == "master" || kind == "ring") && (err != nil || number != r.generation) {
			if err := wipe(filepath.Join(r.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return wholefile.SyncFolder(r.dir)
}

// make gives an order a key.
func (r *ring) make(number string) ([]byte, error) {
	if r.gone[number] || r.keys[number] != nil {
		return nil, fmt.Errorf("there was an order %s already", number)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	r.keys[number] = key
	if err := r.write(); err != nil {
		delete(r.keys, number)
		return nil, err
	}
	return key, nil
}

// destroy does away with keys, for good.
func (r *ring) destroy(numbers ...string) error {
	for _, number := range numbers {
		clear(r.keys[number])
		delete(r.keys, number)
		r.gone[number] = true
	}
	return r.write()
}

// seal encrypts with AES-256-GCM under a random nonce, which stands before the rest. what is bound to it.
func seal(key, plain, what []byte) ([]byte, error) {
	g, err := gcm(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, g.NonceSize(), g.NonceSize()+len(plain)+g.Overhead())
	_, _ = rand.Read(nonce) // never fails; 96 random bits: a key seals far fewer than 2^32 things
	return g.Seal(nonce, nonce, plain, what), nil
}

var errSealed = errors.New("it does not open with this key")

func open(key, sealed, what []byte) ([]byte, error) {
	g, err := gcm(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < g.NonceSize() {
		return nil, errSealed
	}
	plain, err := g.Open(nil, sealed[:g.NonceSize()], sealed[g.NonceSize():], what)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// wipe overwrites a file before it deletes it.
func wipe(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt(make([]byte, info.Size()), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(path))
}
