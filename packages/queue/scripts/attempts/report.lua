-- What a running attempt has to say: output, progress, lateness, a longer deadline, a checkpoint, that it waits for a
-- person or goes on, its phase, what its stream tells.
-- ARGV: id, attempt number, max events, output bytes allowed, then kind, data JSON, a figure, ...
--   the figure: bytes of output | deadline ms of extended | ms that the clocks stood of resumed | 0
-- Replies: 1 | 0 when the attempt is not the open one: a late writer changes nothing
local id, n = ARGV[1], ARGV[2]
local job = jobKey(id)
if redis.call('HGET', job, 'attempt') ~= n then
  refused('report')
  return 0
end
local now = nowMs()
local a = 'a' .. n .. ':'

local function with(data, more)
  local fields = cjson.decode(data)
  for name, value in pairs(more) do fields[name] = value end
  return cjson.encode(fields)
end

local keep = {
  progress = function(data) redis.call('HSET', job, 'progress', data) end,
  late = function() redis.call('HSET', job, 'late', '1') end,
  phase = function(data) redis.call('HSET', job, a .. 'phase', data) end,
  monitor = function(data) redis.call('HSET', job, a .. 'monitor', data) end,
  waiting = function(data)
    redis.call('HSET', job, a .. 'waiting', data, a .. 'waitingAt', now)
    workStopped(id, now)
  end,
  extended = function(data, deadlineMs)
    local t = redis.call('HMGET', job, a .. 'startedAt', a .. 'pausedMs')
    local deadlineAt = tonumber(t[1]) + tonumber(t[2] or '0') + deadlineMs
    redis.call('HSET', job, a .. 'deadlineAt', deadlineAt)
    stepExtended(id, deadlineMs, now)
    return with(data, { deadlineAt = deadlineAt })
  end,
  resumed = function(data, pausedMs)
    workStarted(id, now)
    redis.call('HDEL', job, a .. 'waiting', a .. 'waitingAt')
    redis.call('HINCRBY', job, a .. 'pausedMs', pausedMs)
    local deadlineAt = redis.call('HGET', job, a .. 'deadlineAt')
    if not deadlineAt then return data end
    deadlineAt = tonumber(deadlineAt) + pausedMs
    redis.call('HSET', job, a .. 'deadlineAt', deadlineAt)
    return with(data, { deadlineAt = deadlineAt })
  end,
}

for i = 5, #ARGV, 3 do
  local kind, data, figure = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  if kind == 'checkpoint' then
    redis.call('HSET', job, 'checkpoint', data)
  elseif kind == 'monitor_view' then
    redis.call('HSET', job, a .. 'monitor', data)
  elseif kind == 'output' then
    if redis.call('HINCRBY', job, a .. 'bytes', figure) <= tonumber(ARGV[4]) then
      event(id, kind, n, data, ARGV[3], now)
    else
      redis.call('HSET', job, a .. 'truncated', '1')
    end
  else
    local said = keep[kind] and keep[kind](data, figure) or data
    event(id, kind, n, said, ARGV[3], now)
  end
end
return 1
