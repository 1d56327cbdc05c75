-- Stores the decision that binds an attempt, or another one that holds from now on.
-- ARGV: id, attempt number, decision JSON, deadline ms after the start, max events, what a step got of its workflow's time in ms or ""
-- Replies: 1 | 0 when the attempt is not the open one
local id, n = ARGV[1], ARGV[2]
local job = jobKey(id)
local a = 'a' .. n .. ':'
local f = redis.call('HMGET', job, 'attempt', a .. 'startedAt', a .. 'worker', a .. 'decision', a .. 'pausedMs')
if f[1] ~= n then
  refused('decision')
  return 0
end
local now = nowMs()
local deadlineAt = tonumber(f[2]) + math.floor(tonumber(ARGV[4])) + tonumber(f[5] or '0')
redis.call('HSET', job, a .. 'decision', ARGV[3], a .. 'deadlineAt', deadlineAt)
event(id, f[4] and 'extended' or 'started', n, cjson.encode({ worker = f[3], deadlineAt = deadlineAt, deadlineMs = tonumber(ARGV[4]) }), ARGV[5], now)
if f[4] then stepExtended(id, tonumber(ARGV[4]), now)
elseif ARGV[6] ~= '' then stepBound(id, n, tonumber(ARGV[6]), tonumber(ARGV[4]), now) end
return 1
