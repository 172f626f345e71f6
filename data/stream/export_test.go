package stream

// SyncsAlways tells whether the server inside the process syncs every write before it acknowledges.
func (s *Stream) SyncsAlways() bool { return s.node.server.JetStreamConfig().SyncAlways }

// Stop ends the server as a crash would, for what is noted as it is closed.
func (s *Stream) Stop() {
	s.conn.Close()
	s.node.server.Shutdown()
	s.node.server.WaitForShutdown()
	_ = s.node.lock.Close()
}
