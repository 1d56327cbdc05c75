-- Gives a job that failed or was cancelled new attempts and a new overall; completeBy stays, and so do its losses: one that
-- kills its workers costs one more of them with each retry, not as many as before.
-- Of a workflow the steps that succeeded stay, all others start again when they are ready.
-- ARGV: id, attempts, max events
-- Replies: {"retried", {affected jobs}} | {"already"} it waits or runs | {"not_possible"} it succeeded, or is a step | {"too_late"} completeBy has passed | {"unknown"}
local id = ARGV[1]
local job = jobKey(id)
local now = nowMs()
local f = redis.call('HMGET', job, 'state', 'tried', 'completeBy', 'workflow', 'tk', 'submittedAt')
if not f[1] then return { 'unknown' } end
if f[1] == 'succeeded' or f[4] then return { 'not_possible' } end
if f[1] ~= 'failed' and f[1] ~= 'cancelled' then return { 'already' } end
if f[3] and tonumber(f[3]) <= now then return { 'too_late' } end
redis.call('HDEL', job, 'cause', 'error', 'finishedAt', 'cancel', 'savedMs', 'pause', 'pauseUntil', 'late')
redis.call('ZREM', P .. ':ended', id)
redis.call('PERSIST', P .. ':events:' .. id)
forgetHook(id)
local plan = planOf(id)
if plan then
  redis.call('HDEL', job, 'fate', 'fateCause', 'result', 'startedAt')
  redis.call('HSET', job, 'spentMs', '0', 'readyAt', now)
  for i, _ in ipairs(plan) do
    if redis.call('HGET', job, stepField(i, 'state')) ~= 'succeeded' then
      redis.call('HSET', job, stepField(i, 'state'), 'waiting')
      redis.call('HDEL', job, stepField(i, 'cause'), stepField(i, 'usedMs'), stepField(i, 'allocMs'), stepField(i, 'startedAt'), stepField(i, 'endedAt'))
    end
  end
  setState(id, f[5], f[1], 'queued', f[6])
  event(id, 'retried', 0, '{}', ARGV[3], now)
  setWorkflowDue(id, now)
  advance(id, now)
  return { 'retried', affectedJobs }
end
redis.call('HSET', job, 'maxAttempts', tonumber(f[2]) + tonumber(ARGV[2]), 'spentMs', '0', 'deferrals', '0')
requeue(id, now, now)
enqueueSync(id, now)
event(id, 'retried', 0, cjson.encode({ attempts = tonumber(ARGV[2]) }), ARGV[3], now)
return { 'retried', {} }
