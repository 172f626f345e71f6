package importer

import "errors"

func openOSM(string, Options) (Source, error) { return nil, errors.New("not built yet") }
