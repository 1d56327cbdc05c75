-- Writes the record of a new job, once.
-- ARGV: id, tenant key, state, max waiting, idempotency key or "", its ttl ms, body hash, delay ms, max events,
--       number of values, then field, value, ...; for each step of a workflow the same: number of values, then field, value, ...
-- Replies: {"created", HGETALL, {affected jobs}} | {"replayed", HGETALL} | {"conflict", id} | {"full", waiting}
local id, tenant, state = ARGV[1], ARGV[2], ARGV[3]
local idem = ARGV[5]
local now = nowMs()
if idem ~= '' then
  local seen = redis.call('GET', P .. ':idem:' .. idem)
  if seen then
    local sid, hash = string.match(seen, '^(%S+) (%S+)$')
    if redis.call('EXISTS', jobKey(sid)) == 1 then
      if hash ~= ARGV[7] then return { 'conflict', sid } end
      return { 'replayed', redis.call('HGETALL', jobKey(sid)) }
    end
  end
end
if redis.call('EXISTS', jobKey(id)) == 1 then return { 'replayed', redis.call('HGETALL', jobKey(id)) } end
local waiting = redis.call('ZCARD', P .. ':by:*:queued') + redis.call('ZCARD', P .. ':by:*:scheduled')
if waiting >= tonumber(ARGV[4]) then return { 'full', waiting } end

local readyAt = now + tonumber(ARGV[8])
local fields = { 'submittedAt', now, 'readyAt', readyAt, 'attempt', '0', 'last', '0', 'tried', '0', 'losses', '0', 'spentMs', '0' }
local own = 10 + tonumber(ARGV[10])
for i = 11, own do fields[#fields + 1] = ARGV[i] end
redis.call('HSET', jobKey(id), unpack(fields))
local at, step = own + 1, 1
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  redis.call('HSET', jobKey(stepId(id, step)), 'id', stepId(id, step), 'workflow', id, 'step', step, unpack(ARGV, at + 1, last))
  redis.call('HSET', jobKey(id), stepField(step, 'state'), 'waiting')
  at, step = last + 1, step + 1
end
setState(id, tenant, nil, state, now)
redis.call('ZADD', P .. ':by:' .. tenant .. ':all', now, id)
redis.call('ZADD', P .. ':by:*:all', now, id)
if idem ~= '' then redis.call('SET', P .. ':idem:' .. idem, id .. ' ' .. ARGV[7], 'PX', ARGV[6]) end
event(id, 'submitted', 0, '{}', ARGV[9], now)
if step > 1 then
  setWorkflowDue(id, now)
  advance(id, now)
else
  setDue(id, now, readyAt)
  enqueueSync(id, now)
end
return { 'created', redis.call('HGETALL', jobKey(id)), affectedJobs }
