-- Rings of observations, and the counters of classes.

local MOST_DELETED_AT_ONCE = 100

-- Notes that a ring was written. When a scope has too many, those written longest ago are deleted. Whoever writes a class
-- writes its more general levels too, so the most specific rings go first and what they held stays in the others.
local function touchRing(key, ttlMs, maxRings)
  local scope = string.match(key, '^[^/]*/([^/]*)/') or ''
  local rings = P .. ':rings:' .. scope
  local _, depth = string.gsub(key, '/', '')
  -- Of those written in the same millisecond the most specific counts as the oldest.
  local writtenAt = now + 1 / depth
  -- A broken index must not keep an attempt from being settled: it starts anew.
  if type(redis.pcall('ZADD', rings, writtenAt, key)) == 'table' then
    redis.call('DEL', rings)
    redis.call('ZADD', rings, writtenAt, key)
  end
  redis.pcall('SADD', P .. ':scopes', scope)
  redis.call('PEXPIRE', rings, ttlMs)
  redis.call('ZREMRANGEBYSCORE', rings, '-inf', '(' .. (now - ttlMs))
  local surplus = redis.call('ZCARD', rings) - maxRings
  if surplus <= 0 then return end
  for _, old in ipairs(redis.call('ZRANGE', rings, 0, math.min(surplus, MOST_DELETED_AT_ONCE) - 1)) do
    redis.call('ZREM', rings, old)
    redis.call('DEL', P .. ':ring:' .. old)
  end
end

-- limits: {ringLength, ringTtlMs, maxRings}.
local function addSample(key, sample, limits)
  local ring = P .. ':ring:' .. key
  -- A broken ring must not keep an attempt from being settled: it starts anew.
  if type(redis.pcall('LPUSH', ring, sample)) == 'table' then
    redis.call('DEL', ring)
    redis.call('LPUSH', ring, sample)
  end
  redis.call('LTRIM', ring, 0, limits.ringLength - 1)
  redis.call('PEXPIRE', ring, limits.ringTtlMs)
  touchRing(key, limits.ringTtlMs, limits.maxRings)
end

-- class: {name, key}. counters: name -> increment.
local function countForClass(tenant, class, counters, ttlMs)
  local hash = P .. ':class:' .. tenant .. ':' .. class.key
  if redis.call('TYPE', hash).ok ~= 'hash' then redis.call('DEL', hash) end
  for counter, increment in pairs(counters) do redis.call('HINCRBY', hash, counter, increment) end
  redis.call('HSET', hash, 'name', class.name)
  redis.call('PEXPIRE', hash, ttlMs)
  redis.call('ZADD', P .. ':classes', now, tenant .. '|' .. class.key)
end
