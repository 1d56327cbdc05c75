--[[
  Stores what a running attempt reports: output, progress, phases, checkpoints, lateness, a longer deadline, waits for a person.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  attempt number
  ARGV[3]  output that is stored of it at most, in bytes
  ARGV[4]  max events
  ARGV[5]  output ttl, in ms
  then for each report
  ARGV     kind
  ARGV     data, JSON
  ARGV     a number: bytes of output | deadline of extended, in ms | how long the clocks were stopped of resumed, in ms | 0
  Replies
    1
    0  fenced
]]
local id, n, maxBytes = ARGV[1], ARGV[2], tonumber(ARGV[3])
local job = jobKey(id)
if redis.call('HGET', job, 'attempt') ~= n then
  countRefused('report')
  return 0
end
setRetention(ARGV[4], ARGV[5])
local a = attemptFields(n)

-- Event data with the deadline that holds from now on.
local function withDeadline(data, deadlineAt)
  redis.call('HSET', job, a .. 'deadlineAt', deadlineAt)
  local fields = cjson.decode(data)
  fields.deadlineAt = deadlineAt
  return fields
end

local function extend(data, deadlineMs)
  local f = redis.call('HMGET', job, a .. 'startedAt', a .. 'pausedMs')
  stepExtended(id, deadlineMs)
  return withDeadline(data, tonumber(f[1]) + tonumber(f[2] or '0') + deadlineMs)
end

local function wait(data)
  redis.call('HSET', job, a .. 'waitingAt', now)
  redis.call('HSET', dataKey(id), a .. 'waiting', data)
  workStopped(id)
  return data
end

local function resume(data, pausedMs)
  workStarted(id)
  redis.call('HDEL', job, a .. 'waitingAt')
  redis.call('HDEL', dataKey(id), a .. 'waiting')
  redis.call('HINCRBY', job, a .. 'pausedMs', pausedMs)
  local deadlineAt = redis.call('HGET', job, a .. 'deadlineAt')
  return deadlineAt and withDeadline(data, tonumber(deadlineAt) + pausedMs) or data
end

-- The data of the event; nil: there is none.
local function store(kind, data, number)
  if kind == 'checkpoint' then
    redis.call('HSET', dataKey(id), 'checkpoint', data)
    return nil
  elseif kind == 'monitor_view' then
    redis.call('HSET', dataKey(id), a .. 'monitor', data)
    return nil
  elseif kind == 'output' and redis.call('HINCRBY', job, a .. 'bytes', number) > maxBytes then
    redis.call('HSET', job, a .. 'truncated', '1')
    return nil
  elseif kind == 'extended' then
    return extend(data, number)
  elseif kind == 'waiting' then
    return wait(data)
  elseif kind == 'resumed' then
    return resume(data, number)
  elseif kind == 'progress' then
    redis.call('HSET', dataKey(id), 'progress', data)
  elseif kind == 'late' then
    redis.call('HSET', job, 'late', '1')
  elseif kind == 'phase' or kind == 'monitor' then
    redis.call('HSET', dataKey(id), a .. kind, data)
  end
  return data
end

for i = 6, #ARGV, 3 do
  local kind = ARGV[i]
  local data = store(kind, ARGV[i + 1], tonumber(ARGV[i + 2]))
  if data then event(id, kind, n, data) end
end
return 1
