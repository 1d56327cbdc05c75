-- A worker vouches for its attempts and says that it is there, in one call.
-- ARGV: worker, info JSON, presence ttl ms, away after ms, number of openings, job and token of each, then attempt ids
-- An opening is an attempt that the worker has asked for and has not heard of yet: its main loop may stand still.
-- Replies: {now, {attempt id of each opening, "" where none is open}, signal, signal, ...}: "" go on | "lost" not yours any more | {"cancel": reason, "pause": true while it should stand, "limits": {...}}
local now = nowMs()
local worker = ARGV[1]
backSince(now, tonumber(ARGV[4]))
redis.call('ZADD', P .. ':workers', now, worker)
redis.call('SET', P .. ':worker:' .. worker, ARGV[2], 'PX', ARGV[3])
local opened = {}
local firstAttempt = 6 + 2 * tonumber(ARGV[5])
for i = 6, firstAttempt - 1, 2 do
  local f = redis.call('HMGET', jobKey(ARGV[i]), 'attempt', 'token')
  local isOpen = f[1] and f[1] ~= '0' and f[2] == ARGV[i + 1]
  opened[#opened + 1] = isOpen and ARGV[i] .. '.' .. f[1] or ''
  if isOpen then redis.call('ZADD', P .. ':beats', now, ARGV[i] .. '.' .. f[1]) end
end
local reply = { now, opened }
for i = firstAttempt, #ARGV do
  local id, n = string.match(ARGV[i], '^(.*)%.(%d+)$')
  local f = redis.call('HMGET', jobKey(id), 'attempt', 'cancel', 'pauseUntil', 'limitsFor')
  if f[1] ~= n then
    refused('heartbeat')
    reply[#reply + 1] = 'lost'
  else
    redis.call('ZADD', P .. ':beats', now, ARGV[i])
    local said = {}
    if f[2] then said.cancel = f[2] end
    if f[3] then said.pause = tonumber(f[3]) > now end
    if f[4] == n then said.limits = cjson.decode(redis.call('HGET', jobKey(id), 'limits')) end
    reply[#reply + 1] = next(said) and cjson.encode(said) or ''
  end
end
return reply
