-- Rings of observations, and the counters of classes.

local MOST_DELETED_AT_ONCE = 100
-- A pass may find only rings that were written since the index was.
local SURPLUS_PASSES = 3

-- Index and expiry of a ring or class are needed once in a while, and not with every sample. When they were last written,
-- and when the last sample was, as far as this Redis remembers.
local TOUCH_EVERY_MS = 5000
local REMEMBERED_MOST = 20000
local touchedAt, writtenAt, remembered = {}, {}, 0

local function isTouchDue(key)
  local at = touchedAt[key]
  if at and now - at < TOUCH_EVERY_MS and now >= at then return false end
  if not at then
    if remembered >= REMEMBERED_MOST then touchedAt, writtenAt, remembered = {}, {}, 0 end
    remembered = remembered + 1
  end
  touchedAt[key] = now
  return true
end

-- Deletes the rings of a scope that were written longest ago, where there are too many. Whoever writes a class writes its more
-- general levels too, so the most specific rings go first and what they held stays in the others.
local function deleteSurplus(rings, maxRings)
  for _ = 1, SURPLUS_PASSES do
    local surplus = redis.call('ZCARD', rings) - maxRings
    if surplus <= 0 then return end
    local oldest = redis.call('ZRANGE', rings, 0, math.min(surplus, MOST_DELETED_AT_ONCE) - 1, 'WITHSCORES')
    for i = 1, #oldest, 2 do
      local key = oldest[i]
      local written = writtenAt[P .. ':ring:' .. key]
      if written and written > tonumber(oldest[i + 1]) then
        redis.call('ZADD', rings, written, key)
      else
        redis.call('ZREM', rings, key)
        redis.call('DEL', P .. ':ring:' .. key)
      end
    end
  end
end

-- Notes in the index that a ring was written.
local function touchRing(key, ttlMs, maxRings)
  local scope = string.match(key, '^[^/]*/([^/]*)/') or ''
  local rings = P .. ':rings:' .. scope
  local at = writtenAt[P .. ':ring:' .. key] or now
  -- A broken index must not keep an attempt from being settled: it is replaced.
  if type(redis.pcall('ZADD', rings, at, key)) == 'table' then
    redis.call('DEL', rings)
    redis.call('ZADD', rings, at, key)
  end
  redis.pcall('SADD', P .. ':scopes', scope)
  redis.call('PEXPIRE', rings, ttlMs)
  redis.call('ZREMRANGEBYSCORE', rings, '-inf', '(' .. (now - ttlMs))
  deleteSurplus(rings, maxRings)
end

-- A ring may be this much longer than it is read, so that it is not trimmed with every sample.
local TRIM_AT_ONCE = 16

-- limits: {ringLength, ringTtlMs, maxRings}.
local function addSample(key, sample, limits)
  local ring = P .. ':ring:' .. key
  local length = redis.pcall('LPUSH', ring, sample)
  -- A broken ring must not keep an attempt from being settled: it is replaced.
  if type(length) == 'table' then
    redis.call('DEL', ring)
    length = redis.call('LPUSH', ring, sample)
  end
  if length >= limits.ringLength + TRIM_AT_ONCE then redis.call('LTRIM', ring, 0, limits.ringLength - 1) end
  local isDue = isTouchDue(ring)
  -- Of those written in the same millisecond the most specific counts as the oldest.
  local _, depth = string.gsub(key, '/', '')
  writtenAt[ring] = now + 1 / depth
  -- A new ring is touched whatever is remembered: one of this name may have been deleted.
  if not isDue and length > 1 then return end
  redis.call('PEXPIRE', ring, limits.ringTtlMs)
  touchRing(key, limits.ringTtlMs, limits.maxRings)
end

-- class: {name, key}. counters: name -> increment.
local function countForClass(tenant, class, counters, ttlMs)
  local hash = P .. ':class:' .. tenant .. ':' .. class.key
  if isTouchDue(hash) or redis.call('EXISTS', hash) == 0 then
    if redis.call('TYPE', hash).ok ~= 'hash' then redis.call('DEL', hash) end
    redis.call('HSET', hash, 'name', class.name)
    redis.call('PEXPIRE', hash, ttlMs)
  end
  for counter, increment in pairs(counters) do redis.call('HINCRBY', hash, counter, increment) end
  redis.call('ZADD', P .. ':classes', now, tenant .. '|' .. class.key)
end
