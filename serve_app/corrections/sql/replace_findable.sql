-- The words of the text stay; terms have no positions. Several values travel as one string.
UPDATE posts SET
    version = posts.version + 1,
    sentiment = fresh.sentiment, formality = fresh.formality, politeness = fresh.politeness,
    subjectivity = fresh.subjectivity, ease = fresh.ease, words = fresh.words,
    emotions = fresh.emotions::smallint[],
    search = ts_delete(posts.search, string_to_array(fresh.old_terms, E'\x1f'))
        || array_to_tsvector(string_to_array(fresh.new_terms, E'\x1f'))
FROM unnest(
    $2::uuid[], $3::real[], $4::real[], $5::real[], $6::real[], $7::real[], $8::integer[], $9::text[],
    $10::text[], $11::text[]
) AS fresh (
    id, sentiment, formality, politeness, subjectivity, ease, words, emotions, old_terms, new_terms
)
WHERE posts.workspace = $1 AND posts.id = fresh.id
