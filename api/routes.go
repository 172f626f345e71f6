package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// table is all routes, those of liveTable among them. HEAD comes with GET, and OPTIONS with everything.
func (s *Server) table() []route {
	list := []route{
		{path: "/", read: open, get: s.home},
		{path: "/api", read: open, get: s.getAPI},
		{path: "/api.html", read: open, get: s.getAPIPage},
		{path: "/conformance", read: "read.public", get: s.getConformance},

		{path: "/collections", read: "read.public", get: s.getCollections},
		{path: "/collections/:layer", read: "read.public", get: s.getCollection},
		{path: "/collections/:layer/schema", read: "read.public", get: s.getSchema},
		{path: "/collections/:layer/queryables", read: "read.public", get: s.getQueryables},
		{path: "/collections/:layer/findings", read: "read.public", get: s.getFindings},
		{path: "/collections/:layer/uptime", read: "read.public", get: s.getUptime},
		{path: "/collections/:layer/items", read: "read.public", write: "edit.features", get: s.getItems, post: s.postItem},
		{path: "/collections/:layer/items/:id", read: "read.public", write: "edit.features", get: s.getItem, put: s.putItem, patch: s.patchItem, delete: s.deleteItem},
		{path: "/collections/:layer/counts", read: "read.public", get: s.getCounts},
		{path: "/edits", write: "edit.features", post: s.postEdits},

		{path: "/layers", read: "read.public", get: s.getLayers},
		{path: "/layers/:layer", read: "read.public", get: s.getLayer},
		{path: "/style.json", read: "read.public", get: s.getStyle},
		{path: "/tiles/:layers", read: "read.public", get: s.getTileJSON},
		{path: "/tiles/:layers/:z/:x/:y", read: "read.public", tiles: true, get: s.getTile},
		{path: "/scenes", read: "read.public", get: s.getScenes},
		{path: "/scenes/:layers/tileset.json", read: "read.public", tiles: true, get: s.getTileset},
		{path: "/scenes/:layers/plain/tileset.json", read: "read.public", tiles: true, get: s.getPlainTileset},
		{path: "/scenes/:layers/implicit/tileset.json", read: "read.public", tiles: true, get: s.getImplicitTileset},
		{path: "/scenes/:layers/:z/:x/:y", read: "read.public", tiles: true, get: s.getSceneTile},
		{path: "/scenes/:layers/plain/:z/:x/:y", read: "read.public", tiles: true, get: s.getPlainSceneTile},
		{path: "/scenes/:layers/implicit/:root/:level/:x/:y", read: "read.public", tiles: true, get: s.getImplicitTile},
		{path: "/scenes/:layers/sight", read: "read.public", get: s.getSight},
		{path: "/scenes/:layers/viewshed", read: "read.public", get: s.getViewshed},
		{path: "/scenes/:layers/overlook", read: "read.public", get: s.getOverlook},
		{path: "/scenes/:layers/watching", read: "read.public", get: s.getWatching},
		{path: "/search", read: "read.public", wide: true, get: s.getSearch},
		{path: "/events", read: "read.public", long: true, get: s.getEvents},

		{path: "/sign-in", read: open, write: open, get: s.getSignIn, post: s.postSignIn},
		{path: "/sign-in/elsewhere", read: open, get: s.getSignInElsewhere},
		{path: "/sign-in/back", read: open, get: s.getSignInBack},
		{path: "/sign-out", write: open, post: s.postSignOut},
		{path: "/me", read: self, get: s.getMe},
		{path: "/me/password", write: self, post: s.postPassword},
		{path: "/me/second-factor", write: self, post: s.postSecondFactor},
		{path: "/safety-tracks", write: "safety.request", post: s.postSafetyTrack},
		{path: "/safety-tracks/:id", read: "safety.read", get: s.getSafetyTrack},
		{path: "/safety-tracks/:id/approval", write: "safety.approve", post: s.postSafetyApproval},
		{path: "/safety-tracks/:id/renewal", write: "safety.approve", post: s.postSafetyRenewal},
		{path: "/safety-tracks/:id/withdrawal", write: "safety.request", post: s.postSafetyWithdrawal},
		{path: "/sources", read: "read.internal", get: s.getSources},
		{path: "/sources/:name", read: "read.internal", get: s.getSource},
		{path: "/sources/:name/run", write: "admin.system", post: s.postSourceRun},
		{path: "/sources/:name/quarantine", wide: true, read: "edit.features", get: s.getQuarantine},
		{path: "/sources/:name/quarantine/:id", write: "edit.features", put: s.putQuarantined},
		{path: "/sources/:name/replay", write: "edit.features", post: s.postSourceReplay},
		{path: "/audit", read: "read.audit", get: s.getAudit},

		{path: "/healthz", read: open, get: s.getHealth},
		{path: "/readyz", read: open, get: s.getReady},
		{path: "/assets/*", read: open, get: s.getAsset},
	}
	list = append(list, s.liveTable()...)
	for _, path := range s.rootFiles() {
		list = append(list, route{path: path, read: open, get: s.getAsset})
	}
	return list
}

// A route is one path, in echo's form, what it does, and which permission it needs: to read (GET and HEAD) and to write
// (all other methods). What needs none says open: a route that says nothing is refused by New.
type route struct {
	path                          string
	read, write                   string
	wide                          bool // the answer may tell of any layer
	tiles                         bool // it is asked by the hundred
	long                          bool // the answer goes on until somebody ends it
	get, post, put, patch, delete echo.HandlerFunc
	handlers                      map[string]echo.HandlerFunc // by method; set by newView
}

func (r route) byMethod() map[string]echo.HandlerFunc {
	all := map[string]echo.HandlerFunc{
		http.MethodGet: r.get, http.MethodHead: r.get, http.MethodPost: r.post, http.MethodPut: r.put,
		http.MethodPatch: r.patch, http.MethodDelete: r.delete,
	}
	for method, h := range all {
		if h == nil {
			delete(all, method)
		}
	}
	return all
}

// allow lists the methods for the Allow header; reading only those that change nothing.
func (r route) allow(readOnly bool) string {
	var list []string
	for method := range r.handlers {
		if !readOnly || method == http.MethodGet || method == http.MethodHead {
			list = append(list, method)
		}
	}
	slices.Sort(list)
	return strings.Join(append(list, http.MethodOptions), ", ")
}

func (s *Server) register(i int) {
	r := s.routes[i]
	for method := range r.handlers {
		s.echo.Add(method, r.path, s.handle(i, method))
	}
	s.echo.OPTIONS(r.path, func(c echo.Context) error {
		one, _, err := s.admit(c, i, http.MethodOptions)
		if err != nil {
			return err
		}
		readOnly := false
		if c.Param("layer") != "" {
			l, err := one.layer(c)
			if err != nil {
				return err
			}
			readOnly = !l.IsManaged()
		}
		c.Response().Header().Set(echo.HeaderAllow, r.allow(readOnly))
		return c.NoContent(http.StatusNoContent)
	})
}
