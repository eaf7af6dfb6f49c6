-- Counts a request of a key: of all its limits and in its usage, or nowhere.
-- The arithmetic is that of key_count.py.
local bucket, done, index = KEYS[1], KEYS[2], KEYS[3]
local now, month, posts, characters, requests =
    tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local per_minute, per_month, characters_per_month = -- -1 is without a limit
    tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local used_month, used_posts, used_characters =
    tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local usage, name, new_epoch = ARGV[12], ARGV[13], ARGV[14]
local call, open_since = ARGV[15], ARGV[16]
local bucket_ttl, usage_ttl = ARGV[17], ARGV[18]
local MINUTE = 60000000

local kept = redis.call('HMGET', bucket, 'level', 'at', 'month', 'posts', 'characters')
for i = 1, 5 do kept[i] = tonumber(kept[i] or 0) end
local level, at, kept_month, month_posts, month_characters = unpack(kept)
local passed = math.min(math.max(0, now - at), MINUTE)
level = math.max(0, level - passed * math.max(0, per_minute))
if per_minute >= 0 then at = math.max(now, at) end -- else nothing has flowed out
if month > kept_month then
    kept_month, month_posts, month_characters = month, 0, 0
end
if used_month == kept_month then
    month_posts = math.max(month_posts, used_posts)
    month_characters = math.max(month_characters, used_characters)
end

-- Redis' client sends a call again whose connection broke: it counts once.
redis.call('ZREMRANGEBYSCORE', done, '-inf', '(' .. open_since)
local again = redis.call('ZSCORE', done, 'counted:' .. call) or redis.call('ZSCORE', done, 'void:' .. call)
local fits = (per_minute < 0 or level + posts * MINUTE <= per_minute * MINUTE)
    and (per_month < 0 or month_posts + posts <= per_month)
    and (characters_per_month < 0 or month_characters + characters <= characters_per_month)
if again or not fits then
    return {again and 1 or 0, level, month_posts, month_characters}
end

if per_minute >= 0 then level = level + posts * MINUTE end
month_posts = month_posts + posts
month_characters = month_characters + characters
local function whole(number) return string.format('%.0f', number) end
redis.call('HSET', bucket, 'level', whole(level), 'at', whole(at), 'month', whole(kept_month),
    'posts', whole(month_posts), 'characters', whole(month_characters))
redis.call('EXPIRE', bucket, bucket_ttl)
redis.call('ZADD', done, call, 'counted:' .. call)
redis.call('EXPIRE', done, usage_ttl)

-- A Redis that was started again has perhaps lost the last counts: it counts apart from those before.
usage = usage .. string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
redis.call('HSETNX', usage, 'epoch', new_epoch)
redis.call('HINCRBY', usage, 'counted', 1)
redis.call('HINCRBY', usage, name .. ':posts', posts)
redis.call('HINCRBY', usage, name .. ':characters', characters)
redis.call('HINCRBY', usage, name .. ':requests', requests)
redis.call('EXPIRE', usage, usage_ttl)
redis.call('SADD', index, usage)
redis.call('EXPIRE', index, usage_ttl)
return {1, level, month_posts, month_characters}
