-- A worker vouches for its attempts and says that it is there, in one call.
-- ARGV: worker, info JSON, presence ttl ms, then attempt ids
-- Replies: {now, signal, signal, ...}: "" go on | "lost" not yours any more | "cancel <reason>"
local now = nowMs()
local worker = ARGV[1]
redis.call('ZADD', P .. ':workers', now, worker)
redis.call('SET', P .. ':worker:' .. worker, ARGV[2], 'PX', ARGV[3])
local reply = { now }
for i = 4, #ARGV do
  local id, n = string.match(ARGV[i], '^(.*)%.(%d+)$')
  local f = redis.call('HMGET', jobKey(id), 'attempt', 'cancel')
  if f[1] ~= n then
    reply[#reply + 1] = 'lost'
  else
    redis.call('ZADD', P .. ':beats', now, ARGV[i])
    reply[#reply + 1] = f[2] and ('cancel ' .. f[2]) or ''
  end
end
return reply
