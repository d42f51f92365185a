-- So that a thread is looked at where it grows, and a budget is spent on what changes most.
ALTER TABLE page ADD COLUMN thread TEXT;                      -- keyed hash of the thread's address
ALTER TABLE page ADD COLUMN tail BIGINT NOT NULL DEFAULT 0;   -- 1: when last looked at it was the last page of its row
ALTER TABLE page ADD COLUMN rate BIGINT NOT NULL DEFAULT 500; -- of a thousand looks, how many showed a change; the last count most
CREATE INDEX page_thread ON page (watch, thread, tail);
