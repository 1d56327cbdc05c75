--[[
  Takes deliveries that are due under a lease: a worker that does not record the result within it has died, and the
  delivery is due again.

  KEYS[1]  prefix
  ARGV[1]  max deliveries
  ARGV[2]  lease, in ms
  ARGV[3]  max tries of one delivery
  ARGV[4]  max events
  ARGV[5]  output ttl, in ms
  Replies
    {{job id, number of its end, number of this try}, ...}
]]
local most, leaseMs, maxTries = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
setRetention(ARGV[4], ARGV[5])
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. ':webhooks', '-inf', now, 'LIMIT', 0, most)) do
  local f = redis.call('HMGET', jobKey(id), 'webhookState', 'webhookEnd', 'webhookTries')
  local tries = tonumber(f[3] or '0')
  if f[1] ~= 'waiting' then
    redis.call('ZREM', P .. ':webhooks', id)
  elseif tries >= maxTries then
    endWebhook(id, 'given_up', 'The worker that made the last try died before it recorded the result.')
  else
    redis.call('ZADD', P .. ':webhooks', now + leaseMs, id)
    redis.call('HSET', jobKey(id), 'webhookTries', tries + 1, 'webhookNextAt', now + leaseMs)
    taken[#taken + 1] = { id, f[2], tries + 1 }
  end
end
return taken
