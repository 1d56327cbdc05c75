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

local function claimed(number, workflow)
  return { 'claimed', number, now, redis.call('HGETALL', job), workflow and leftMs(workflow) or -1, redis.call('GET', specKey(id)) or '{}',
    redis.call('HGETALL', dataKey(id)) }
end

local function read()
  local f = redis.call('HMGET', job, 'state', 'attempt', 'last', 'tenantKey', 'classKey', 'startedAt', 'readyAt', 'queuedMs', 'token',
    'submittedAt', 'workflow', 'step', 'dueCause')
  return { state = f[1], open = f[2], last = f[3], tenantKey = f[4], classKey = f[5], startedAt = f[6], readyAt = f[7], queuedMs = f[8],
    token = f[9], submittedAt = f[10], workflow = f[11], step = f[12], dueCause = f[13] }
end

local r = read()
if not r.state then return { 'unavailable', 'missing', 'fail', 'missing' } end
if r.open ~= '0' then
  -- The same call again, sent twice across a reconnect.
  if r.token == token then return claimed(tonumber(r.open), r.workflow) end
  if leaseAgeMs(id .. '.' .. r.open) < tonumber(ARGV[4]) then return { 'unavailable', 'held' } end
  if markLost(id, r.open, tonumber(ARGV[5])) ~= 'requeued' then
    redis.call('ZREM', P .. ':outbox', id)
    return { 'unavailable', stateAndSync(id) }
  end
  r = read()
end
if r.state ~= 'queued' and r.state ~= 'scheduled' then return { 'unavailable', stateAndSync(id) } end

local number = tonumber(r.last) + 1
local a = attemptFields(number)
listState(id, r.state, 'running', r.tenantKey, r.submittedAt)
redis.call('HSET', job, 'state', 'running', 'attempt', number, 'last', number, 'token', token, a .. 'worker', worker, a .. 'startedAt', now,
  'queuedMs', tonumber(r.queuedMs or '0') + math.max(0, now - tonumber(r.readyAt)), 'startedAt', r.startedAt or now)
renewLease(id .. '.' .. number)
redis.call('ZADD', P .. ':running:' .. r.tenantKey .. ':' .. r.classKey, now, id .. '.' .. number .. ' ' .. worker)
redis.call('ZREM', P .. ':outbox', id)
if r.dueCause then clearDue(id) end
if r.workflow then
  showInWorkflow(r.workflow, r.step, 'running')
  workStarted(id)
end
return claimed(number, r.workflow)
