package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/data/accounts"
	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/access"
)

// A gate says who asks: the accounts where there are some; else, on this machine alone, whoever reaches the address.
type gate struct {
	store   *accounts.Store // nil when nobody signs in
	ambient *api.Asker      // who it is then
}

// openGate opens the accounts of a data folder. With accounts everybody signs in; without any, serving this machine
// alone, everybody at it is let in: as the demo dispatcher, or as one who may do all but read restricted data.
func openGate(ctx context.Context, c config) (*gate, error) {
	roles, err := loadRoles(c.Data)
	if err != nil {
		return nil, err
	}
	path := c.accountsFile()
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && !c.SignIn {
		return ambientGate(c, roles)
	}
	store, err := accounts.Open(ctx, path, accounts.Options{Roles: roles, Idle: c.Idle, Absolute: c.Session, Log: logger(c.Verbose)})
	if err != nil {
		return nil, err
	}
	all, err := store.List(ctx)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("nobody has an account in %s: make one with 'wardmap user add NAME --role administrator --data %s'", path, c.Data)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &gate{store: store}, nil
}

func loadRoles(folder string) (*access.Roles, error) {
	path := filepath.Join(folder, "roles.yaml")
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return access.Default(), nil
	}
	if err != nil {
		return nil, err
	}
	roles, err := access.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return roles, nil
}

// ambientGate lets in whoever reaches an address of this machine.
func ambientGate(c config, roles *access.Roles) (*gate, error) {
	if !c.loopback() {
		return nil, fmt.Errorf("--listen %s: other machines reach this address, and nobody has to sign in: make an account with 'wardmap user add NAME --role administrator --data %s'", c.Listen, c.Data)
	}
	if !c.Demo {
		var may []access.Permission
		for _, p := range access.Permissions {
			if p != access.ReadRestricted && p != access.ReadAudit {
				may = append(may, p)
			}
		}
		return &gate{ambient: ambient("local", "本机 this machine", nil, access.Of(may...), false)}, nil
	}
	ids := []string{"dispatcher", "gis-editor"}
	rights, err := roles.Combine(access.Person, ids)
	if err != nil {
		return nil, fmt.Errorf("the demo dispatcher: %w", err)
	}
	rights = access.Of(append(rights.List(), access.ReportPositions, access.ReadHistory)...) // so that the simulator and the tour go on
	return &gate{ambient: ambient("demo-dispatcher", "演示调度员 Demo dispatcher", ids, rights, true)}, nil
}

func ambient(id, title string, roles []string, rights access.Rights, demo bool) *api.Asker {
	return &api.Asker{
		ID: id, Kind: "person", Name: id, Title: title, Roles: roles, Ambient: true, Demo: demo, Changed: true,
		May: func(p string) bool { return rights.May(access.Permission(p)) }, View: layers.View{Level: rights.Level(), Live: rights.May(access.ReadLive)},
	}
}

func (g *gate) close() error {
	if g.store == nil {
		return nil
	}
	return g.store.Close()
}

// Who is who makes a request.
func (g *gate) Who(r *http.Request) (*api.Asker, error) {
	if g.store == nil {
		return g.atThisMachine(r)
	}
	token, cookie := api.Presented(r)
	if token == "" {
		return nobody, nil
	}
	ask := g.store.Token
	if r.Header.Get("X-Wardmap-Idle") != "" { // the page says that nobody sits before it
		ask = g.store.Peek
	}
	p, err := ask(r.Context(), token)
	if err != nil {
		return nil, stranger(err)
	}
	return asker(p, cookie), nil
}

// nobody is somebody who has not said who he is. He sees nothing but what needs no permission.
var nobody = &api.Asker{May: func(string) bool { return false }, View: layers.View{Level: layers.Public}}

// atThisMachine lets in who asks for this machine by a name of its own: the page of another, whose name somebody points
// to this machine, does not.
func (g *gate) atThisMachine(r *http.Request) (*api.Asker, error) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%w: %q is no name of this machine, so nobody is let in by it", api.ErrStranger, r.Host)
	}
	return g.ambient, nil
}

// stranger is an error of the accounts as HTTP knows it.
func stranger(err error) error {
	if errors.Is(err, accounts.ErrToken) || errors.Is(err, accounts.ErrExpired) {
		return fmt.Errorf("%w: %w", api.ErrStranger, err)
	}
	return err
}

// asker is a principal as HTTP knows him.
func asker(p *accounts.Principal, cookie bool) *api.Asker {
	until := p.Until
	if until.IsZero() || !p.Expires.IsZero() && p.Expires.Before(until) {
		until = p.Expires
	}
	return &api.Asker{
		ID: p.ID, Kind: string(p.Kind), Name: p.Name, Title: p.Title, Roles: p.Roles, Org: p.Org, Unit: p.Unit,
		Cookie: cookie, Elsewhere: p.Elsewhere, Half: p.Half, Factor: p.SecondFactor, Changed: !p.MustChange, Until: until, Gone: p.Gone,
		May:   func(permission string) bool { return p.Rights.May(access.Permission(permission)) },
		View:  layers.View{Level: p.Rights.Level(), Org: p.Org, Live: p.Rights.May(access.ReadLive)},
		Proof: p,
	}
}

// people lets people sign in.
type people struct{ store *accounts.Store }

func (a people) SignIn(ctx context.Context, name, password, code string) (string, *api.Asker, error) {
	token, p, err := a.store.SignIn(ctx, name, password, code)
	if err != nil {
		known, lookErr := a.store.Find(ctx, access.Person, strings.ToLower(strings.TrimSpace(name)))
		if lookErr != nil {
			return "", nil, failure(err)
		}
		return "", &api.Asker{ID: known.ID, Kind: string(known.Kind), Roles: known.Roles}, failure(err)
	}
	return token, asker(p, true), nil
}

func (a people) SignOut(ctx context.Context, who *api.Asker) error {
	return a.store.SignOut(ctx, who.Proof.(*accounts.Principal))
}

func (a people) ChangePassword(ctx context.Context, who *api.Asker, old, chosen string) error {
	return failure(a.store.ChangePassword(ctx, who.Proof.(*accounts.Principal), old, chosen))
}

func (a people) NewSeed(ctx context.Context, who *api.Asker) (seed, uri string, err error) {
	seed, uri, err = a.store.NewSeed(ctx, who.Proof.(*accounts.Principal))
	return seed, uri, failure(err)
}

func (a people) ConfirmSeed(ctx context.Context, who *api.Asker, code string) error {
	return failure(a.store.ConfirmSeed(ctx, who.Proof.(*accounts.Principal), code))
}

// failure is an error of the accounts as the pages know it.
func failure(err error) error {
	switch {
	case errors.Is(err, accounts.ErrWrong):
		return api.ErrWrong
	case errors.Is(err, accounts.ErrLocked):
		return api.ErrLocked
	case errors.Is(err, accounts.ErrInvalid):
		return fmt.Errorf("%w: %w", layers.ErrInvalid, err)
	}
	return err
}
