package live

type world struct{ o Options }

func newWorld(o Options) *world { return &world{o} }
