package atlas

func (l *Layer) rankAll(others []entry) {}

func (l *Layer) rerank(c *change) {}
