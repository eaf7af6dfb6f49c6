-- For queries whose plan is the same whatever the values: to make one for 40 months takes milliseconds.
SET LOCAL plan_cache_mode = force_generic_plan
