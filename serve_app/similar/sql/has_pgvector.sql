-- Since 0.7 it has an index of bits.
SELECT EXISTS (
    SELECT FROM pg_extension
    WHERE extname = 'vector' AND string_to_array(extversion, '.')::integer[] >= '{0,7}'
)
