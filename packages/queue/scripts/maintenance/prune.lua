-- Forgets ended jobs that are too old or too many, and classes nobody ran for long.
-- ARGV: record ttl ms, max records, limit, class ttl ms, max classes, worker ttl ms. Replies: {records, classes} forgotten.
local now = nowMs()
local limit = tonumber(ARGV[3])
local ids = redis.call('ZRANGEBYSCORE', P .. ':ended', '-inf', now - tonumber(ARGV[1]), 'LIMIT', 0, limit)
local surplus = redis.call('ZCARD', P .. ':ended') - #ids - tonumber(ARGV[2])
if surplus > 0 then
  for _, id in ipairs(redis.call('ZRANGE', P .. ':ended', #ids, #ids + math.min(surplus, limit) - 1)) do ids[#ids + 1] = id end
end
local function forget(id)
  local f = redis.call('HMGET', jobKey(id), 'tk', 'state')
  redis.call('ZREM', P .. ':ended', id)
  redis.call('ZREM', P .. ':outbox', id)
  redis.call('ZREM', P .. ':hooks', id)
  for i, _ in ipairs(planOf(id) or {}) do
    -- Steps that were jobs are forgotten when their own time has come.
    if redis.call('HEXISTS', jobKey(stepId(id, i)), 'state') == 0 then redis.call('DEL', jobKey(stepId(id, i))) end
  end
  if f[1] then
    for _, scope in ipairs({ f[1], '*' }) do
      redis.call('ZREM', P .. ':by:' .. scope .. ':' .. f[2], id)
      redis.call('ZREM', P .. ':by:' .. scope .. ':all', id)
    end
  end
  redis.call('DEL', jobKey(id), P .. ':events:' .. id)
end
for _, id in ipairs(ids) do
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'hookState')
  local state = f[1] and redis.call('HGET', jobKey(f[1]), 'state')
  -- Later steps may read the result of one that has ended, and a webhook has still to be told of it.
  if state and not isOver(state) or f[2] == 'waiting' then redis.call('ZADD', P .. ':ended', now, id) else forget(id) end
end
local classes = redis.call('ZRANGEBYSCORE', P .. ':classes', '-inf', now - tonumber(ARGV[4]), 'LIMIT', 0, limit)
local many = redis.call('ZCARD', P .. ':classes') - #classes - tonumber(ARGV[5])
if many > 0 then
  for _, c in ipairs(redis.call('ZRANGE', P .. ':classes', #classes, #classes + math.min(many, limit) - 1)) do classes[#classes + 1] = c end
end
for _, member in ipairs(classes) do
  local tenant, class = string.match(member, '^(.-)|(.*)$')
  redis.call('ZREM', P .. ':classes', member)
  redis.call('DEL', P .. ':class:' .. tenant .. ':' .. class)
end
redis.call("ZREMRANGEBYSCORE", P .. ":workers", "-inf", now - tonumber(ARGV[6]))
return { #ids, #classes }
