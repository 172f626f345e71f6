package audit

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Checkpoint says that the log had so many records, and what the root of their tree was.
type Checkpoint struct {
	Size int64
	Root tlog.Hash
}

// origin is the first line of every checkpoint.
const origin = "wardmap audit log"

func (c Checkpoint) text() string { return fmt.Sprintf("%s\n%d\n%s\n", origin, c.Size, c.Root) }

// ErrCheckpoint is a checkpoint that is not signed by the log's key, or not readable.
var ErrCheckpoint = errors.New("not a checkpoint of this log")

// ParseCheckpoint reads a signed checkpoint.
func ParseCheckpoint(signed []byte, key note.Verifier) (c Checkpoint, err error) {
	n, err := note.Open(signed, note.VerifierList(key))
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != origin {
		return c, fmt.Errorf("%w: it says %q", ErrCheckpoint, n.Text)
	}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err == nil {
		c.Root, err = tlog.ParseHash(lines[2])
	}
	if err != nil || c.Size < 0 {
		return c, fmt.Errorf("%w: %v", ErrCheckpoint, err)
	}
	return c, nil
}

// between stands between the checkpoints of a file: a note holds no line of it.
const between = "-\n"

// parseCheckpoints reads a file of checkpoints. A last one that broke off is left out.
func parseCheckpoints(data []byte, key note.Verifier) (all []Checkpoint, err error) {
	for i, one := range bytes.SplitAfter(data, []byte("\n"+between)) {
		signed, whole := bytes.CutSuffix(one, []byte(between))
		if !whole {
			break
		}
		c, err := ParseCheckpoint(signed, key)
		if err != nil {
			return all, fmt.Errorf("checkpoint %d: %w", i+1, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// PublicKeyFile is where a folder keeps the key that its checkpoints are held against.
const PublicKeyFile = "key.pub"

const (
	keyFile        = "key"
	recordsFile    = "records.jsonl"
	hashesFile     = "hashes"
	checkpointFile = "checkpoints"
)

// keys are those of a folder, made when there is none and may.
func keys(dir string, mayMake bool) (signer note.Signer, verifier note.Verifier, err error) {
	secret, err := os.ReadFile(filepath.Join(dir, keyFile))
	if errors.Is(err, os.ErrNotExist) && mayMake {
		name := "wardmap-audit-" + strings.ToLower(rand.Text()[:8])
		private, public, err := note.GenerateKey(rand.Reader, name)
		if err != nil {
			return nil, nil, err
		}
		if err := writeNew(filepath.Join(dir, PublicKeyFile), []byte(public+"\n"), 0o644); err != nil {
			return nil, nil, err
		}
		if err := writeNew(filepath.Join(dir, keyFile), []byte(private+"\n"), 0o600); err != nil {
			return nil, nil, err
		}
		secret = []byte(private)
	} else if err != nil {
		return nil, nil, err
	}
	if signer, err = note.NewSigner(strings.TrimSpace(string(secret))); err != nil {
		return nil, nil, fmt.Errorf("the audit log's key %s: %w", filepath.Join(dir, keyFile), err)
	}
	verifier, err = verifierOf(dir)
	return signer, verifier, err
}

// verifierOf is the public key of a folder.
func verifierOf(dir string) (note.Verifier, error) {
	public, err := os.ReadFile(filepath.Join(dir, PublicKeyFile))
	if err != nil {
		return nil, err
	}
	return note.NewVerifier(strings.TrimSpace(string(public)))
}

// writeNew writes a file that must not be there, and syncs it.
func writeNew(path string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// NewestCheckpoint is the last signed one of a folder, for somebody who wants to keep it.
func NewestCheckpoint(dir string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return nil, err
	}
	all := bytes.Split(data, []byte("\n"+between))
	if len(all) < 2 {
		return nil, fmt.Errorf("%w: there is none in %s yet", ErrCheckpoint, dir)
	}
	return append(all[len(all)-2], '\n'), nil
}
