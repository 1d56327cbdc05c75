--[[
  Gives a job that failed or was cancelled new attempts and a new overall limit; completeBy stays. Of a workflow the steps
  that succeeded stay, all others start again when they are ready.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  attempts
  ARGV[3]  max events
  ARGV[4]  output ttl, in ms
  Replies
    {"retried", {affected jobs}}
    {"already"}       it waits or runs
    {"not_possible"}  it succeeded, or it is a step
    {"too_late"}      completeBy has passed
    {"unknown"}       there is no such job
]]
local id = ARGV[1]
local job = jobKey(id)
setRetention(ARGV[3], ARGV[4])
local f = redis.call('HMGET', job, 'state', 'completeBy', 'workflow')
local state, completeBy = f[1], f[2]
if not state then return { 'unknown' } end
if state == 'succeeded' or f[3] then return { 'not_possible' } end
if not isFinal(state) then return { 'already' } end
if completeBy and tonumber(completeBy) <= now then return { 'too_late' } end

local plan = planOf(id)
if not plan then
  retryJob(id, tonumber(ARGV[2]))
  return { 'retried', {} }
end
reopen(id)
redis.call('HDEL', job, 'endState', 'endCause', 'startedAt')
redis.call('HDEL', dataKey(id), 'result')
redis.call('HSET', job, 'spentMs', '0', 'readyAt', now)
for i, _ in ipairs(plan) do
  if redis.call('HGET', job, stepField(i, 'state')) ~= 'succeeded' then
    redis.call('HSET', job, stepField(i, 'state'), 'waiting')
    redis.call('HDEL', job, stepField(i, 'cause'), stepField(i, 'usedMs'), stepField(i, 'allocMs'), stepField(i, 'startedAt'), stepField(i, 'endedAt'))
  end
end
setState(id, 'queued')
event(id, 'retried', 0, {})
setWorkflowDue(id)
advance(id)
return { 'retried', affectedJobs }
