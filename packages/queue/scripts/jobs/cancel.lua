--[[
  Cancels a job: at once where it has no open attempt, else by a request to its worker. Of a workflow all steps that are not over.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  reason
  ARGV[3]  max events
  ARGV[4]  output ttl, in ms
  Replies
    {"cancelled", {affected jobs}}
    {"requested", {affected jobs}}  workers have still to end attempts
    {"already"}                     it was cancelled before
    {"too_late"}                    it has ended
    {"unknown"}                     there is no such job
]]
local id, reason = ARGV[1], ARGV[2]
local job = jobKey(id)
setRetention(ARGV[3], ARGV[4])
local f = redis.call('HMGET', job, 'state', 'cancel', 'attempt', 'endState')
local state, attempt = f[1], f[3]
if not state then return { 'unknown' } end
if state == 'cancelled' then return { 'already' } end
if isFinal(state) then return { 'too_late' } end

local plan = planOf(id)
if plan then
  if not f[4] then
    redis.call('HSET', job, 'cancel', reason)
    event(id, 'cancel_requested', 0, { reason = reason })
    endWorkflow(id, plan, { state = 'cancelled', cause = 'cancelled', reason = reason, error = { code = 'cancelled', message = reason } })
    advance(id)
  end
  return { redis.call('HGET', job, 'state') == 'cancelled' and 'cancelled' or 'requested', affectedJobs }
end
if attempt ~= '0' then
  if not f[2] then
    redis.call('HSET', job, 'cancel', reason)
    event(id, 'cancel_requested', attempt, { reason = reason })
  end
  return { 'requested', {} }
end
redis.call('HSET', job, 'cancel', reason)
finishWaiting(id, 'cancelled', 'cancelled', { code = 'cancelled', message = reason })
return { 'cancelled', affectedJobs }
