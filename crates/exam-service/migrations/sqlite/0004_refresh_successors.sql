-- Which token a token was given out for: a client that never got the successor may ask again, a thief may not.
-- Null for the first token of a family and for tokens of versions before this step.
ALTER TABLE refresh_tokens ADD COLUMN replaces TEXT;

-- When the token before it was exchanged once more, because this one seemed not to have arrived.
ALTER TABLE refresh_tokens ADD COLUMN superseded_at INTEGER;
