-- Channels that a person reads anyway: papers posted there come to them as a note, not as a second copy. The tenant is that of both.
CREATE TABLE notes (
    personal TEXT NOT NULL,
    destination TEXT NOT NULL,
    tenant TEXT NOT NULL,
    noted_at TEXT NOT NULL,
    PRIMARY KEY (personal, destination)
) STRICT, WITHOUT ROWID;
