--[[
  Pauses a job: at once where it has no open attempt, else by a request to its worker to stop the process. Of a workflow no
  further step starts; its waiting steps are paused, and its running ones where their kind can be.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  longest pause, in ms
  ARGV[3]  max events
  ARGV[4]  output ttl, in ms
  Replies
    {"paused", {affected jobs}}
    {"requested"}
    {"already"}
    {"not_possible"}  a running attempt of its kind cannot be paused
    {"too_late"}      it has ended
    {"unknown"}       there is no such job
]]
local maxPauseMs = tonumber(ARGV[2])
setRetention(ARGV[3], ARGV[4])

local function wantPause(job) redis.call('HSET', job, 'pause', now, 'pauseUntil', now + maxPauseMs) end

local function pauseJob(id)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'attempt', 'pause', 'kind')
  local state, kind = f[1], f[4]
  if not state then return 'unknown' end
  if isFinal(state) then return 'too_late' end
  if state == 'paused' then return 'already' end
  if state == 'running' then
    if kind ~= 'command' and redis.call('SISMEMBER', P .. ':pausable', kind) == 0 then return 'not_possible' end
    -- Requested before and on its way: another request waits for it as well.
    if not f[3] then
      wantPause(job)
      event(id, 'pause_requested', f[2], {})
    end
    return 'requested'
  end
  wantPause(job)
  park(id)
  enqueueSync(id)
  event(id, 'paused', 0, {})
  return 'paused'
end

local function pauseWorkflow(id, plan)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'endState')
  if isFinal(f[1]) or f[2] then return 'too_late' end
  if f[1] == 'paused' then return 'already' end
  wantPause(job)
  setState(id, 'paused')
  event(id, 'paused', 0, {})
  for _, step in ipairs(openSteps(id, plan)) do
    if pauseJob(step) == 'paused' then addAffectedJob(step) end
  end
  setWorkflowDue(id)
  return 'paused'
end

local plan = planOf(ARGV[1])
return { plan and pauseWorkflow(ARGV[1], plan) or pauseJob(ARGV[1]), affectedJobs }
