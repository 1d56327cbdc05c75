-- Takes deliveries that are due, for as long as a lease: whoever does not say within it what became of one has died, and
-- it is due again.
-- ARGV: most deliveries, lease ms, most tries, max events
-- Replies: {{id, number of its end, number of this try}, ...}
local most, leaseMs, maxTries = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = nowMs()
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. ':hooks', '-inf', now, 'LIMIT', 0, most)) do
  local f = redis.call('HMGET', jobKey(id), 'hookState', 'hookEnd', 'hookTries')
  local tries = tonumber(f[3] or '0')
  if f[1] ~= 'waiting' then
    redis.call('ZREM', P .. ':hooks', id)
  elseif tries >= maxTries then
    endHook(id, 'given_up', 'The worker that told it for the last time did not say what became of it.', ARGV[4], now)
  else
    redis.call('ZADD', P .. ':hooks', now + leaseMs, id)
    redis.call('HSET', jobKey(id), 'hookTries', tries + 1, 'hookNextAt', now + leaseMs)
    taken[#taken + 1] = { id, f[2], tries + 1 }
  end
end
return taken
