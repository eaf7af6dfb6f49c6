DELETE FROM forgotten_texts WHERE forgotten_at < now() - interval '1 day'
