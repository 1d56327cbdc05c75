--[[
  Stores the decision that binds an attempt, or a later one that replaces it.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  attempt number
  ARGV[3]  decision, JSON
  ARGV[4]  its deadline, in ms after the start
  ARGV[5]  what a step is allotted of its workflow's budget, in ms; "" for any other job
  ARGV[6]  max events
  ARGV[7]  output ttl, in ms
  Replies
    1
    0  fenced
]]
local id, n, deadlineMs, allocMs = ARGV[1], ARGV[2], tonumber(ARGV[4]), ARGV[5]
local job = jobKey(id)
local a = attemptFields(n)
local f = redis.call('HMGET', job, 'attempt', a .. 'startedAt', a .. 'worker', a .. 'deadlineAt', a .. 'pausedMs')
if f[1] ~= n then
  countRefused('decision')
  return 0
end
setRetention(ARGV[6], ARGV[7])
local replaces = f[4]
local deadlineAt = tonumber(f[2]) + math.floor(deadlineMs) + tonumber(f[5] or '0')
redis.call('HSET', job, a .. 'deadlineAt', deadlineAt)
redis.call('HSET', dataKey(id), a .. 'decision', ARGV[3])
event(id, replaces and 'extended' or 'started', n, { worker = f[3], deadlineAt = deadlineAt, deadlineMs = deadlineMs })
if replaces then
  stepExtended(id, deadlineMs)
elseif allocMs ~= '' then
  stepBound(id, n, tonumber(allocMs), deadlineMs)
end
return 1
