-- For the service itself, over all workspaces.
DELETE FROM rules WHERE state = 'withdrawn' AND state_since < now() - make_interval(days => $1)
