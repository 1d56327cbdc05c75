-- Ends a job that waited too long, and does what is due for a workflow. ARGV: id, max events, output ttl ms
-- Replies: {"failed", {affected jobs}} | {"resumed", {affected jobs}} the longest pause is over | {"started", {affected jobs}} | {"gone"}
local id = ARGV[1]
local job = jobKey(id)
local now = nowMs()

local function expireWorkflow(id, plan, why)
  if why == 'pause' then
    resumeWorkflow(id, now, ARGV[2])
    return { 'resumed', affectedJobs }
  end
  if why == 'start' then
    local g = redis.call('HMGET', job, 'tk', 'state', 'submittedAt')
    setState(id, g[1], g[2], 'queued', g[3])
    setWorkflowDue(id, now)
    advance(id, now)
    return { 'started', affectedJobs }
  end
  local said = {
    queue_wait = 'No worker took a step within the queue-wait limit of the workflow.',
    complete_by = 'The time given in completeBy passed before the workflow was done.',
    budget_exhausted = 'The time budget of the workflow was used up.',
  }
  local error = { code = why, message = said[why] }
  endWorkflow(id, plan, { state = 'failed', cause = why, reason = said[why], error = error }, now)
  advance(id, now)
  return { 'failed', affectedJobs }
end

local due = redis.call('ZSCORE', P .. ':due', id)
local f = redis.call('HMGET', job, 'state', 'dueCause', 'queueMs', 'overallMs')
if not due or tonumber(due) > now then return { 'gone' } end
local plan = planOf(id)
if plan then
  redis.call('ZREM', P .. ':due', id)
  return expireWorkflow(id, plan, f[2])
end
if f[1] == 'paused' and f[2] == 'pause' then
  unpark(id, now, ARGV[2])
  return { 'resumed', {} }
end
if f[1] ~= 'queued' and f[1] ~= 'scheduled' and f[1] ~= 'paused' then
  redis.call('ZREM', P .. ':due', id)
  return { 'gone' }
end
local said = {
  queue_wait = 'No worker took the job within its queue-wait limit of ' .. (f[3] or '?') .. ' ms.',
  overall = 'The overall limit of ' .. (f[4] or '?') .. ' ms was reached while the job waited for its next attempt.',
  complete_by = 'The time given in completeBy passed while the job was waiting.',
}
redis.call('HSET', job, 'error', cjson.encode({ code = f[2], message = said[f[2]] }))
finish(id, 'failed', f[2], now, ARGV[3])
enqueueSync(id, now)
event(id, 'finished', 0, cjson.encode({ state = 'failed', cause = f[2] }), ARGV[2], now)
return { 'failed', affectedJobs }
