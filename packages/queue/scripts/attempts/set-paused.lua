--[[
  The worker has stopped the process of an attempt, or resumed it.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  attempt number
  ARGV[3]  1 stopped | 0 resumed
  ARGV[4]  how long its clocks were stopped, in ms, when it is resumed
  ARGV[5]  max events
  ARGV[6]  output ttl, in ms
  Replies
    1
    0  fenced
]]
local id, n, pausedMs = ARGV[1], ARGV[2], tonumber(ARGV[4])
local job = jobKey(id)
local a = attemptFields(n)
local f = redis.call('HMGET', job, 'attempt', 'state', a .. 'deadlineAt')
if f[1] ~= n then
  countRefused('pause')
  return 0
end
setRetention(ARGV[5], ARGV[6])
local to = ARGV[3] == '1' and 'paused' or 'running'
if f[2] == to then return 1 end
setState(id, to)
if to == 'paused' then
  workStopped(id)
  event(id, 'paused', n, {})
  return 1
end
workStarted(id)
redis.call('HDEL', job, 'pause', 'pauseUntil')
local data = {}
if f[3] then
  data = { deadlineAt = tonumber(f[3]) + pausedMs, pausedMs = pausedMs }
  redis.call('HSET', job, a .. 'deadlineAt', data.deadlineAt)
  redis.call('HINCRBY', job, a .. 'pausedMs', pausedMs)
end
event(id, 'resumed', n, data)
return 1
