ALTER TABLE sections ADD COLUMN vector bytea;
COMMENT ON COLUMN sections.vector IS 'By which similar texts are found; NULL where the analysis gives none.';

CREATE TABLE post_vectors (
    workspace integer  NOT NULL,
    post_id   uuid     NOT NULL,
    space     integer  NOT NULL,
    code      bit(384) NOT NULL,
    vector    bytea    NOT NULL CHECK (octet_length(vector) = 128),
    PRIMARY KEY (workspace, post_id),
    FOREIGN KEY (workspace, post_id) REFERENCES posts ON DELETE CASCADE
);

COMMENT ON TABLE post_vectors IS 'By which similar posts are found: of the latest text of each analysed post; deleted with the post.';
COMMENT ON COLUMN post_vectors.space IS 'Names the encoder and projection: vectors of different spaces cannot be compared.';
COMMENT ON COLUMN post_vectors.code IS 'Three bits for each dimension: the nearer two texts, the fewer differ (serve_app/similar/vectors.py).';
COMMENT ON COLUMN post_vectors.vector IS 'Where the vector points: a signed byte for each dimension.';

-- Numbers without any structure; what is no longer than this stays in the row.
ALTER TABLE post_vectors ALTER COLUMN vector SET STORAGE PLAIN;

ALTER TABLE post_vectors ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON post_vectors
    USING (workspace = current_workspace()) WITH CHECK (workspace = current_workspace());
GRANT SELECT, INSERT, UPDATE, DELETE ON post_vectors TO postlens_tenant;
CREATE INDEX post_vectors_by_space ON post_vectors (workspace, space);
