--[[
  Settles an attempt, once: closes it, stores its result and its observations, and finishes, retries or requeues the job.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  attempt number
  ARGV[3]  result, JSON; "": none. Beside the settlement, so that a large one is not encoded twice
  ARGV[4]  settlement, JSON:
             outcome     of the attempt
             cause       "": none
             durationMs
             next        "final" | "retry" | "requeue" | "deferred": its provider takes no calls now
             state       of the job, when final
             delayMs     before a retry
             counts      a deferral counts towards those that are allowed
             error       JSON text; absent: none
             partial     the result is not complete
             savedMs     what the deadline saved; absent: nothing
             rings       {{ring key, sample}, ...}
             class       {name, key} of the class that ran
             counters    {name: increment} of that class
             keep        {maxEvents, outputMs, ringLength, ringTtlMs, maxRings}
  Replies
    {"applied", state, {affected jobs}, revision, sync action}
    {"repeated", state}  the same call again, sent twice across a reconnect
    {"fenced", state}    state "missing": there is no such job
]]
local id, n, result = ARGV[1], ARGV[2], ARGV[3]
local s = cjson.decode(ARGV[4])
local job = jobKey(id)
local a = attemptFields(n)
local f = redis.call('HMGET', job, 'attempt', 'state', a .. 'outcome', 'cancel', 'tenantKey', 'pause', 'classKey', 'spentMs', a .. 'worker',
  'submittedAt', 'workflow', 'step', 'webhook', 'dueCause', 'tried')
if f[1] ~= n then
  if f[3] == s.outcome and s.outcome ~= 'lost' then return { 'repeated', f[2] } end
  countRefused('result')
  return { 'fenced', f[2] or 'missing' }
end
setRetention(s.keep.maxEvents, s.keep.outputMs)

local nextStep, state, cause = s.next, s.state, s.cause
if f[4] and nextStep ~= 'final' then
  -- Cancelled while it ran: no other attempt follows.
  nextStep, state, cause = 'final', 'cancelled', 'cancelled'
end
leaveRunning(id, n, f[5], f[7], f[9])
if s.partial then redis.call('HSET', job, a .. 'partial', '1') end
if s.savedMs then redis.call('HSET', job, 'savedMs', s.savedMs) end
if s.next == 'deferred' and s.counts then redis.call('HINCRBY', job, 'deferrals', 1) end
if result ~= '' then redis.call('HSET', dataKey(id), 'result', result) end
if s.error then redis.call('HSET', dataKey(id), 'error', s.error) end

for _, ring in ipairs(s.rings) do addSample(ring[1], ring[2], s.keep) end
countForClass(f[5], s.class, s.counters, s.keep.ringTtlMs)

local events = { requeue = 'released', deferred = 'deferred' }
event(id, events[nextStep] or 'attempt_ended', n, { outcome = s.outcome, cause = s.cause, durationMs = s.durationMs })
-- A requeued or deferred attempt is not burnt.
local tried = tonumber(f[15]) + ((s.next == 'requeue' or s.next == 'deferred') and 0 or 1)
if nextStep == 'final' then
  -- The error of an earlier attempt.
  if state == 'succeeded' and n ~= '1' then redis.call('HDEL', dataKey(id), 'error') end
  local r = { state = f[2], tenantKey = f[5], submittedAt = f[10], workflow = f[11], step = f[12], webhook = f[13], dueCause = f[14] }
  finish(id, state, cause, r, 'tried', tried, closingFields(n, s.outcome, s.cause, s.durationMs, f[8]))
  finishedEvent(id, state, cause, n)
  enqueueSync(id)
  return { 'applied', state, affectedJobs, now, syncAction(state, cause) }
end

redis.call('HSET', job, 'tried', tried, closingFields(n, s.outcome, s.cause, s.durationMs, f[8]))
local delayMs = nextStep == 'retry' and s.delayMs or 0
if delayMs > 0 then redis.call('HINCRBY', job, 'spentMs', delayMs) end
requeue(id, now + delayMs)
-- Paused while it ran: it waits for its resume, and not for a worker.
if f[6] then park(id) end
-- A back-off spends the budget of its workflow; waiting for a worker does not.
if nextStep ~= 'retry' then workStopped(id) end
if nextStep == 'retry' then event(id, 'retrying', n, { readyAt = now + delayMs }) end
enqueueSync(id)
local after, action, detail = stateAndSync(id)
return { 'applied', after, affectedJobs, now, action, detail }
