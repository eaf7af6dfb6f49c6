-- Whether a call without an answer was counted; if not, it never will be.
local done, call = KEYS[1], ARGV[1]
if redis.call('ZSCORE', done, 'counted:' .. call) then return 1 end
redis.call('ZADD', done, call, 'void:' .. call)
return 0
