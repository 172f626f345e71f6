package api

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// byOrigin is a header value that every answer shares. It is never changed.
var byOrigin = []string{"Origin"}

const (
	readMethods = "GET, HEAD, OPTIONS"
	allMethods  = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
)

// cors tells a browser what a page of another origin may do: those of the configuration everything, those that
// this machine serves (another map client under development, say) read, and the rest nothing.
func (s *Server) cors(r *http.Request, origin string, h http.Header) {
	methods := s.methodsFor(origin)
	if methods == "" {
		return
	}
	asked := r.Header.Get("Access-Control-Request-Method")
	if methods == readMethods && asked != "" && asked != http.MethodGet && asked != http.MethodHead {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "ETag, Location, Allow, X-Request-Id")
	if r.Method == http.MethodOptions && asked != "" {
		h.Set("Access-Control-Allow-Methods", methods)
		h.Set("Access-Control-Allow-Headers", "Content-Type, If-Match, If-None-Match, Last-Event-ID, X-Request-Id")
		h.Set("Access-Control-Max-Age", "600")
	}
}

// methodsFor are the methods that pages of another origin may use, "" for none.
func (s *Server) methodsFor(origin string) string {
	switch {
	case slices.Contains(s.Origins, "*") || slices.Contains(s.Origins, origin):
		return allMethods
	case ofThisMachine(origin):
		return readMethods
	}
	return ""
}

// ofThisMachine tells whether an origin, written as browsers write it, is a server on a loopback address.
func ofThisMachine(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != origin {
		return false
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}
