CREATE INDEX usage_totals_day ON usage_totals (day);
