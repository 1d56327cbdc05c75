-- Stores the decision that binds an attempt.
-- ARGV: id, attempt number, decision JSON, deadline ms after the start, max events
-- Replies: 1 | 0 when the attempt is not the open one
local id, n = ARGV[1], ARGV[2]
local job = jobKey(id)
local a = 'a' .. n .. ':'
local f = redis.call('HMGET', job, 'attempt', a .. 'startedAt', a .. 'worker')
if f[1] ~= n then return 0 end
local deadlineAt = tonumber(f[2]) + math.floor(tonumber(ARGV[4]))
redis.call('HSET', job, a .. 'decision', ARGV[3], a .. 'deadlineAt', deadlineAt)
event(id, 'started', n, cjson.encode({ worker = f[3], deadlineAt = deadlineAt }), ARGV[5], nowMs())
return 1
