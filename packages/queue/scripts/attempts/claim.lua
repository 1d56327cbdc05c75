-- Opens the next attempt of a job for one worker.
-- ARGV: id, worker, token, max losses, max events, output ttl ms, take over after ms
-- Replies: {"claimed", attempt number, now, HGETALL, what is left of its workflow's budget in ms, -1 without one} | {"unavailable", state or "missing", ...as `syncAction`} nothing to run | {"unavailable", "held"} another attempt is open
-- BullMQ hands out again what runs when its lock has run out, as in an outage of Redis. Whoever is still vouched for keeps
-- the job; one that has been silent for so long that no watchdog can be there is closed as lost first.
local id, worker, token = ARGV[1], ARGV[2], ARGV[3]
local job = jobKey(id)
local now = nowMs()
local function claimed(n)
  local workflow = redis.call('HGET', job, 'workflow')
  return { 'claimed', n, now, redis.call('HGETALL', job), workflow and leftMs(workflow, now) or -1 }
end
local function unavailable()
  local f = redis.call('HMGET', job, 'state', 'cause', 'readyAt')
  return { 'unavailable', f[1], unpack(syncAction(f[1], f[2], f[3], now)) }
end
local f = redis.call('HMGET', job, 'state', 'attempt', 'last', 'tk', 'ck', 'submittedAt', 'startedAt', 'readyAt', 'queuedMs')
local state = f[1]
if not state then return { 'unavailable', 'missing', 'fail', 'missing' } end
local isOpen = f[2] ~= '0'
if isOpen and redis.call('HGET', job, 'token') == token then
  -- The same call again, sent twice across a reconnect.
  return claimed(tonumber(f[2]))
end
if isOpen then
  local beat = tonumber(redis.call('ZSCORE', P .. ':beats', id .. '.' .. f[2]) or '0')
  if now - beat < tonumber(ARGV[7]) then return { 'unavailable', 'held' } end
  if markLost(id, f[2], tonumber(ARGV[4]), now, ARGV[5], ARGV[6]) ~= 'requeued' then
    redis.call('ZREM', P .. ':outbox', id)
    return unavailable()
  end
  state = redis.call('HGET', job, 'state')
end
if state ~= 'queued' and state ~= 'scheduled' then return unavailable() end
local n = tonumber(f[3]) + 1
local a = 'a' .. n .. ':'
setState(id, f[4], state, 'running', f[6])
redis.call('HSET', job, 'attempt', n, 'last', n, 'token', token, a .. 'worker', worker, a .. 'startedAt', now,
  'queuedMs', tonumber(f[9] or '0') + math.max(0, now - tonumber(f[8])))
if not f[7] then redis.call('HSET', job, 'startedAt', now) end
redis.call('ZADD', P .. ':beats', now, id .. '.' .. n)
redis.call('ZADD', P .. ':run:' .. f[4] .. ':' .. f[5], now, id .. '.' .. n .. ' ' .. worker)
redis.call('ZREM', P .. ':outbox', id)
redis.call('ZREM', P .. ':due', id)
workStarted(id, now)
return claimed(n)
