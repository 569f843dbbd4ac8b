-- Which files of shared folders this log has taken in or written, so that a sync reads only what is new.
-- A file's name tells its content. covers: the places (seq) of its events here, as a JSON list of [first, last].
-- All of it may be deleted: the next sync reads everything again.

CREATE TABLE segment (
    name   TEXT PRIMARY KEY,
    size   INTEGER NOT NULL,
    covers TEXT NOT NULL
) STRICT, WITHOUT ROWID;
