package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
)

// A Book reads the audit log. Implementations are safe for concurrent use.
type Book interface {
	// Read returns the newest entries first; next is BookQuery.Before of the page behind, 0 when there is none.
	Read(ctx context.Context, q BookQuery) (entries []Entry, next int64, err error)
	// State says what the last verification found.
	State() BookState
	// Verify reads the whole log and holds it against what was signed; State says what it found.
	Verify(ctx context.Context)
}

// An Entry is a deed as the log keeps it.
type Entry struct {
	Seq int64
	At  time.Time
	Deed
}

// A BookQuery chooses entries. Empty members choose all.
type BookQuery struct {
	Actor, Action, Layer, ID, Case, Outcome string
	From, To                                time.Time
	Before                                  int64
	Limit                                   int
}

// A BookState is what the last verification of the whole log found.
type BookState struct {
	Checked time.Time // when, zero is never
	Records int64     // that it read
	Bad     string    // the first one that is not as it was, "" is none
	Taking  bool      // the log takes records
}

// beijing is the time on the walls of the customer. China has one, without summer time.
var beijing = time.FixedZone("CST", 8*3600)

var auditParams = []string{"f", "actor", "action", "layer", "id", "case", "outcome", "from", "to", "before", "limit", "verify"}

// getAudit lists what is on record, the newest first.
func (s *Server) getAudit(c echo.Context) error {
	params, err := query(c, auditParams...)
	if err != nil {
		return err
	}
	if s.Book == nil {
		return refuse(notFound, "this server keeps no audit log")
	}
	how, err := form(c, params["f"], typeJSON, typeHTML)
	if err != nil {
		return err
	}
	q, err := bookQuery(params)
	if err != nil {
		return err
	}
	if params["verify"] == "now" {
		s.Book.Verify(c.Request().Context())
	}
	entries, next, err := s.Book.Read(c.Request().Context(), q)
	if err != nil {
		return err
	}
	c.Set(countKey, len(entries))
	c.Response().Header().Set("Cache-Control", "no-store")
	vary(c.Response().Header(), "Accept")
	if how == typeHTML {
		return s.sendForm(c, http.StatusOK, "audit", newAuditPage(s.Book.State(), params, entries, next))
	}
	return sendJSON(c, http.StatusOK, typeJSON, auditDocument(s.Book.State(), entries, next))
}

func bookQuery(params map[string]string) (q BookQuery, err error) {
	q = BookQuery{Actor: params["actor"], Action: params["action"], Layer: params["layer"], ID: params["id"], Case: params["case"], Outcome: params["outcome"], Limit: 100}
	for name, to := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		if text := params[name]; text != "" {
			if *to, err = dayOrTime(text); err != nil {
				return q, badValue(name, strconv.Quote(clip(text))+" is neither a day such as 2026-11-26 nor a time such as 2026-11-26T08:00:00Z")
			}
		}
	}
	if text := params["before"]; text != "" {
		if q.Before, err = strconv.ParseInt(text, 10, 64); err != nil || q.Before < 0 {
			return q, badValue("before", strconv.Quote(clip(text))+" is no number of a record")
		}
	}
	if text := params["limit"]; text != "" {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > 1000 {
			return q, badValue("limit", strconv.Quote(clip(text))+" is no number from 1 to 1000")
		}
	}
	return q, nil
}

// dayOrTime reads a day as it begins in China, or an instant.
func dayOrTime(text string) (time.Time, error) {
	if t, err := time.ParseInLocation("2006-01-02", text, beijing); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, text)
}

// entryDocument is an entry for programs.
type entryDocument struct {
	Seq     int64    `json:"seq"`
	Time    string   `json:"time"`
	Actor   string   `json:"actor"`
	Kind    string   `json:"kind,omitempty"`
	Roles   []string `json:"roles,omitempty"`
	Action  string   `json:"action"`
	Layer   string   `json:"layer,omitempty"`
	ID      string   `json:"id,omitempty"`
	Route   string   `json:"route,omitempty"`
	Purpose string   `json:"purpose,omitempty"`
	Case    string   `json:"case,omitempty"`
	From    string   `json:"from,omitempty"`
	Request string   `json:"request_id,omitempty"`
	Outcome string   `json:"outcome"`
	Reason  string   `json:"reason,omitempty"`
	Status  int      `json:"status,omitempty"`
	Count   int      `json:"count,omitempty"`
}

func auditDocument(st BookState, entries []Entry, next int64) any {
	all := make([]entryDocument, len(entries))
	for i, e := range entries {
		all[i] = entryDocument{e.Seq, e.At.UTC().Format("2006-01-02T15:04:05.000Z"), e.Actor, e.Kind, e.Roles, e.Action, e.Layer, e.ID, e.Route, e.Purpose, e.Case,
			e.From, e.Request, e.Outcome, e.Reason, e.Status, e.Count}
	}
	state := map[string]any{"taking": st.Taking, "records": st.Records, "intact": st.Bad == "" && !st.Checked.IsZero()}
	if !st.Checked.IsZero() {
		state["checked"] = st.Checked.UTC().Format(time.RFC3339)
	}
	if st.Bad != "" {
		state["bad"] = st.Bad
	}
	return map[string]any{"state": state, "records": all, "next": next}
}

// auditPage is what the page of the log shows.
type auditPage struct {
	State   BookState
	Checked string
	Params  map[string]string
	Rows    []auditRow
	Older   string // query of the page behind
	Actions []string
}

type auditRow struct {
	Entry
	Time string
}

func newAuditPage(st BookState, params map[string]string, entries []Entry, next int64) auditPage {
	p := auditPage{State: st, Params: params, Actions: []string{"sign-in", "sign-out", "refuse", "read", "edit", "export", "admin", "read-log", "clock", "start"}}
	if !st.Checked.IsZero() {
		p.Checked = st.Checked.In(beijing).Format("01-02 15:04:05")
	}
	for _, e := range entries {
		p.Rows = append(p.Rows, auditRow{e, e.At.In(beijing).Format("01-02 15:04:05")})
	}
	if next > 0 {
		p.Older = olderQuery(params, next)
	}
	return p
}

func olderQuery(params map[string]string, next int64) string {
	v := url.Values{"before": {strconv.FormatInt(next, 10)}}
	for name, value := range params {
		if name != "before" && name != "verify" && value != "" {
			v.Set(name, value)
		}
	}
	return "?" + v.Encode()
}
