-- For queries whose plan depends on how often the words occur that are looked for.
SET LOCAL plan_cache_mode = force_custom_plan
