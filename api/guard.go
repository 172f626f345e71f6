package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

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
	ID        string // of the account, key or device; "" is nobody
	Kind      string // person, client, device
	Name      string // to sign in with; of a device, its serial number
	Title     string // for people to read
	Roles     []string
	Org       string          // administrative code of his body, "" is the whole city
	Unit      string          // the unit that he is of, "" is none
	Cookie    bool            // a browser sent a cookie for him: pages of others may make it do so
	Ambient   bool            // nobody signed in: whoever reaches this address is he
	Demo      bool            // what he sees is the demo city
	Elsewhere bool            // he signs in with an identity provider, and has no password here
	Half      bool            // he has to set up a password or second factor of his own first
	Factor    bool            // the second factor is set up
	Changed   bool            // the password is one that he chose
	Until     time.Time       // when he has to sign in again, zero is never
	Gone      <-chan struct{} // closed when he may no more what he may; nil is never
	May       func(permission string) bool
	View      layers.View
	Proof     any // what the Guard knows him by: Accounts get it back
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
	Reason      string // of a refusal, in a word
	Status      int
	Count       int
}

// Permissions that no role gives: open is what everybody may, signed in or not, and self what everybody may who is
// signed in, be it with a password alone.
const (
	open = "open"
	self = "self"
)

// admit finds the server of who asks, or says why he is not let in. What he reads that is restricted is on record
// before he gets it; done is to be called with what became of it.
func (s *Server) admit(c echo.Context, i int, method string) (one *Server, done func(error), err error) {
	if s.Guard == nil {
		return s, nothing, nil
	}
	who, err := s.Guard.Who(c.Request())
	if err != nil && s.routes[i].need(method) == open {
		who, err = &Asker{May: no}, nil // a session that has ended must not keep anybody from signing in
	}
	if err != nil {
		return nil, nil, s.unbelieved(c, err)
	}
	c.Set(askerKey, who)
	if p := s.forged(c, who, method); p != nil {
		return nil, nil, s.refused(c, who, p)
	}
	need := s.routes[i].need(method)
	if need == open || method == http.MethodOptions {
		return s.as(who.View), nothing, nil
	}
	if who.ID == "" {
		return nil, nil, stranger(ErrStranger)
	}
	if p := s.lacks(c, who, i, need); p != nil {
		return nil, nil, s.refused(c, who, p)
	}
	one = s.as(who.View)
	done, err = one.record(c, i, method, who)
	return one, done, err
}

// lacks says what somebody lacks for a route: the permission, or patience.
func (s *Server) lacks(c echo.Context, who *Asker, i int, need string) *problem {
	path := s.routes[i].path
	if need != self && who.Half {
		return refuse(forbidden, "first choose a password of your own and set up the second factor, at /me")
	}
	if need != self && !who.May(need) && !(need == editFeatures && s.mayEdit(who, param(c, "layer"))) {
		return refuse(forbidden, "%s needs the permission %s, which none of the roles %s has", path, need, list(who.Roles))
	}
	if s.Pace != nil && !s.Pace(who, path) {
		p := refuse(tooMany, "ask less often")
		p.header = http.Header{"Retry-After": {"1"}}
		return p
	}
	return nil
}

// unbelieved puts on record that somebody showed what is not believed; of an address that does so all the time, now and
// then.
func (s *Server) unbelieved(c echo.Context, err error) error {
	refusal := stranger(err)
	p, known := refusal.(*problem) //nolint:errorlint // as stranger made it
	if !known || s.Pace != nil && !s.Pace(&Asker{ID: from(c), Kind: "address"}, c.Path()) {
		return refusal
	}
	return s.refused(c, &Asker{}, p)
}

const editFeatures = "edit.features"

// mayEdit tells whether somebody may change the features of a layer, or, without one, of any.
func (s *Server) mayEdit(who *Asker, layer string) bool {
	if who.May(editFeatures) {
		return true
	}
	may := func(l layers.Layer) bool { return l.Edits != "" && who.May(string(l.Edits)) }
	all := s.Catalogue()
	if layer == "" {
		return slices.ContainsFunc(all.Layers(), may)
	}
	l, known := all.Layer(layer)
	return known && may(l)
}

// mayApply refuses edits of layers that who asks may not change, all of them together.
func (s *Server) mayApply(c echo.Context, edits []layers.Edit) error {
	if s.Guard == nil {
		return nil
	}
	who := asker(c)
	for i, e := range edits {
		if !s.mayEdit(who, e.Layer) {
			return refuse(forbidden, "edit %d: features of the layer %s are changed with the permission %s; no edit was made", i+1, e.Layer, editFeatures)
		}
	}
	return nil
}

func nothing(error) {}

func no(string) bool { return false }

const askerKey = "asker"

// asker is who made the request; nobody where there is no Guard.
func asker(c echo.Context) *Asker {
	if who, ok := c.Get(askerKey).(*Asker); ok {
		return who
	}
	return &Asker{May: no}
}

// forged is why a request may be one that the page of another origin made a browser send.
func (s *Server) forged(c echo.Context, who *Asker, method string) *problem {
	r := c.Request()
	if safe(method) || !who.Cookie && !who.Ambient || sameOrigin(r, s.base(r)) {
		return nil
	}
	if who.Ambient && r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
		return nil // no browser
	}
	return refuse(badOrigin, "a page of another origin cannot act for somebody who is signed in here")
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

// from is the address that a request comes from: what the proxy says, where there is one.
func from(c echo.Context) string {
	if s, behind := c.Get(proxyKey).(string); behind {
		return s
	}
	host, _, err := net.SplitHostPort(c.Request().RemoteAddr)
	if err != nil {
		return c.Request().RemoteAddr
	}
	return host
}

func deed(c echo.Context, who *Asker, action string) Deed {
	return Deed{
		Actor: who.ID, Kind: who.Kind, Roles: who.Roles, Action: action, Route: c.Request().Method + " " + c.Path(), From: from(c),
		Layer: param(c, "layer"), ID: param(c, "id"), Purpose: clip(c.QueryParam("reason")), Case: clip(c.QueryParam("case")),
		Request: c.Response().Header().Get(echo.HeaderXRequestID),
	}
}

// record puts on record what must be there before it happens: every change, and every reading of what is restricted.
// done puts on record what became of it.
func (s *Server) record(c echo.Context, i int, method string, who *Asker) (done func(error), err error) {
	action := s.action(c, i, method)
	if s.Trail == nil || action == "" {
		return nothing, nil
	}
	d := deed(c, who, action)
	d.Outcome = "begun"
	if s.routes[i].tiles {
		return nothing, s.recordTiles(c, who, d)
	}
	if err := s.putOnRecord(c, d); err != nil {
		return nil, err
	}
	return func(err error) { s.recordEnd(c, d, err) }, nil
}

// putOnRecord refuses what cannot be put on record before it happens.
func (s *Server) putOnRecord(c echo.Context, d Deed) error {
	if err := s.Trail.Append(c.Request().Context(), d); err != nil {
		s.Log.Error("the audit log takes nothing, so nothing of it happens", "action", d.Action, "error", err)
		return refuse(unavailable, "it could not be put on record who asks, so nothing happens; tell the administrator")
	}
	return nil
}

// tilesFor is for how long one record says that somebody looks at tiles of layers: a map asks for hundreds.
const tilesFor = 10 * time.Minute

// recordTiles puts on record that somebody looks at tiles of restricted layers, unless a record of the last minutes
// says so.
func (s *Server) recordTiles(c echo.Context, who *Asker, d Deed) error {
	d.Layer, _, _ = strings.Cut(param(c, "layers"), ".")
	key := who.ID + " " + d.Layer
	if s.looks.since(key, tilesFor) {
		return nil
	}
	if err := s.putOnRecord(c, d); err != nil {
		return err
	}
	s.looks.note(key)
	return nil
}

// looks are which records are new enough to stand for what is asked next. They are safe for concurrent use.
type looks struct {
	mu sync.Mutex // guards all
	at map[string]time.Time
}

func (l *looks) since(key string, d time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.at[key]) < d
}

// mostLooks bounds what is remembered; who is forgotten is put on record once more.
const mostLooks = 10_000

func (l *looks) note(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil || len(l.at) >= mostLooks {
		l.at = map[string]time.Time{}
	}
	l.at[key] = time.Now()
}

// recordEnd puts on record what became of a deed. That it began is there already.
func (s *Server) recordEnd(c echo.Context, d Deed, err error) {
	d.Outcome, d.Status = "ok", c.Response().Status
	if err != nil {
		d.Outcome, d.Status = "failed", status(err).Status
	}
	d.Count, _ = c.Get(countKey).(int)
	if err := s.Trail.Append(context.WithoutCancel(c.Request().Context()), d); err != nil {
		s.Log.Error("what became of a deed is not on record", "error", err, "request_id", d.Request)
	}
}

const countKey = "count"

// action is what a request is in the audit log, "" when it need not be there.
func (s *Server) action(c echo.Context, i int, method string) string {
	switch r := &s.routes[i]; {
	case r.need(method) == self, r.need(method) == "safety.read", !safe(method) && r.write == "read.public" && !s.asksRestricted(c, r.wide), r.write == "report.positions", r.read == "report.positions":
		return "" // what people do to their own account and safety tracks put on record themselves; a question in a body; positions have a journal
	case !safe(method) && r.write == "read.public":
		return "read"
	case !safe(method) && r.write == "edit.features":
		return "edit"
	case !safe(method):
		return "admin"
	case r.read == "read.audit":
		return "read-log"
	case r.read == "read.track-history" || s.asksRestricted(c, r.wide):
		return "read"
	}
	return ""
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
