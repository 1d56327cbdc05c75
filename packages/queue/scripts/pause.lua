-- Parks a waiting job; asks the worker of a running one to stop its process where it stands.
-- ARGV: id, longest pause ms, max events
-- Replies: {"paused", move score} | {"requested"} | {"already"} | {"not_possible"} | {"too_late"} | {"unknown"}
local id = ARGV[1]
local job = jobKey(id)
local now = nowMs()
local f = redis.call('HMGET', job, 'state', 'attempt', 'pause', 'kind')
local state = f[1]
if not state then return { 'unknown' } end
if state == 'succeeded' or state == 'failed' or state == 'cancelled' then return { 'too_late' } end
if state == 'paused' then return { 'already' } end
if state == 'running' then
  -- Workers say which of their kinds can stand still.
  if f[4] ~= 'command' and redis.call('SISMEMBER', P .. ':pausable', f[4]) == 0 then return { 'not_possible' } end
  -- Asked for before, and on its way: whoever asks again waits for it too.
  if not f[3] then
    redis.call('HSET', job, 'pause', now, 'pauseUntil', now + tonumber(ARGV[2]))
    event(id, 'pause_requested', f[2], '{}', ARGV[3], now)
  end
  return { 'requested' }
end
redis.call('HSET', job, 'pause', now, 'pauseUntil', now + tonumber(ARGV[2]))
park(id, now)
local score = askMove(id, 'remove', now)
event(id, 'paused', 0, '{}', ARGV[3], now)
return { 'paused', score }
