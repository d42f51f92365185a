-- So that pruning finds what is old without going through everything.
CREATE INDEX picture_checked ON picture (checked_at);
CREATE INDEX picture_body ON picture (body);
CREATE INDEX body_seen ON body (seen_at, id);
