-- The worker has stopped the process of an attempt, or let it go on.
-- ARGV: id, attempt number, 1 stopped | 0 goes on, ms it stood (when it goes on), max events
-- Replies: 1 | 0 when the attempt is not the open one
local id, n = ARGV[1], ARGV[2]
local job = jobKey(id)
local now = nowMs()
local a = 'a' .. n .. ':'
local f = redis.call('HMGET', job, 'attempt', 'state', 'tk', 'submittedAt', a .. 'deadlineAt')
if f[1] ~= n then
  refused('hold')
  return 0
end
local to = ARGV[3] == '1' and 'paused' or 'running'
if f[2] ~= to then
  setState(id, f[3], f[2], to, f[4])
  if to == 'paused' then workStopped(id, now) else workStarted(id, now) end
  local said = '{}'
  if to == 'running' and f[5] then
    local deadlineAt = tonumber(f[5]) + tonumber(ARGV[4])
    redis.call('HSET', job, a .. 'deadlineAt', deadlineAt)
    redis.call('HINCRBY', job, a .. 'pausedMs', ARGV[4])
    said = cjson.encode({ deadlineAt = deadlineAt, pausedMs = tonumber(ARGV[4]) })
  end
  if to == 'running' then redis.call('HDEL', job, 'pause', 'pauseUntil') end
  event(id, to == 'paused' and 'paused' or 'resumed', n, said, ARGV[5], now)
end
return 1
