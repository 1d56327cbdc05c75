-- Changes limits of a job that waits or runs.
-- ARGV: id, max events, then name, value, ... as the submission names them; completeBy as text and as completeByMs
-- Replies: {"changed"} | {"requested"} its worker has been told | {"too_late"} | {"unknown"}
local id = ARGV[1]
local job = jobKey(id)
local now = nowMs()
local f = redis.call('HMGET', job, 'state', 'attempt', 'limits', 'readyAt')
if not f[1] then return { 'unknown' } end
if f[1] == 'succeeded' or f[1] == 'failed' or f[1] == 'cancelled' then return { 'too_late' } end
local limits = cjson.decode(f[3] or '{}')
local changed = {}
for i = 3, #ARGV, 2 do
  local name, value = ARGV[i], ARGV[i + 1]
  if name == 'completeByMs' then
    redis.call('HSET', job, 'completeBy', value)
  else
    limits[name] = name == 'completeBy' and value or tonumber(value)
    changed[name] = limits[name]
    if name == 'queueMs' or name == 'overallMs' then redis.call('HSET', job, name, value) end
  end
end
local text = next(limits) and cjson.encode(limits) or '{}'
redis.call('HSET', job, 'limits', text)
event(id, 'limits_changed', f[2], next(changed) and cjson.encode(changed) or '{}', ARGV[2], now)
if f[2] ~= '0' then
  redis.call('HSET', job, 'limitsFor', f[2])
  return { 'requested' }
end
redis.call('ZREM', P .. ':due', id)
if f[1] == 'paused' then setPauseDue(id, now) else setDue(id, now, tonumber(f[4])) end
return { 'changed' }
