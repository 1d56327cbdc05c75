-- The door: ends an attempt, once, and says what comes next for the job.
-- ARGV: 1 id, 2 attempt number, 3 outcome, 4 cause or "", 5 duration ms, 6 next: final|retry|requeue|deferred, 7 final state or "",
--       8 delay ms before a retry, or 1 for a put-back that counts, 9 result JSON or "", 10 error JSON or "", 11 partial 0|1, 12 saved ms or "",
--       13 max events, 14 output ttl ms, 15 ring length, 16 ring ttl ms, 17 number of rings r, 18 number of counters c,
--       19 name of the class that ran, 20 its key, 21 most rings of a tenant,
--       then r times ring key, sample; then c times counter, increment
-- Replies: {"applied", state, {affected jobs}, revision, ...as `syncAction`} | {"repeated", state}: this very settling was done before | {"fenced", state}
local id, n, outcome = ARGV[1], ARGV[2], ARGV[3]
local job = jobKey(id)
local a = 'a' .. n .. ':'
local now = nowMs()
local f = redis.call('HMGET', job, 'attempt', 'state', a .. 'outcome', 'cancel', 'tried', 'tk', 'pause')
if f[1] ~= n then
  if f[3] == outcome and outcome ~= 'lost' then return { 'repeated', f[2] } end
  refused('result')
  return { 'fenced', f[2] or 'missing' }
end
local nextStep, state, cause = ARGV[6], ARGV[7], ARGV[4]
if f[4] and nextStep ~= 'final' then
  -- Cancelled while it ran: no other attempt follows.
  nextStep, state, cause = 'final', 'cancelled', 'cancelled'
end
closeAttempt(id, n, outcome, ARGV[4], ARGV[5], now)
if ARGV[11] == '1' then redis.call('HSET', job, a .. 'partial', '1') end
if ARGV[6] == 'deferred' then redis.call('HINCRBY', job, 'deferrals', ARGV[8])
elseif ARGV[6] ~= 'requeue' then redis.call('HSET', job, 'tried', tonumber(f[5]) + 1) end
if ARGV[9] ~= '' then redis.call('HSET', job, 'result', ARGV[9]) end
if ARGV[10] ~= '' then redis.call('HSET', job, 'error', ARGV[10]) end
if ARGV[12] ~= '' then redis.call('HSET', job, 'savedMs', ARGV[12]) end

local i = 22
for _ = 1, tonumber(ARGV[17]) do
  local ring = P .. ':ring:' .. ARGV[i]
  -- A broken ring must not keep an attempt from being settled: it starts anew.
  if type(redis.pcall('LPUSH', ring, ARGV[i + 1])) == 'table' then
    redis.call('DEL', ring)
    redis.call('LPUSH', ring, ARGV[i + 1])
  end
  redis.call('LTRIM', ring, 0, tonumber(ARGV[15]) - 1)
  redis.call('PEXPIRE', ring, ARGV[16])
  keepRing(ARGV[i], ARGV[16], ARGV[21], now)
  i = i + 2
end
local class = P .. ':class:' .. f[6] .. ':' .. ARGV[20]
if redis.call('TYPE', class).ok ~= 'hash' then redis.call('DEL', class) end
for _ = 1, tonumber(ARGV[18]) do
  redis.call('HINCRBY', class, ARGV[i], ARGV[i + 1])
  i = i + 2
end
redis.call('HSET', class, 'name', ARGV[19])
redis.call('PEXPIRE', class, ARGV[16])
redis.call('ZADD', P .. ':classes', now, f[6] .. '|' .. ARGV[20])

local said = { requeue = 'released', deferred = 'deferred' }
event(id, said[nextStep] or 'attempt_ended', n,
  cjson.encode({ outcome = outcome, cause = ARGV[4], durationMs = tonumber(ARGV[5]) }), ARGV[13], now)
if nextStep == 'final' then
  if state == 'succeeded' then redis.call('HDEL', job, 'error') end
  finish(id, state, cause, now, ARGV[14])
  enqueueSync(id, now)
  event(id, 'finished', n, cjson.encode({ state = state, cause = cause }), ARGV[13], now)
else
  local delay = nextStep == 'retry' and tonumber(ARGV[8]) or 0
  if delay > 0 then redis.call('HINCRBY', job, 'spentMs', delay) end
  requeue(id, now + delay, now)
  -- Paused meanwhile: it waits for its resume, not for a worker.
  if f[7] then park(id, now) end
  enqueueSync(id, now)
  -- Its back-off is time of its workflow; waiting for a worker is not.
  if nextStep ~= 'retry' then workStopped(id, now) end
  if nextStep == 'retry' then event(id, 'retrying', n, cjson.encode({ readyAt = now + delay }), ARGV[13], now) end
end
local after = redis.call('HMGET', job, 'state', 'cause', 'readyAt')
return { 'applied', after[1], affectedJobs, now, unpack(syncAction(after[1], after[2], after[3], now)) }
