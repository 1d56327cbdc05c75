--[[
  Writes the record of a new job, once.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  tenant
  ARGV[3]  state
  ARGV[4]  max waiting jobs
  ARGV[5]  idempotency key; "": none
  ARGV[6]  its ttl, in ms
  ARGV[7]  hash of the body
  ARGV[8]  delay, in ms
  ARGV[9]  max events
  ARGV[10] output ttl, in ms
  ARGV[11] spec, JSON
  ARGV[12] plan of a workflow, JSON; "" for any other job
  ARGV[13] number of values of the record
  then
  ARGV     field, value, ...
  then for each step of a workflow: spec; number of values; field, value, ...
  Replies
    {"created", now, {affected jobs}}
    {"replayed", job id}   the same submission again
    {"conflict", job id}   the idempotency key belongs to a submission with another body
    {"full", number of waiting jobs}
]]
local id, state, idempotencyKey = ARGV[1], ARGV[3], ARGV[5]
setRetention(ARGV[9], ARGV[10])
if idempotencyKey ~= '' then
  local seen = redis.call('GET', P .. ':idem:' .. idempotencyKey)
  local earlier, hash = string.match(seen or '', '^(%S+) (%S+)$')
  if earlier and redis.call('EXISTS', jobKey(earlier)) == 1 then
    if hash ~= ARGV[7] then return { 'conflict', earlier } end
    return { 'replayed', earlier }
  end
end
if redis.call('EXISTS', jobKey(id)) == 1 then return { 'replayed', id } end
local waiting = redis.call('ZCARD', P .. ':by:*:queued') + redis.call('ZCARD', P .. ':by:*:scheduled')
if waiting >= tonumber(ARGV[4]) then return { 'full', waiting } end

local readyAt = now + tonumber(ARGV[8])
local last = 13 + tonumber(ARGV[13])
redis.call('HSET', jobKey(id), 'submittedAt', now, 'readyAt', readyAt, 'attempt', '0', 'last', '0', 'tried', '0', 'losses', '0',
  'spentMs', '0', unpack(ARGV, 14, last))
redis.call('SET', specKey(id), ARGV[11])
if ARGV[12] ~= '' then redis.call('HSET', dataKey(id), 'plan', ARGV[12]) end
local position = 0
while last < #ARGV do
  local first = last + 2
  last, position = first + tonumber(ARGV[first]), position + 1
  local step = stepId(id, position)
  redis.call('SET', specKey(step), ARGV[first - 1])
  redis.call('HSET', jobKey(step), 'id', step, 'workflow', id, 'step', position, unpack(ARGV, first + 1, last))
  redis.call('HSET', jobKey(id), stepField(position, 'state'), 'waiting')
end
setState(id, state)
if idempotencyKey ~= '' then redis.call('SET', P .. ':idem:' .. idempotencyKey, id .. ' ' .. ARGV[7], 'PX', ARGV[6]) end
if position > 0 then
  setWorkflowDue(id)
  advance(id)
else
  setDue(id, readyAt)
  enqueueSync(id)
end
return { 'created', now, affectedJobs }
