package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wardmap/wardmap/data/accounts"
	"github.com/wardmap/wardmap/data/audit"
	"github.com/wardmap/wardmap/layers/access"
)

// userOptions are the options of wardmap user.
type userOptions struct {
	config
	kind, role, title, org, unit, scope, expires string
	console, elsewhere                           bool
}

func (o *userOptions) options(f *flag.FlagSet) {
	f.StringVar(&o.Data, "data", "./var", "data `folder` of the server")
	f.StringVar(&o.Audit, "audit", "", "`folder` of the audit log; the default is audit in the data folder")
	f.StringVar(&o.kind, "kind", "person", "`kind` of account: person, client (a program) or device (its NAME is the registered serial number)")
	f.StringVar(&o.role, "role", "", "`roles` with commas between: viewer, officer, dispatcher, supervisor, gis-editor, maintainer, administrator, auditor; of a client: integration, viewer, gis-editor; of a device: device, which is the default")
	f.StringVar(&o.title, "title", "", "what people call it")
	f.StringVar(&o.org, "org", "", "administrative or station `code` of the jurisdiction; the default is the whole city")
	f.StringVar(&o.unit, "unit", "", "`id` of the unit that a person is of: he then sees who looked at its tracks")
	f.StringVar(&o.scope, "scope", "", "`permissions` that a key is limited to, with commas between")
	f.StringVar(&o.expires, "expires", "", "`day` such as 2027-06-30, or days such as 90d, after which the account is worth nothing; clients need one")
	f.BoolVar(&o.elsewhere, "elsewhere", false, "a person who signs in with the identity provider (--oidc-issuer of serve), and has no password here")
	f.BoolVar(&o.console, "console", false, "its sessions do not end for want of use: for consoles in guarded rooms")
}

// userCommand keeps the accounts. It may be used while the server runs.
func userCommand(ctx context.Context, args []string, out io.Writer) error {
	var o userOptions
	f := flags("user")
	o.options(f)
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 || len(rest) > 2 || (rest[0] == "list") != (len(rest) == 1) {
		return errors.New("say what to do: wardmap user add NAME, list, rotate NAME, disable NAME or enable NAME; 'wardmap help user' lists the options")
	}
	if err := os.MkdirAll(o.Data, 0o750); err != nil {
		return err
	}
	roles, err := loadRoles(o.Data)
	if err != nil {
		return err
	}
	store, err := accounts.Open(ctx, o.accountsFile(), accounts.Options{Roles: roles})
	if err != nil {
		return err
	}
	defer store.Close()
	if rest[0] == "list" {
		return listUsers(ctx, store, out)
	}
	if err := o.do(ctx, store, rest[0], rest[1], out); err != nil {
		return err
	}
	return o.note(ctx, store)
}

func (o *userOptions) do(ctx context.Context, store *accounts.Store, verb, name string, out io.Writer) error {
	by := "os:" + whoami()
	if verb == "add" {
		return o.add(ctx, store, name, by, out)
	}
	a, err := store.Find(ctx, access.Kind(o.kind), strings.TrimSpace(name))
	if err != nil {
		return fmt.Errorf("%w; 'wardmap user list' lists them, --kind says which kind is meant", err)
	}
	switch verb {
	case "disable":
		err = store.Disable(ctx, a, by)
	case "enable":
		err = store.Enable(ctx, a, by)
	case "rotate":
		var secret string
		if secret, err = store.Rotate(ctx, a, by); err == nil {
			return tell(out, &a, secret)
		}
	default:
		return fmt.Errorf("there is no 'wardmap user %s': add, list, rotate, disable, enable", verb)
	}
	if err == nil {
		_, err = fmt.Fprintf(out, "%s %s: done, and it counts at once\n", verb, a.Name)
	}
	return err
}

func (o *userOptions) add(ctx context.Context, store *accounts.Store, name, by string, out io.Writer) error {
	a := accounts.Account{Kind: access.Kind(o.kind), Name: name, Title: o.title, Org: o.org, Unit: o.unit, Console: o.console, Elsewhere: o.elsewhere, Roles: split(o.role)}
	if a.Kind == access.Device && len(a.Roles) == 0 {
		a.Roles = []string{"device"}
	}
	for _, p := range split(o.scope) {
		a.Scopes = append(a.Scopes, access.Permission(p))
	}
	var err error
	if a.Expires, err = expiry(o.expires, time.Now()); err != nil {
		return err
	}
	a, secret, err := store.Add(ctx, a, by)
	if err != nil {
		return err
	}
	return tell(out, &a, secret)
}

// tell shows a secret, once.
func tell(out io.Writer, a *accounts.Account, secret string) error {
	text := "%s (%s) signs in with this password, and has to choose another at once; then he sets up a second factor:\n\n    %s\n\nIt is shown this once.\n"
	if a.Elsewhere {
		_, err := fmt.Fprintf(out, "%s (%s) signs in with the identity provider\n", a.Name, a.ID)
		return err
	}
	switch a.Kind {
	case access.Client:
		text = "The program %s (%s) sends this key as Authorization: Bearer …\n\n    %s\n\nIt is shown this once.\n"
	case access.Device:
		text = "The device %s (%s) sends this token as Authorization: Bearer …, or as its password by MQTT:\n\n    %s\n\nIt is shown this once.\n"
	}
	_, err := fmt.Fprintf(out, text, a.Name, a.ID, secret)
	return err
}

func listUsers(ctx context.Context, store *accounts.Store, out io.Writer) error {
	all, err := store.List(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tKIND\tROLES\tORG\tSTATE\tUSED\tEXPIRES\tID\tTITLE")
	day := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Local().Format("2006-01-02")
	}
	for _, a := range all {
		state := "open"
		switch {
		case !a.Disabled.IsZero():
			state = "disabled"
		case !a.Expires.IsZero() && time.Now().After(a.Expires):
			state = "expired"
		case a.Kind == access.Person && !a.Elsewhere && a.MustChange:
			state = "never signed in"
		case a.Kind == access.Person && !a.Elsewhere && !a.SecondFactor:
			state = "no second factor"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Name, a.Kind, strings.Join(a.Roles, ","), a.Org, state, day(a.Used), day(a.Expires), a.ID, a.Title)
	}
	return w.Flush()
}

// note puts what was done into the audit log. While a server has that open, it does.
func (o *userOptions) note(ctx context.Context, store *accounts.Store) error {
	log, err := audit.Open(o.auditFolder(), audit.Options{})
	if errors.Is(err, audit.ErrUsed) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(drain(ctx, log, store), log.Close())
}

// expiry reads a day, or a number of days.
func expiry(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	var days int
	if n, err := fmt.Sscanf(text, "%dd", &days); n == 1 && err == nil && days > 0 && text == fmt.Sprintf("%dd", days) {
		return now.AddDate(0, 0, days), nil
	}
	t, err := time.ParseInLocation("2006-01-02", text, time.Local)
	if err != nil {
		return t, fmt.Errorf("--expires %q: write a day such as 2027-06-30, or days such as 90d", text)
	}
	return t, nil
}

func split(text string) (out []string) {
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, one)
		}
	}
	return out
}

// whoami is who uses the command line, for the audit log.
func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
