package api

// liveTable is the routes of what moves.
func (s *Server) liveTable() []route {
	return []route{
		{path: "/positions", read: "report.positions", write: "report.positions", post: s.postPositions},
		{path: "/positions/stream", long: true, read: "report.positions", get: s.getPositionStream},

		{path: "/units", read: "read.live", get: s.getUnits},
		{path: "/units/nearest", read: "read.nearest", get: s.getNearest},
		{path: "/units/recommended", read: "read.nearest", get: s.getRecommended},
		{path: "/units/:id", read: "read.live", get: s.getUnit},
		{path: "/units/:id/state", write: "dispatch", put: s.putUnitState},
		{path: "/units/:id/track", read: "read.track-history", get: s.getTrack},
		{path: "/units/:id/duty", read: "read.track-history", get: s.getDuty},

		{path: "/fences", wide: true, read: "read.public", get: s.getFences},
		{path: "/fences/contains", wide: true, read: "read.public", get: s.getContains},
		{path: "/fences/match", wide: true, write: "read.public", post: s.postMatch},

		{path: "/alerts", wide: true, read: "read.live", get: s.getAlerts},
		{path: "/alerts/stream", long: true, wide: true, read: "read.live", get: s.getAlertStream},
		{path: "/alerts/log", wide: true, read: "read.live", get: s.getAlertLog},
		{path: "/subscribers", read: "admin.system", write: "admin.system", get: s.getSubscribers, post: s.postSubscriber},
		{path: "/subscribers/:name", read: "admin.system", write: "admin.system", get: s.getSubscriber, delete: s.deleteSubscriber},
		{path: "/subscribers/:name/dead", read: "admin.system", write: "admin.system", get: s.getDead},
		{path: "/subscribers/:name/retry", read: "admin.system", write: "admin.system", post: s.postRetry},

		{path: "/live", long: true, read: "read.live", get: s.getLive},
		{path: "/live/counts", read: "read.live", get: s.getLiveCounts},

		{path: "/route", read: "read.public", get: s.getRoute},
		{path: "/reach", read: "read.public", get: s.getReach},
		{path: "/cordon", read: "dispatch", get: s.getCordon},
		{path: "/matrix", write: "read.public", post: s.postMatrix},
		{path: "/roads/:id/closure", read: "read.public", write: "dispatch", get: s.getClosure, put: s.putClosure, delete: s.deleteClosure},
	}
}
