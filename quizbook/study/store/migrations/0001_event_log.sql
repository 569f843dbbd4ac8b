-- The append-only log of what learners did. Attempts have typed columns, every other kind keeps its content in `body`.
-- Times are UTC in one fixed width ("2026-11-24T06:22:00.000000Z"), so that text order is time order.
-- A number that no column can hold (an integer beyond 64 bits, NaN, infinity) lies under the column's name in `body`.

CREATE TABLE event (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL CHECK (kind IN ('attempt', 'retraction', 'regrade', 'flag', 'setting')),
    at         TEXT NOT NULL,
    utc_offset INTEGER NOT NULL,
    device     TEXT NOT NULL,
    version    TEXT NOT NULL,
    item       TEXT,
    about      TEXT,
    text_hash  TEXT,
    key_hash   TEXT,
    response   TEXT,
    parts      TEXT,
    score      REAL,
    seed       INTEGER,
    mode       TEXT,
    confidence TEXT,
    hints      INTEGER,
    seconds    REAL,
    body       TEXT,
    CHECK (
        kind <> 'attempt'
        OR (item IS NOT NULL AND text_hash IS NOT NULL AND key_hash IS NOT NULL
            AND response IS NOT NULL AND parts IS NOT NULL AND mode IS NOT NULL)
    )
) STRICT;

CREATE INDEX event_item_at ON event (item, at);
CREATE INDEX event_at ON event (at);

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'the event log is append-only');
END;

CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'the event log is append-only');
END;

-- INSERT OR REPLACE would delete the old row without asking the trigger above.
CREATE TRIGGER event_is_never_replaced BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id OR seq = NEW.seq)
BEGIN
    SELECT RAISE(ABORT, 'this event is in the log already');
END;

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A stable random name of this installation.
INSERT INTO meta (name, value) VALUES ('device', lower(hex(randomblob(16))));
