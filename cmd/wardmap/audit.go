package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/wardmap/wardmap/data/audit"
)

// auditCommand verifies the audit log, also while a server writes it.
func auditCommand(ctx context.Context, args []string, out io.Writer) error {
	var c config
	f := flags("audit")
	f.StringVar(&c.Data, "data", "./var", "data `folder` of the server")
	f.StringVar(&c.Audit, "audit", "", "`folder` of the audit log; the default is audit in the data folder")
	f.StringVar(&c.Witness, "witness", "", "`files` of checkpoints that others have kept, with commas between")
	key := f.String("public-key", "", "the log's public `key` as it was when somebody wrote it down; the default is the one in the folder, which who can write the folder can replace")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errors.New("say what to do: wardmap audit verify, key or checkpoint; 'wardmap help audit' lists the options")
	}
	switch dir := c.auditFolder(); rest[0] {
	case "verify":
		return verifyAudit(ctx, dir, *key, split(c.Witness), out)
	case "key":
		return printFile(filepath.Join(dir, audit.PublicKeyFile), out)
	case "checkpoint":
		signed, err := audit.NewestCheckpoint(dir)
		if err != nil {
			return err
		}
		_, err = out.Write(signed)
		return err
	}
	return fmt.Errorf("there is no 'wardmap audit %s': verify, key, checkpoint", rest[0])
}

func verifyAudit(ctx context.Context, dir, key string, witnesses []string, out io.Writer) error {
	var verifier note.Verifier
	if key != "" {
		var err error
		if verifier, err = note.NewVerifier(strings.TrimSpace(key)); err != nil {
			return fmt.Errorf("--public-key: %w", err)
		}
	}
	v, err := audit.Verify(ctx, dir, verifier, witnesses...)
	if err != nil {
		return fmt.Errorf("the audit log in %s: %w", dir, err)
	}
	fmt.Fprintf(out, "%d records, %d of them signed; %d checkpoints, %d files of witnesses\nroot of %d records: %s\n",
		v.Records, v.Signed, v.Checkpoints, len(witnesses), v.Newest.Size, v.Newest.Root)
	if v.Bad != nil {
		return fmt.Errorf("the audit log in %s is not as it was: %w", dir, v.Bad)
	}
	if key == "" && len(witnesses) == 0 {
		fmt.Fprintln(out, "intact, as far as the folder itself can tell: who can write it can sign anew, so give --public-key and --witness from elsewhere")
		return nil
	}
	fmt.Fprintln(out, "intact")
	return nil
}

func printFile(path string, out io.Writer) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return err
}
