package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
)

// A Guard knows who asks. Implementations are safe for concurrent use.
type Guard interface {
	// Who is who makes a request: nobody (an Asker without ID) when it says nothing of it. What it says and is not
	// believed is ErrStranger, with the reason for people; too many attempts are ErrLocked.
	Who(r *http.Request) (*Asker, error)
}

// Errors of a Guard.
var (
	ErrStranger = errors.New("you are not signed in")
	ErrLocked   = errors.New("too many attempts")
)

// An Asker is somebody who asks. It is not changed after it was made.
type Asker struct {
	ID     string // of the account, key or device; "" is nobody
	Kind   string // person, client, device
	Name   string // for people to read
	Roles  []string
	Org    string // administrative code of his body, "" is the whole city
	Cookie bool   // a browser sent a cookie for him: pages of others may make it do so
	May    func(permission string) bool
	View   layers.View
}

// A Trail keeps who did what. Append returns when the deeds are durable, or an error; then what they are about must
// not happen. Implementations are safe for concurrent use.
type Trail interface {
	Append(ctx context.Context, deeds ...Deed) error
}

// A Deed is what somebody did or was refused. It names neither people nor places.
type Deed struct {
	Actor, Kind string // the Asker's ID and Kind
	Roles       []string
	Action      string // read, edit, export, refuse, admin
	Layer, ID   string // what it is about, as far as it is one thing
	Route       string // method and path with names in it
	Purpose     string
	Case        string
	From        string // network address
	Request     string
	Outcome     string // begun, ok, refused, failed
	Status      int
	Count       int
}

// open stands for the permission that everybody has, signed in or not.
const open = "open"

// admit finds the server of who asks, or says why he is not let in. What he reads that is restricted is on record
// before he gets it.
func (s *Server) admit(c echo.Context, i int, method string) (*Server, error) {
	if s.Guard == nil {
		return s, nil
	}
	who, err := s.Guard.Who(c.Request())
	if err != nil {
		return nil, stranger(err)
	}
	need := s.routes[i].need(method)
	if need == open || method == http.MethodOptions {
		return s.as(who.View), nil
	}
	if who.ID == "" {
		return nil, stranger(ErrStranger)
	}
	if !who.May(need) {
		return nil, s.refused(c, who, refuse(forbidden, "%s needs the permission %s, which none of the roles %s has", s.routes[i].path, need, list(who.Roles)))
	}
	if who.Cookie && !safe(method) && !sameOrigin(c.Request(), s.base(c.Request())) {
		return nil, s.refused(c, who, refuse(badOrigin, "a page of another origin cannot act for somebody who is signed in here"))
	}
	if s.Pace != nil && !s.Pace(who.ID, s.routes[i].path) {
		p := refuse(tooMany, "ask less often")
		p.header = http.Header{"Retry-After": {"1"}}
		return nil, s.refused(c, who, p)
	}
	one := s.as(who.View)
	return one, one.record(c, i, method, who)
}

func stranger(err error) error {
	if errors.Is(err, ErrLocked) {
		p := refuse(tooMany, "%v; try again later", err)
		p.header = http.Header{"Retry-After": {"900"}}
		return p
	}
	if !errors.Is(err, ErrStranger) {
		return err
	}
	p := refuse(unauthorised, "%v: sign in at /sign-in, or send a token as Authorization: Bearer …", err)
	p.header = http.Header{"WWW-Authenticate": {`Bearer realm="wardmap"`}}
	return p
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// sameOrigin tells whether a request that a browser made comes from a page of this server. Old browsers say nothing
// but Origin, and programs send neither: they have no cookie.
func sameOrigin(r *http.Request, base string) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	return r.Header.Get("Origin") == base
}

// refused puts a refusal on record, and returns it.
func (s *Server) refused(c echo.Context, who *Asker, p *problem) error {
	if s.Trail == nil {
		return p
	}
	d := deed(c, who, "refuse")
	d.Outcome, d.Status = "refused", p.Status
	if err := s.Trail.Append(c.Request().Context(), d); err != nil {
		s.Log.Error("a refusal is not on record", "error", err)
	}
	return p
}

func deed(c echo.Context, who *Asker, action string) Deed {
	host, _, err := net.SplitHostPort(c.Request().RemoteAddr)
	if err != nil {
		host = c.Request().RemoteAddr
	}
	return Deed{
		Actor: who.ID, Kind: who.Kind, Roles: who.Roles, Action: action, Route: c.Request().Method + " " + c.Path(), From: host,
		Layer: param(c, "layer"), ID: param(c, "id"), Purpose: clip(c.QueryParam("reason")),
		Request: c.Response().Header().Get(echo.HeaderXRequestID),
	}
}

// record puts on record what must be there before it happens: every change, and every reading of what is restricted.
func (s *Server) record(c echo.Context, i int, method string, who *Asker) error {
	if s.Trail == nil {
		return nil
	}
	action := ""
	switch r := &s.routes[i]; {
	case !safe(method) && r.write == "read.public" && !s.asksRestricted(c, r.wide), r.write == "report.positions", r.read == "report.positions":
		return nil // a question in a body; positions have a journal of their own
	case !safe(method) && r.write == "read.public":
		action = "read"
	case !safe(method) && r.write == "edit.features":
		action = "edit"
	case !safe(method):
		action = "admin"
	case r.read == "read.track-history" || s.asksRestricted(c, r.wide):
		action = "read"
	default:
		return nil
	}
	d := deed(c, who, action)
	d.Outcome = "begun"
	if err := s.Trail.Append(c.Request().Context(), d); err != nil {
		s.Log.Error("the audit log takes nothing: restricted data is not given and nothing is changed", "error", err)
		return refuse(unavailable, "it could not be put on record who asks, so nothing happens; tell the administrator")
	}
	return nil
}

// asksRestricted tells whether a request names a layer of which the view may see something that is restricted.
func (s *Server) asksRestricted(c echo.Context, wide bool) bool {
	if s.view.Level != layers.Restricted {
		return false
	}
	all := s.Catalogue()
	if wide {
		return slices.ContainsFunc(all.Layers(), func(l layers.Layer) bool { return restricts(&l, false) })
	}
	if id := param(c, "layer"); id != "" {
		l, known := all.Layer(id)
		return known && restricts(&l, false)
	}
	names, tiles := strings.CutSuffix(param(c, "layers"), ".json")
	return !tiles && names != "" && slices.ContainsFunc(strings.Split(names, ","), func(id string) bool {
		l, known := all.Layer(id)
		return known && restricts(&l, true)
	})
}

// restricts tells whether something of a layer is restricted; on tiles there are no restricted properties.
func restricts(l *layers.Layer, onTiles bool) bool {
	return l.Sensitivity == layers.Restricted || l.Labelled != "" || !onTiles && slices.ContainsFunc(l.Properties, func(p layers.Property) bool {
		return p.Sensitivity == layers.Restricted
	})
}

// need is the permission that a method of the route needs.
func (r *route) need(method string) string {
	if safe(method) && r.get != nil {
		return r.read
	}
	return r.write
}

// checkNeeds tells of a route that does not say what it needs.
func checkNeeds(routes []route) error {
	for _, r := range routes {
		writes := r.post != nil || r.put != nil || r.patch != nil || r.delete != nil
		if r.get != nil && r.read == "" || writes && r.write == "" {
			return fmt.Errorf("api: the route %s does not say which permission it needs", r.path)
		}
	}
	return nil
}
