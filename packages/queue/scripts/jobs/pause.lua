-- Parks a waiting job; asks the worker of a running one to stop its process where it stands. Of a workflow no further step
-- starts, its waiting steps are parked, and those that run stand still if their kind can.
-- ARGV: id, longest pause ms, max events
-- Replies: {"paused", {affected jobs}} | {"requested"} | {"already"} | {"not_possible"} | {"too_late"} | {"unknown"}
local now = nowMs()
local mostMs, maxEvents = tonumber(ARGV[2]), ARGV[3]

local function pauseJob(id)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'attempt', 'pause', 'kind')
  local state = f[1]
  if not state then return 'unknown' end
  if state == 'succeeded' or state == 'failed' or state == 'cancelled' then return 'too_late' end
  if state == 'paused' then return 'already' end
  if state == 'running' then
    -- Workers say which of their kinds can stand still.
    if f[4] ~= 'command' and redis.call('SISMEMBER', P .. ':pausable', f[4]) == 0 then return 'not_possible' end
    -- Asked for before, and on its way: whoever asks again waits for it too.
    if not f[3] then
      redis.call('HSET', job, 'pause', now, 'pauseUntil', now + mostMs)
      event(id, 'pause_requested', f[2], '{}', maxEvents, now)
    end
    return 'requested'
  end
  redis.call('HSET', job, 'pause', now, 'pauseUntil', now + mostMs)
  park(id, now)
  enqueueSync(id, now)
  event(id, 'paused', 0, '{}', maxEvents, now)
  return 'paused'
end

local function pauseWorkflow(id, plan)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'tk', 'submittedAt', 'fate')
  if f[1] == 'succeeded' or f[1] == 'failed' or f[1] == 'cancelled' or f[4] then return 'too_late' end
  if f[1] == 'paused' then return 'already' end
  redis.call('HSET', job, 'pause', now, 'pauseUntil', now + mostMs)
  setState(id, f[2], f[1], 'paused', f[3])
  event(id, 'paused', 0, '{}', maxEvents, now)
  for _, step in ipairs(openSteps(id, plan)) do
    if pauseJob(step) == 'paused' then affectedJobs[#affectedJobs + 1] = step end
  end
  setWorkflowDue(id, now)
  return 'paused'
end

local plan = planOf(ARGV[1])
return { plan and pauseWorkflow(ARGV[1], plan) or pauseJob(ARGV[1]), affectedJobs }
