-- One text for SQLite and PostgreSQL: TEXT ids, BIGINT numbers and milliseconds, BYTEA sealed values.
-- Ids of rows are keyed hashes; every BYTEA value is sealed with its row's id, see store/seal.rs.

CREATE TABLE meta (
    name   TEXT PRIMARY KEY,
    at     BIGINT NOT NULL,
    sealed BYTEA
);

CREATE TABLE watch (
    id          TEXT PRIMARY KEY,
    person      TEXT NOT NULL,
    sealed      BYTEA NOT NULL,            -- its name
    pass        BIGINT NOT NULL DEFAULT 0, -- start of the pass under way, 0: none
    began_at    BIGINT NOT NULL DEFAULT 0, -- start of the last pass
    ended_at    BIGINT NOT NULL DEFAULT 0, -- end of the last whole pass; 0: the first is not over
    seen_at     BIGINT NOT NULL DEFAULT 0, -- one of its own pages could last be looked at
    known_since BIGINT NOT NULL,
    silent_told BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE page (
    id          TEXT PRIMARY KEY,
    person      TEXT NOT NULL,
    watch       TEXT NOT NULL,
    host        TEXT NOT NULL,             -- keyed hash
    sealed      BYTEA NOT NULL,            -- its address
    own         BIGINT NOT NULL,           -- 1: the owner wrote the address
    rank        BIGINT NOT NULL,           -- 0 own, 1 the next page of a row, 2 any other link
    depth       BIGINT NOT NULL,
    pass        BIGINT NOT NULL DEFAULT 0, -- the last pass that it was part of
    pending     BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    revisit     BIGINT NOT NULL DEFAULT 0, -- 1: part of the pass because a finding stands on it
    crashes     BIGINT NOT NULL DEFAULT 0, -- times the program died while it looked, in a row
    outcome     TEXT,                      -- of the last look: seen, unchanged, gone, failed
    seen_at     BIGINT NOT NULL DEFAULT 0,
    looked_with TEXT,                      -- keyed hash of persons, originals and recogniser
    facts       BYTEA                      -- validators, links, problems and counts of the last look
);
CREATE INDEX page_pending ON page (pending, crashes, rank, depth);
CREATE INDEX page_lease ON page (lease_until);
CREATE INDEX page_watch ON page (watch, pass);

CREATE TABLE picture (
    id         TEXT PRIMARY KEY,           -- keyed hash of the address
    body       TEXT,                       -- the body that it had
    checked_at BIGINT NOT NULL,
    sealed     BYTEA                       -- validators
);

CREATE TABLE body (
    id          TEXT PRIMARY KEY,          -- keyed hash of the bytes
    version     BIGINT NOT NULL,           -- of the fingerprint's format
    seen_at     BIGINT NOT NULL,
    sealed      BYTEA NOT NULL             -- fingerprint, or why there is none
);

CREATE TABLE original (
    id          TEXT PRIMARY KEY,          -- keyed hash of the file's bytes
    person      TEXT NOT NULL,
    version     BIGINT NOT NULL,
    added_at    BIGINT NOT NULL,
    sealed      BYTEA NOT NULL,            -- path, label, size and time of the file
    fingerprint BYTEA NOT NULL
);

CREATE TABLE finding (
    id           TEXT PRIMARY KEY,
    person       TEXT NOT NULL,
    watch        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    severity     BIGINT NOT NULL,
    told         BIGINT NOT NULL,          -- the highest severity that was put in an alert
    state        TEXT NOT NULL,            -- open, confirmed, dismissed
    gone         BIGINT NOT NULL DEFAULT 0, -- 1: was not there when last looked
    dismissed_as TEXT,
    first_seen   BIGINT NOT NULL,
    last_seen    BIGINT NOT NULL,
    new_at       BIGINT NOT NULL,
    returned_at  BIGINT NOT NULL DEFAULT 0,
    sealed       BYTEA NOT NULL
);

CREATE TABLE finding_page (
    finding TEXT NOT NULL,
    page    TEXT NOT NULL,
    misses  BIGINT NOT NULL DEFAULT 0,     -- looks in a row that did not show it
    PRIMARY KEY (finding, page)
);
CREATE INDEX finding_page_page ON finding_page (page);

CREATE TABLE notice (
    id         TEXT PRIMARY KEY,
    person     TEXT NOT NULL,
    watch      TEXT NOT NULL,
    finding    TEXT NOT NULL,
    cause      TEXT NOT NULL,              -- new, returned, risen
    held       BIGINT NOT NULL,            -- 1: waits for a summary
    standing   BIGINT NOT NULL,            -- 1: stood there at the watch's first pass
    created_at BIGINT NOT NULL,
    mail       TEXT
);
CREATE INDEX notice_mail ON notice (mail);

CREATE TABLE mail (
    id           TEXT PRIMARY KEY,
    person       TEXT NOT NULL,
    batch        TEXT NOT NULL,            -- mails of the same content, one for each recipient
    kind         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    tries        BIGINT NOT NULL DEFAULT 0,
    lease_until  BIGINT NOT NULL DEFAULT 0,
    delivered_at BIGINT,
    sealed       BYTEA NOT NULL
);
CREATE INDEX mail_due ON mail (delivered_at, due_at);
