-- Whoever changes a chunk holds its job first. No stronger: chunks that are added refer to it.
SELECT state, planned, chunks, chunks_ended, flips FROM jobs WHERE workspace = $1 AND id = $2 FOR NO KEY UPDATE
