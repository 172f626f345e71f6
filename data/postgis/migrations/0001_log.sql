-- The change log, the counter of versions, and the triggers of layer tables. {{postgis}} stands for the schema
-- that PostGIS is installed in. Names of our own start with "_", so that no layer can have them.

CREATE SEQUENCE wardmap._version AS bigint MINVALUE 0 START 0 CACHE 1;
SELECT nextval('wardmap._version'); -- from here on last_value is the greatest version ever given out

CREATE TABLE wardmap._changes (
    version bigint PRIMARY KEY,
    xid     xid8 NOT NULL,
    at      timestamptz NOT NULL,
    layer   text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    op      text NOT NULL CHECK (op IN ('create', 'replace', 'delete')),
    before  {{postgis}}.box3d,
    after   {{postgis}}.box3d
);
COMMENT ON TABLE wardmap._changes IS 'One row per change of a feature, written by triggers: what map servers follow';

CREATE TABLE wardmap._state (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    cut    bigint NOT NULL DEFAULT 0, -- changes up to this version were trimmed away
    pinged timestamptz
);
INSERT INTO wardmap._state DEFAULT VALUES;

-- Before the first version of a transaction is taken, the transaction marks the place where its versions begin
-- by a shared advisory lock, 0x5744 in the upper 16 bits and the counter in the others. The database drops it
-- after the transaction's rows became visible or void. So no version up to the smallest mark can still appear.
CREATE FUNCTION wardmap._mark() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me text := pg_current_xact_id()::text;
BEGIN
    IF current_setting('wardmap.writer', true) IS DISTINCT FROM me THEN
        PERFORM pg_advisory_xact_lock_shared((x'5744'::bigint << 48) | last_value) FROM wardmap._version;
        PERFORM set_config('wardmap.writer', me, true);
        IF current_setting('synchronous_commit') = 'off' THEN -- a follower must never have seen what a crash undoes
            PERFORM set_config('synchronous_commit', 'on', true);
        END IF;
    END IF;
END $$;

CREATE FUNCTION wardmap._before_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wardmap._mark();
    RETURN NULL;
END $$;

-- Fills in what only the store knows, and refuses what no map could show.
CREATE FUNCTION wardmap._before_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, {{postgis}}, pg_temp AS $$
DECLARE
    box  box3d;
    size double precision;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.id IS NULL OR NEW.id = '' THEN
            NEW.id := gen_random_uuid()::text;
        ELSIF octet_length(NEW.id) > 200 OR NEW.id ~ '[[:cntrl:]]' THEN
            RAISE EXCEPTION 'layer %: % is no id: use 1 to 200 bytes of printable text', TG_TABLE_NAME, left(quote_literal(NEW.id), 60)
                USING ERRCODE = 'check_violation', COLUMN = 'id';
        END IF;
    ELSIF NEW.id IS DISTINCT FROM OLD.id THEN
        RAISE EXCEPTION 'layer %: the id of feature % cannot change: delete the feature and create another', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'check_violation', COLUMN = 'id';
    END IF;
    box := Box3D(NEW.geom);
    IF box IS NULL OR ST_IsEmpty(NEW.geom) THEN
        RAISE EXCEPTION 'layer %: feature % has no geometry, or an empty one', TG_TABLE_NAME, NEW.id
            USING ERRCODE = 'check_violation', COLUMN = 'geom';
    END IF;
    IF NOT (ST_XMin(box) >= -180 AND ST_XMax(box) <= 180 AND ST_YMin(box) >= -90 AND ST_YMax(box) <= 90) THEN
        RAISE EXCEPTION 'layer %: feature % reaches from (% %) to (% %), outside of lon -180..180, lat -90..90: is it in another coordinate system? Use ST_Transform(…, 4326)',
            TG_TABLE_NAME, NEW.id, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
            USING ERRCODE = 'check_violation', COLUMN = 'geom';
    END IF;
    IF NOT GeometryType(NEW.geom) IN ('POINT', 'LINESTRING', 'POLYGON') THEN
        IF ST_HasArc(NEW.geom) OR GeometryType(NEW.geom) IN ('CIRCULARSTRING', 'COMPOUNDCURVE', 'CURVEPOLYGON', 'MULTICURVE', 'MULTISURFACE', 'TRIANGLE', 'TIN', 'POLYHEDRALSURFACE') THEN
            RAISE EXCEPTION 'layer %: feature % is a %, which maps cannot show: use ST_CurveToLine or ST_Dump', TG_TABLE_NAME, NEW.id, GeometryType(NEW.geom)
                USING ERRCODE = 'check_violation', COLUMN = 'geom';
        END IF;
    END IF;
    size := ST_Length(NEW.geom) + ST_Perimeter(NEW.geom);
    IF size = 'NaN' OR size = 'Infinity' THEN
        RAISE EXCEPTION 'layer %: feature % has a coordinate that is not finite', TG_TABLE_NAME, NEW.id
            USING ERRCODE = 'check_violation', COLUMN = 'geom';
    END IF;
    IF NEW.effective_from = '-infinity' THEN NEW.effective_from := NULL; END IF;
    IF NEW.effective_to = 'infinity' THEN NEW.effective_to := NULL; END IF;
    NEW.version := nextval('wardmap._version');
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION wardmap._inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, {{postgis}}, pg_temp SET enable_seqscan = off AS $$
DECLARE
    lowest bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows) THEN
        RETURN NULL;
    END IF;
    -- An insert that waited for another transaction's delete took its version too early.
    SELECT min(version) INTO lowest FROM new_rows;
    IF EXISTS (SELECT FROM wardmap._changes c JOIN new_rows n ON n.id = c.id
               WHERE c.version > lowest AND c.layer = TG_TABLE_NAME AND c.version > n.version) THEN
        RAISE EXCEPTION 'layer %: a feature was deleted and created by two at once: repeat the transaction', TG_TABLE_NAME
            USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO wardmap._changes (version, xid, at, layer, id, op, after)
    SELECT n.version, pg_current_xact_id(), n.updated_at, TG_TABLE_NAME, n.id, 'create', Box3D(n.geom) FROM new_rows n;
    PERFORM pg_notify('wardmap', TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE FUNCTION wardmap._updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, {{postgis}}, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows) THEN
        RETURN NULL;
    END IF;
    INSERT INTO wardmap._changes (version, xid, at, layer, id, op, before, after)
    SELECT n.version, pg_current_xact_id(), n.updated_at, TG_TABLE_NAME, n.id, 'replace', Box3D(o.geom), Box3D(n.geom)
    FROM new_rows n JOIN old_rows o USING (id);
    PERFORM pg_notify('wardmap', TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE FUNCTION wardmap._deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, {{postgis}}, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM old_rows) THEN
        RETURN NULL;
    END IF;
    INSERT INTO wardmap._changes (version, xid, at, layer, id, op, before)
    SELECT nextval('wardmap._version'), pg_current_xact_id(), clock_timestamp(), TG_TABLE_NAME, o.id, 'delete', Box3D(o.geom) FROM old_rows o;
    PERFORM pg_notify('wardmap', TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE FUNCTION wardmap._before_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, {{postgis}}, pg_temp AS $$
BEGIN
    PERFORM wardmap._mark();
    EXECUTE format($sql$
        INSERT INTO wardmap._changes (version, xid, at, layer, id, op, before)
        SELECT nextval('wardmap._version'), pg_current_xact_id(), clock_timestamp(), %1$L, id, 'delete', Box3D(geom) FROM wardmap.%1$I
    $sql$, TG_TABLE_NAME);
    PERFORM pg_notify('wardmap', TG_TABLE_NAME);
    RETURN NULL;
END $$;

-- Hangs the triggers on a layer's table.
CREATE FUNCTION wardmap._watch(layer text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($sql$
        CREATE TRIGGER _before_statement BEFORE INSERT OR UPDATE OR DELETE ON wardmap.%1$I
            FOR EACH STATEMENT EXECUTE FUNCTION wardmap._before_statement();
        CREATE TRIGGER _before_row BEFORE INSERT OR UPDATE ON wardmap.%1$I
            FOR EACH ROW EXECUTE FUNCTION wardmap._before_row();
        CREATE TRIGGER _inserted AFTER INSERT ON wardmap.%1$I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION wardmap._inserted();
        CREATE TRIGGER _updated AFTER UPDATE ON wardmap.%1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION wardmap._updated();
        CREATE TRIGGER _deleted AFTER DELETE ON wardmap.%1$I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION wardmap._deleted();
        CREATE TRIGGER _before_truncate BEFORE TRUNCATE ON wardmap.%1$I
            FOR EACH STATEMENT EXECUTE FUNCTION wardmap._before_truncate();
    $sql$, layer);
END $$;
