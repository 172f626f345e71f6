package api

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/fence"
)

// leastSecret is how many bytes a secret must have to sign with.
const leastSecret = 16

// subscribers is whom webhooks go to.
func (s *Server) subscribers(c echo.Context, known ...string) (Subscribers, map[string]string, error) {
	l, q, err := s.livePart(c, known...)
	if err != nil {
		return nil, nil, err
	}
	if l.Subscribers == nil {
		return nil, nil, refuse(notFound, "this server tells nobody by webhook")
	}
	return l.Subscribers, q, nil
}

// A receiver is a subscriber as it is shown: never with its secret.
type receiver struct {
	Name      string     `json:"name"`
	URL       string     `json:"url"`
	Kinds     []string   `json:"kinds"`
	Layers    []string   `json:"layers"`
	Classes   []string   `json:"classes"`
	Created   *time.Time `json:"created"`
	Produced  uint64     `json:"produced"`
	Delivered uint64     `json:"delivered"`
	Pending   uint64     `json:"pending"`
	Dead      uint64     `json:"dead"`
	Lost      uint64     `json:"lost"`
	Failures  int        `json:"failures"`
	Problem   string     `json:"problem,omitempty"`
	Next      *time.Time `json:"next,omitempty"`
}

func shownReceiver(st SubscriberStatus) receiver {
	r := receiver{
		Name: st.Name, URL: st.URL, Layers: append([]string{}, st.Layers...), Kinds: []string{}, Classes: []string{},
		Produced: st.Produced, Delivered: st.Delivered, Pending: st.Pending, Dead: st.Dead, Lost: st.Lost,
		Failures: st.Failures, Problem: st.Problem, Created: given(st.Created), Next: given(st.Next),
	}
	for k := fence.Enter; k <= fence.Emergency; k++ {
		if st.Kinds.Has(k) {
			r.Kinds = append(r.Kinds, k.String())
		}
	}
	for c := spatial.Officer; c <= spatial.Sensor; c++ {
		if st.Classes != 0 && st.Classes.Has(c) {
			r.Classes = append(r.Classes, c.String())
		}
	}
	return r
}

func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

func (s *Server) getSubscribers(c echo.Context) error {
	all, _, err := s.subscribers(c)
	if err != nil {
		return err
	}
	list, err := all.Status(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]receiver, len(list))
	for i, st := range list {
		out[i] = shownReceiver(st)
	}
	return sendLiveJSON(c, http.StatusOK, map[string]any{"subscribers": out})
}

func (s *Server) getSubscriber(c echo.Context) error {
	all, _, err := s.subscribers(c)
	if err != nil {
		return err
	}
	return sendSubscriber(c, http.StatusOK, all, param(c, "name"))
}

func sendSubscriber(c echo.Context, status int, all Subscribers, name string) error {
	list, err := all.Status(c.Request().Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(st SubscriberStatus) bool { return st.Name == name })
	if i < 0 {
		return refuse(notFound, "there is no subscriber %q; /subscribers lists them", clip(name))
	}
	return sendLiveJSON(c, status, shownReceiver(list[i]))
}

// postSubscriber adds a subscriber, or changes the one of that name, which goes on where it was.
func (s *Server) postSubscriber(c echo.Context) error {
	all, _, err := s.subscribers(c)
	if err != nil {
		return err
	}
	v, err := readBody(c, typeJSON)
	if err != nil {
		return err
	}
	sub, err := s.readSubscriber(v)
	if err != nil {
		return err
	}
	if err := all.Put(c.Request().Context(), sub); err != nil {
		return err
	}
	c.Response().Header().Set("Location", s.base(c.Request())+"/subscribers/"+sub.Name)
	return sendSubscriber(c, http.StatusCreated, all, sub.Name)
}

var subscriberName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (s *Server) readSubscriber(v any) (Subscriber, error) {
	var r reader
	obj := r.members("", v, "name", "url", "secret", "kinds", "layers", "classes")
	sub := Subscriber{
		Name: r.text("name", obj["name"]), URL: r.text("url", obj["url"]), Secret: r.text("secret", obj["secret"]),
		Kinds:   namesIn[fence.Kind, fence.KindSet](&r, "kinds", obj["kinds"], fence.ParseKind),
		Classes: namesIn[spatial.Class, spatial.ClassSet](&r, "classes", obj["classes"], spatial.ParseClass),
		Layers:  r.texts("layers", obj["layers"]),
	}
	if !subscriberName.MatchString(sub.Name) {
		r.wrong("name", "it must be 1 to 64 letters, digits, - and _")
	}
	if u, err := url.Parse(sub.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(sub.URL) > 2000 {
		r.wrong("url", "it must be an address that begins with http:// or https://, without user and password")
	}
	if len(sub.Secret) < leastSecret || len(sub.Secret) > 1000 {
		r.wrong("secret", "it must have at least %d bytes: deliveries are signed with it", leastSecret)
	}
	for i, id := range sub.Layers {
		if _, known := s.defs().Layer(id); !known {
			r.wrong(fmt.Sprintf("layers[%d]", i), "there is no layer %q", clip(id))
		}
	}
	if len(r.problems) > 0 {
		return sub, wrong(invalid, r.problems)
	}
	return sub, nil
}

func (s *Server) deleteSubscriber(c echo.Context) error {
	all, _, err := s.subscribers(c)
	if err != nil {
		return err
	}
	if err := all.Remove(c.Request().Context(), param(c, "name")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// getDead answers with what could not be delivered to a subscriber.
func (s *Server) getDead(c echo.Context) error {
	all, q, err := s.subscribers(c, "limit")
	if err != nil {
		return err
	}
	limit, err := whole(q, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	dead, err := all.Dead(c.Request().Context(), param(c, "name"), limit)
	if err != nil {
		return err
	}
	body := append([]byte(nil), `{"dead":[`...)
	for i, d := range dead {
		if i > 0 {
			body = append(body, ',', '\n')
		}
		body = appendString(append(body, `{"delivery":`...), d.Delivery)
		body = appendWhen(body, "died", d.Died)
		body = appendText(body, "why", d.Why)
		body = append(body, `,"events":[`...)
		for j, e := range d.Events {
			if j > 0 {
				body = append(body, ',')
			}
			body = e.AppendJSON(body)
		}
		body = append(body, ']', '}')
	}
	return sendLive(c, http.StatusOK, typeJSON, append(body, ']', '}'))
}

// postRetry sends what could not be delivered again.
func (s *Server) postRetry(c echo.Context) error {
	all, _, err := s.subscribers(c)
	if err != nil {
		return err
	}
	n, err := all.Retry(c.Request().Context(), param(c, "name"))
	if err != nil {
		return err
	}
	return sendLiveJSON(c, http.StatusOK, map[string]int{"retried": n})
}
