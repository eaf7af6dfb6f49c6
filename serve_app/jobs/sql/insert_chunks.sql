INSERT INTO job_chunks (workspace, job, number, first_index, posts, input, results, failed, state, ended_at)
SELECT $1, $2, number, first_index, posts, input, results, failed,
    CASE WHEN input IS NULL THEN 'ended' ELSE 'waiting' END, CASE WHEN input IS NULL THEN now() END
FROM unnest($3::integer[], $4::integer[], $5::smallint[], $6::bytea[], $7::bytea[], $8::smallint[])
    AS new (number, first_index, posts, input, results, failed)
