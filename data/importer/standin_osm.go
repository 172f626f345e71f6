package importer

func openOSM(string, Options) (Source, error) { return nil, errStandin }
