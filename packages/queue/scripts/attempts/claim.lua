--[[
  Opens the next attempt of a job for one worker. BullMQ hands out a running job again when its lock has run out, as in an
  outage of Redis: the attempt keeps the job while its lease is renewed; one that was silent for so long that no watchdog can
  be running is closed as lost first.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  worker
  ARGV[3]  token under which BullMQ handed the job out
  ARGV[4]  silence after which an open attempt is taken over, in ms
  ARGV[5]  max losses
  ARGV[6]  max events
  ARGV[7]  output ttl, in ms
  Replies
    {"claimed", attempt number, now, HGETALL, what is left of its workflow's budget in ms, or -1 where it is no step, spec,
      HGETALL of its long values}
    {"unavailable", state, sync action}  there is nothing to run; state "missing": there is no such job
    {"unavailable", "held"}              another attempt is open
]]
local id, worker, token = ARGV[1], ARGV[2], ARGV[3]
local job = jobKey(id)
setRetention(ARGV[6], ARGV[7])

local function claimed(number)
  local workflow = redis.call('HGET', job, 'workflow')
  return { 'claimed', number, now, redis.call('HGETALL', job), workflow and leftMs(workflow) or -1, redis.call('GET', specKey(id)) or '{}',
    redis.call('HGETALL', dataKey(id)) }
end

local f = redis.call('HMGET', job, 'state', 'attempt', 'last', 'tenantKey', 'classKey', 'startedAt', 'readyAt', 'queuedMs', 'token')
local state, open = f[1], f[2]
if not state then return { 'unavailable', 'missing', 'fail', 'missing' } end
if open ~= '0' then
  -- The same call again, sent twice across a reconnect.
  if f[9] == token then return claimed(tonumber(open)) end
  if leaseAgeMs(id .. '.' .. open) < tonumber(ARGV[4]) then return { 'unavailable', 'held' } end
  if markLost(id, open, tonumber(ARGV[5])) ~= 'requeued' then
    redis.call('ZREM', P .. ':outbox', id)
    return { 'unavailable', stateAndSync(id) }
  end
  state = redis.call('HGET', job, 'state')
end
if state ~= 'queued' and state ~= 'scheduled' then return { 'unavailable', stateAndSync(id) } end

local number = tonumber(f[3]) + 1
local a = attemptFields(number)
setState(id, 'running')
redis.call('HSET', job, 'attempt', number, 'last', number, 'token', token, a .. 'worker', worker, a .. 'startedAt', now,
  'queuedMs', tonumber(f[8] or '0') + math.max(0, now - tonumber(f[7])))
if not f[6] then redis.call('HSET', job, 'startedAt', now) end
renewLease(id .. '.' .. number)
redis.call('ZADD', P .. ':running:' .. f[4] .. ':' .. f[5], now, id .. '.' .. number .. ' ' .. worker)
redis.call('ZREM', P .. ':outbox', id)
clearDue(id)
workStarted(id)
return claimed(number)
