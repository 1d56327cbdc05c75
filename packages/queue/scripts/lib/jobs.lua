-- Shared by every script; the head of the library.
-- KEYS[1] is the prefix with the hash tag, so that every key below lives in one slot of a cluster:
--   :job:<id>            hash    the record; of workflows and their steps steps.lua says more
--   :events:<id>         stream  what happened, with output; :bus:<id> announces each entry
--   :by:<tenant>:<state> zset    id -> submitted at; tenant "*" is everybody, state "all" is every state
--   :beats               zset    attempt id -> when it was last vouched for
--   :outbox              zset    id -> revision of a change that BullMQ has not seen: when it was made
--   :due                 zset    id -> when a waiting job ends for waiting (field `dueCause`)
--   :ended               zset    id -> finished at
--   :hooks               zset    id -> when its webhook is to be told of its end next, or the lease of who tells it is over
--   :pausable            set     kinds that can be paused while they run; "command" always can
--   :run:<tenant>:<class> zset   <attempt id> <worker> -> started at
--   :ring:<key>          list    newest first, encoded observations; the key is <metric>/<scope>/<level>, the scope a tenant
--   :rings:<scope>       zset    ring key -> when it was last written
--   :scopes              set     scopes that have rings
--   :format              string  version of the form of the rings
--   :seen                hash    when Redis was last asked by a beat or sweep (`at`), and since when without a gap (`back`)
--   :tally               hash    attempts handed on, and writes that were refused since theirs was, by what they were
--   :class:<tenant>:<class> hash counters; :classes zset <tenant>|<class> -> last at
-- Times are milliseconds of this Redis.
local P

-- What steps.lua does when a job is a step of a workflow; nothing where it is not.
local workStarted, workStopped, stepEnded, stepBound, stepExtended
-- Other jobs whose outbox entry this script has added; in the replies as {affected jobs}.
local affectedJobs

-- Called first by every script: the prefix of all keys, and nothing left over from the call before.
local function begin(keys)
  P = keys[1]
  affectedJobs = {}
end

local function nowMs()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

-- Since when Redis has been asked without a gap of so many ms; such a gap says that it stood still, or everybody.
local function backSince(now, awayAfterMs)
  local seen = redis.call('HMGET', P .. ':seen', 'at', 'back')
  local back = tonumber(seen[2] or '0')
  if seen[1] and now - tonumber(seen[1]) > awayAfterMs then back = now end
  redis.call('HSET', P .. ':seen', 'at', now, 'back', back)
  return back
end

local function jobKey(id) return P .. ':job:' .. id end

local function event(id, kind, attempt, data, maxEvents, now)
  redis.call('XADD', P .. ':events:' .. id, 'MAXLEN', '~', maxEvents, '*', 't', kind, 'n', attempt, 'at', now, 'd', data)
  redis.call('PUBLISH', P .. ':bus:' .. id, kind)
end

local function setState(id, tenant, from, to, submittedAt)
  for _, scope in ipairs({ tenant, '*' }) do
    if from then redis.call('ZREM', P .. ':by:' .. scope .. ':' .. from, id) end
    redis.call('ZADD', P .. ':by:' .. scope .. ':' .. to, submittedAt, id)
  end
  redis.call('HSET', jobKey(id), 'state', to)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'step')
  if f[1] then redis.call('HSET', jobKey(f[1]), 's' .. f[2] .. ':state', to) end
end

-- An outbox entry: BullMQ has to be brought in step with the record. Returns its revision.
local function enqueueSync(id, now)
  redis.call('ZADD', P .. ':outbox', now, id)
  return now
end

-- What has to be done in BullMQ with a job that has no open attempt: {"complete", ""} | {"fail", reason} | {"delay", ms}.
-- A job that was cancelled or paused fails there: it is handed out no more.
local function syncAction(state, cause, readyAt, now)
  if state == 'succeeded' then return { 'complete', '' } end
  if state == 'queued' or state == 'scheduled' then return { 'delay', math.max(0, tonumber(readyAt) - now) } end
  return { 'fail', (state == 'failed' or state == 'cancelled') and cause or state }
end

-- When a waiting job has to end for waiting: the earliest of queue wait, overall and completeBy.
local function setDue(id, now, readyAt)
  local f = redis.call('HMGET', jobKey(id), 'queueMs', 'overallMs', 'spentMs', 'completeBy', 'last')
  local due, cause = nil, nil
  local function consider(at, name)
    if at and (not due or at < due) then due, cause = at, name end
  end
  if f[1] then consider(readyAt + tonumber(f[1]), 'queue_wait') end
  if f[2] and readyAt > now and f[5] ~= '0' then consider(now + tonumber(f[2]) - tonumber(f[3] or '0'), 'overall') end
  if f[4] then consider(tonumber(f[4]), 'complete_by') end
  if due then
    redis.call('HSET', jobKey(id), 'dueCause', cause)
    redis.call('ZADD', P .. ':due', due, id)
  end
end

-- A job has ended: its webhook has to be told. Each end has a number, so that each has a delivery of its own.
local function askHook(id, now)
  local job = jobKey(id)
  redis.call('HINCRBY', job, 'hookEnd', 1)
  redis.call('HSET', job, 'hookState', 'waiting', 'hookTries', '0')
  redis.call('ZADD', P .. ':hooks', now, id)
end

-- It goes on after all: the end that is told is the one to come.
local function forgetHook(id)
  redis.call('HDEL', jobKey(id), 'hookState', 'hookTries', 'hookError', 'hookNextAt', 'hookEndedAt')
  redis.call('ZREM', P .. ':hooks', id)
end

local function finish(id, state, cause, now, outputMs)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'tk', 'state', 'submittedAt', 'hook')
  setState(id, f[1], f[2], state, f[3])
  redis.call('HSET', job, 'cause', cause, 'finishedAt', now, 'attempt', '0')
  redis.call('ZREM', P .. ':due', id)
  redis.call('ZADD', P .. ':ended', now, id)
  redis.call('PEXPIRE', P .. ':events:' .. id, outputMs)
  if f[4] then askHook(id, now) end
  stepEnded(id, state, cause, now)
end

-- A ring was written. The rings of a scope that were written longest ago are forgotten when there are too many: whoever
-- writes a class also writes the more general ones, so the most special go first, and what they taught stays with these.
local MOST_FORGOTTEN_AT_ONCE = 100
local function keepRing(key, ttlMs, maxRings, now)
  local scope = string.match(key, '^[^/]*/([^/]*)/') or ''
  local rings = P .. ':rings:' .. scope
  local _, depth = string.gsub(key, '/', '')
  -- Of those written in the same millisecond the most special one counts as the oldest.
  local written = now + 1 / depth
  -- A broken index must not keep an attempt from being settled: it starts anew.
  if type(redis.pcall('ZADD', rings, written, key)) == 'table' then
    redis.call('DEL', rings)
    redis.call('ZADD', rings, written, key)
  end
  redis.pcall('SADD', P .. ':scopes', scope)
  redis.call('PEXPIRE', rings, ttlMs)
  redis.call('ZREMRANGEBYSCORE', rings, '-inf', '(' .. (now - tonumber(ttlMs)))
  local surplus = redis.call('ZCARD', rings) - tonumber(maxRings)
  if surplus <= 0 then return end
  for _, old in ipairs(redis.call('ZRANGE', rings, 0, math.min(surplus, MOST_FORGOTTEN_AT_ONCE) - 1)) do
    redis.call('ZREM', rings, old)
    redis.call('DEL', P .. ':ring:' .. old)
  end
end

-- A late writer: nothing changes but this count.
local function refused(write) redis.call('HINCRBY', P .. ':tally', 'refused:' .. write, 1) end

-- Closes attempt n: nobody vouches for it any more, and writes under its id are refused from here on.
local function closeAttempt(id, n, outcome, cause, durationMs, now)
  local job = jobKey(id)
  local a = 'a' .. n .. ':'
  local f = redis.call('HMGET', job, 'tk', 'ck', 'spentMs', a .. 'worker')
  redis.call('HSET', job, 'attempt', '0', a .. 'endedAt', now, a .. 'outcome', outcome, a .. 'cause', cause,
    a .. 'durationMs', durationMs, 'spentMs', tonumber(f[3] or '0') + tonumber(durationMs))
  redis.call('ZREM', P .. ':beats', id .. '.' .. n)
  redis.call('ZREM', P .. ':run:' .. f[1] .. ':' .. f[2], id .. '.' .. n .. ' ' .. (f[4] or ''))
end

-- When a parked job goes on by itself, or ends: only completeBy runs on while it is paused.
local function setPauseDue(id, now)
  local f = redis.call('HMGET', jobKey(id), 'completeBy', 'pauseUntil')
  local due, cause = tonumber(f[2] or now), 'pause'
  if f[1] and tonumber(f[1]) < due then due, cause = tonumber(f[1]), 'complete_by' end
  redis.call('HSET', jobKey(id), 'dueCause', cause)
  redis.call('ZADD', P .. ':due', due, id)
end

-- A job that is paused and has no open attempt: BullMQ forgets it until it goes on, and the pause is bounded.
local function park(id, now)
  local f = redis.call('HMGET', jobKey(id), 'tk', 'state', 'submittedAt')
  setState(id, f[1], f[2], 'paused', f[3])
  setPauseDue(id, now)
  workStopped(id, now)
end

local function requeue(id, readyAt, now)
  local f = redis.call('HMGET', jobKey(id), 'tk', 'state', 'submittedAt')
  setState(id, f[1], f[2], readyAt > now and 'scheduled' or 'queued', f[3])
  redis.call('HSET', jobKey(id), 'readyAt', readyAt)
  setDue(id, now, readyAt)
end

-- Lets a parked job go on.
local function unpark(id, now, maxEvents)
  local readyAt = tonumber(redis.call('HGET', jobKey(id), 'readyAt') or now)
  redis.call('HDEL', jobKey(id), 'pause', 'pauseUntil')
  redis.call('ZREM', P .. ':due', id)
  requeue(id, math.max(now, readyAt), now)
  event(id, 'resumed', 0, '{}', maxEvents, now)
  enqueueSync(id, now)
end

-- An attempt whose worker is gone: burns no attempt, waits for no back-off, bounded by maxLosses. A worker that could say
-- why it died has cleared the attempts that had no part in it; their loss does not count.
-- Returns what became of the job: requeued, failed or cancelled.
local function markLost(id, n, maxLosses, now, maxEvents, outputMs)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'losses', 'onWorkerLost', 'cancel', 'a' .. n .. ':startedAt', 'a' .. n .. ':worker', 'pause',
    'a' .. n .. ':why', 'a' .. n .. ':cleared')
  closeAttempt(id, n, 'lost', 'worker_lost', now - tonumber(f[4] or now), now)
  redis.call('HINCRBY', P .. ':tally', 'requeued', 1)
  local cleared = f[8] == '1'
  local losses = tonumber(f[1] or '0') + (cleared and 0 or 1)
  redis.call('HSET', job, 'losses', losses)
  event(id, 'lost', n, cjson.encode({ worker = f[5] or '', losses = losses, cleared = cleared or nil, why = f[7] or nil }), maxEvents, now)
  local fate = 'requeued'
  if f[3] then
    fate = 'cancelled'
    finish(id, 'cancelled', 'cancelled', now, outputMs)
    enqueueSync(id, now)
  elseif f[2] == 'fail' or (not cleared and losses > maxLosses) then
    fate = 'failed'
    redis.call('HSET', job, 'error', cjson.encode({ code = 'worker_lost',
      message = f[2] == 'fail' and 'The worker was lost and the job asked not to be run again (onWorkerLost: fail).'
        or ('The worker was lost ' .. losses .. ' times under this job; ' .. maxLosses .. ' are allowed.' .. (f[7] and ' The last time: ' .. f[7] or '')) }))
    finish(id, 'failed', 'worker_lost', now, outputMs)
    enqueueSync(id, now)
  elseif f[6] then
    -- It was paused and stays so, without its process.
    redis.call('HSET', job, 'readyAt', now)
    park(id, now)
    enqueueSync(id, now)
  else
    requeue(id, now, now)
    enqueueSync(id, now)
    workStopped(id, now)
  end
  if fate ~= 'requeued' then event(id, 'finished', n, cjson.encode({ state = fate, cause = fate == 'failed' and 'worker_lost' or 'cancelled' }), maxEvents, now) end
  return fate
end
