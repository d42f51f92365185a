-- What comparing a found picture with the originals gave, so that a page that changed costs no comparison.
ALTER TABLE body ADD COLUMN looked_with TEXT; -- keyed hash of persons, originals and recogniser
ALTER TABLE body ADD COLUMN compared BYTEA;   -- sealed
-- So that the next page of one host is found without going through the others'.
CREATE INDEX page_host ON page (host, pending, crashes, rank, depth);
