package stream

// SyncsAlways tells whether the server inside the process syncs every write before it acknowledges.
func (s *Stream) SyncsAlways() bool { return s.node.server.JetStreamConfig().SyncAlways }
