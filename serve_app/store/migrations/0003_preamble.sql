ALTER TABLE texts RENAME COLUMN head TO preamble;
