-- Delivered ones after $1 days, dead ones after $2.
DELETE FROM webhook_deliveries
WHERE ended_at < now() - make_interval(days => $1)
    AND (state = 'delivered' OR ended_at < now() - make_interval(days => $2))
