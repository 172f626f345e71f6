package postgis

const childEnv = "WARDMAP_POSTGIS_TEST_CHILD"

func child() int { return 0 }
