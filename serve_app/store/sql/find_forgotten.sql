SELECT encode(digest, 'hex') AS digest FROM forgotten_texts WHERE forgotten_at > $1
