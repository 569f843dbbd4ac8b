-- Notes and exercises are few among a million answers; these find them without reading the answers.
-- SQLite uses a partial index only where the query repeats its condition.

CREATE INDEX event_note ON event (kind, seq) WHERE kind <> 'attempt';
CREATE INDEX event_exercise ON event (at, seq) WHERE mode = 'exercise';
