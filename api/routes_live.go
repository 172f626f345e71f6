package api

// liveTable is the routes of what moves.
func (s *Server) liveTable() []route {
	return []route{
		{path: "/positions", post: s.postPositions},
		{path: "/positions/stream", get: s.getPositionStream},

		{path: "/units", get: s.getUnits},
		{path: "/units/nearest", get: s.getNearest},
		{path: "/units/:id", get: s.getUnit},
		{path: "/units/:id/state", put: s.putUnitState},
		{path: "/units/:id/track", get: s.getTrack},

		{path: "/fences", get: s.getFences},
		{path: "/fences/contains", get: s.getContains},
		{path: "/fences/match", post: s.postMatch},

		{path: "/alerts", get: s.getAlerts},
		{path: "/alerts/stream", get: s.getAlertStream},
		{path: "/alerts/log", get: s.getAlertLog},
		{path: "/subscribers", get: s.getSubscribers, post: s.postSubscriber},
		{path: "/subscribers/:name", get: s.getSubscriber, delete: s.deleteSubscriber},
		{path: "/subscribers/:name/dead", get: s.getDead},
		{path: "/subscribers/:name/retry", post: s.postRetry},

		{path: "/live", get: s.getLive},
		{path: "/live/counts", get: s.getLiveCounts},

		{path: "/route", get: s.getRoute},
		{path: "/reach", get: s.getReach},
		{path: "/matrix", post: s.postMatrix},
		{path: "/roads/:id/closure", get: s.getClosure, put: s.putClosure, delete: s.deleteClosure},
	}
}
