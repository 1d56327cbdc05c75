--[[
  Does what is due for a waiting job or for a workflow: ends it, ends its longest pause, or starts it.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  max events
  ARGV[3]  output ttl, in ms
  Replies
    {"failed", {affected jobs}}
    {"resumed", {affected jobs}}  the longest pause is over
    {"started", {affected jobs}}  of a workflow that was submitted with a delay
    {"gone"}                      nothing is due
]]
local id = ARGV[1]
local job = jobKey(id)
setRetention(ARGV[2], ARGV[3])

local function expireWorkflow(plan, cause)
  if cause == 'pause' then
    resumeWorkflow(id)
    return { 'resumed', affectedJobs }
  end
  if cause == 'start' then
    setState(id, 'queued')
    setWorkflowDue(id)
    advance(id)
    return { 'started', affectedJobs }
  end
  local messages = {
    queue_wait = 'No worker took a step within the queue-wait limit of the workflow.',
    complete_by = 'The time given in completeBy passed before the workflow was done.',
    budget_exhausted = 'The time budget of the workflow was used up.',
  }
  local message = messages[cause]
  endWorkflow(id, plan, { state = 'failed', cause = cause, reason = message, error = { code = cause, message = message } })
  advance(id)
  return { 'failed', affectedJobs }
end

local due = redis.call('ZSCORE', P .. ':due', id)
if not due or tonumber(due) > now then return { 'gone' } end
local f = redis.call('HMGET', job, 'state', 'dueCause', 'queueMs', 'overallMs')
local state, cause = f[1], f[2]
local plan = planOf(id)
if plan then
  clearDue(id)
  return expireWorkflow(plan, cause)
end
if state == 'paused' and cause == 'pause' then
  unpark(id)
  return { 'resumed', {} }
end
if state ~= 'queued' and state ~= 'scheduled' and state ~= 'paused' then
  clearDue(id)
  return { 'gone' }
end
local messages = {
  queue_wait = 'No worker took the job within its queue-wait limit of ' .. (f[3] or '?') .. ' ms.',
  overall = 'The overall limit of ' .. (f[4] or '?') .. ' ms was reached while the job waited for its next attempt.',
  complete_by = 'The time given in completeBy passed while the job was waiting.',
}
finishWaiting(id, 'failed', cause, { code = cause, message = messages[cause] })
return { 'failed', affectedJobs }
