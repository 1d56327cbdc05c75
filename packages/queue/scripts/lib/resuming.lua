-- The end of a pause.

-- Returns resumed | requested (its worker resumes it) | already.
local function resumeJob(id)
  local f = redis.call('HMGET', jobKey(id), 'state', 'attempt', 'pause')
  local hasAttempt = f[2] ~= '0'
  -- Nobody wants it paused any more: it runs already, or its worker is about to resume it.
  if not f[3] then return f[1] == 'paused' and hasAttempt and 'requested' or 'already' end
  if hasAttempt then
    redis.call('HDEL', jobKey(id), 'pause', 'pauseUntil')
    return 'requested'
  end
  unpark(id)
  return 'resumed'
end

local function resumeWorkflow(id)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'startedAt', 'readyAt')
  redis.call('HDEL', job, 'pause', 'pauseUntil')
  setState(id, f[1] and 'running' or tonumber(f[2]) > now and 'scheduled' or 'queued')
  event(id, 'resumed', 0, {})
  for _, step in ipairs(openSteps(id, planOf(id))) do
    if resumeJob(step) == 'resumed' then addAffectedJob(step) end
  end
  setWorkflowDue(id)
  advance(id)
end
