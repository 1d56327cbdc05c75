-- What a running attempt has to say: output, progress, lateness, a longer deadline, a checkpoint.
-- ARGV: id, attempt number, max events, output bytes allowed, then kind, data JSON, bytes, ...
-- Replies: 1 | 0 when the attempt is not the open one: a late writer changes nothing
local id, n = ARGV[1], ARGV[2]
local job = jobKey(id)
if redis.call('HGET', job, 'attempt') ~= n then return 0 end
local now = nowMs()
local a = 'a' .. n .. ':'
for i = 5, #ARGV, 3 do
  local kind, data, bytes = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  if kind == 'checkpoint' then
    redis.call('HSET', job, 'checkpoint', data)
  elseif kind == 'output' then
    if redis.call('HINCRBY', job, a .. 'bytes', bytes) <= tonumber(ARGV[4]) then
      event(id, kind, n, data, ARGV[3], now)
    else
      redis.call('HSET', job, a .. 'truncated', '1')
    end
  else
    if kind == 'progress' then redis.call('HSET', job, 'progress', data)
    elseif kind == 'late' then redis.call('HSET', job, 'late', '1')
    elseif kind == 'extended' then
      local t = redis.call('HMGET', job, a .. 'startedAt', a .. 'pausedMs')
      local deadlineAt = tonumber(t[1]) + tonumber(t[2] or '0') + bytes
      redis.call('HSET', job, a .. 'deadlineAt', deadlineAt)
      data = cjson.encode({ deadlineMs = bytes, deadlineAt = deadlineAt })
    end
    event(id, kind, n, data, ARGV[3], now)
  end
end
return 1
