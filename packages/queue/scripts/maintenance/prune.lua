--[[
  Deletes records of ended jobs that are too old or too many, classes that did not run for long, and workers that are long gone.

  KEYS[1]  prefix
  ARGV[1]  record ttl, in ms
  ARGV[2]  max records
  ARGV[3]  how many of each are deleted in one call
  ARGV[4]  class ttl, in ms
  ARGV[5]  max classes
  ARGV[6]  worker ttl, in ms
  Replies
    {deleted records, deleted classes}
]]
local limit = tonumber(ARGV[3])

-- The oldest members of a sorted set: those beyond the ttl, then those beyond the number, at most `limit` of each.
local function surplusOf(key, ttlMs, most)
  local members = redis.call('ZRANGEBYSCORE', key, '-inf', now - ttlMs, 'LIMIT', 0, limit)
  local tooMany = redis.call('ZCARD', key) - #members - most
  if tooMany > 0 then
    for _, member in ipairs(redis.call('ZRANGE', key, #members, #members + math.min(tooMany, limit) - 1)) do members[#members + 1] = member end
  end
  return members
end

local function deleteKeys(id) redis.call('UNLINK', jobKey(id), specKey(id), dataKey(id), P .. ':events:' .. id) end

local function deleteRecord(id)
  local f = redis.call('HMGET', jobKey(id), 'tenantKey', 'state')
  redis.call('ZREM', P .. ':ended', id)
  redis.call('ZREM', P .. ':outbox', id)
  redis.call('ZREM', P .. ':webhooks', id)
  for i, _ in ipairs(planOf(id) or {}) do
    -- Steps that became jobs have an end, and a ttl, of their own.
    if redis.call('HEXISTS', jobKey(stepId(id, i)), 'state') == 0 then deleteKeys(stepId(id, i)) end
  end
  if f[1] then
    for _, scope in ipairs({ f[1], '*' }) do
      redis.call('ZREM', P .. ':by:' .. scope .. ':' .. f[2], id)
    end
  end
  deleteKeys(id)
end

-- A later step may read the result of an ended one, and a webhook may have to be delivered.
local function isNeeded(id)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'webhookState')
  if f[2] == 'waiting' then return true end
  local workflowState = f[1] and redis.call('HGET', jobKey(f[1]), 'state')
  return workflowState and not isFinal(workflowState)
end

local records = surplusOf(P .. ':ended', tonumber(ARGV[1]), tonumber(ARGV[2]))
for _, id in ipairs(records) do
  if isNeeded(id) then redis.call('ZADD', P .. ':ended', now, id) else deleteRecord(id) end
end
local classes = surplusOf(P .. ':classes', tonumber(ARGV[4]), tonumber(ARGV[5]))
for _, member in ipairs(classes) do
  local tenant, class = string.match(member, '^(.-)|(.*)$')
  redis.call('ZREM', P .. ':classes', member)
  redis.call('DEL', P .. ':class:' .. tenant .. ':' .. class)
end
redis.call('ZREMRANGEBYSCORE', P .. ':workers', '-inf', now - tonumber(ARGV[6]))
return { #records, #classes }
