SELECT count(*) FROM webhooks WHERE workspace = $1
