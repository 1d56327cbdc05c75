-- Workflows, shared by every script.
--   :job:<workflow>  has besides the fields of every job: plan (JSON list of steps, as the estimator split the time),
--     s<i>:state waiting | skipped | the state of the step's job; s<i>:cause, s<i>:usedMs, s<i>:allocMs, s<i>:startedAt,
--     s<i>:endedAt; atWork: how many steps are at work; workingSince: since when any is; spentMs: time at work before that;
--     fate, fateCause: how it will end once the last running step has
--   :job:<workflow>-s<i>  the step's job, written with the workflow; it is a job from when it has a state
-- The time of a workflow is the time in which at least one step is at work: from its first start to its end, back-offs
-- included, waiting for a worker and pauses not. Steps that run side by side spend the same seconds.

local function stepField(i, name) return 's' .. i .. ':' .. name end
local function stepId(id, i) return id .. '-s' .. i end
local function isWaiting(state) return state == 'waiting' end
local function isOver(state) return state == 'succeeded' or state == 'failed' or state == 'cancelled' or state == 'skipped' end

local function planOf(id)
  local plan = redis.call('HGET', jobKey(id), 'plan')
  return plan and cjson.decode(plan) or nil
end

-- What is left of the budget now, in ms.
local function leftMs(id, now)
  local f = redis.call('HMGET', jobKey(id), 'totalMs', 'spentMs', 'workingSince')
  local spent = tonumber(f[2] or '0')
  if f[3] then spent = spent + now - tonumber(f[3]) end
  return tonumber(f[1]) - spent
end

-- When the sweep has to look at a workflow: its start, the end of its wait, of its pause, of its budget, completeBy.
-- While steps are at work their own clocks come first and know the true cause: the sweep is late by slackMs.
local function setWorkflowDue(id, now)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'readyAt', 'queueMs', 'completeBy', 'pauseUntil', 'workingSince', 'slackMs', 'fate')
  local due, cause = nil, nil
  local function consider(at, name)
    if at and (not due or at < due) then due, cause = at, name end
  end
  local slack = f[6] and tonumber(f[7]) or 0
  if f[1] == 'scheduled' then consider(tonumber(f[2]), 'start') end
  if f[1] == 'queued' and f[3] then consider(tonumber(f[2]) + tonumber(f[3]), 'queue_wait') end
  if f[1] == 'paused' then consider(tonumber(f[5]), 'pause') end
  if f[6] then consider(now + leftMs(id, now) + slack, 'budget_exhausted') end
  if f[4] then consider(tonumber(f[4]) + slack, 'complete_by') end
  redis.call('ZREM', P .. ':due', id)
  -- Once its end is decided it only waits for steps, which have clocks of their own.
  if due and not f[8] then
    redis.call('HSET', job, 'dueCause', cause)
    redis.call('ZADD', P .. ':due', due, id)
  end
end

-- A job is at work from now on: if it is a step, the time of its workflow runs.
workStarted = function(id, now)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'workflow', 'atWork')
  if not f[1] or f[2] then return end
  redis.call('HSET', job, 'atWork', '1')
  local w = jobKey(f[1])
  if redis.call('HINCRBY', w, 'atWork', 1) == 1 then redis.call('HSET', w, 'workingSince', now) end
  local g = redis.call('HMGET', w, 'state', 'tk', 'submittedAt', 'startedAt', 'readyAt')
  if not g[4] then redis.call('HSET', w, 'startedAt', now, 'queuedMs', math.max(0, now - tonumber(g[5]))) end
  if g[1] == 'queued' then setState(f[1], g[2], g[1], 'running', g[3]) end
  setWorkflowDue(f[1], now)
end

-- It stands: waits for a worker, is paused, or is over.
workStopped = function(id, now)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'atWork')
  if not f[1] or not f[2] then return end
  redis.call('HDEL', jobKey(id), 'atWork')
  local w = jobKey(f[1])
  if redis.call('HINCRBY', w, 'atWork', -1) > 0 then return end
  local g = redis.call('HMGET', w, 'spentMs', 'workingSince')
  redis.call('HSET', w, 'spentMs', tonumber(g[1] or '0') + now - tonumber(g[2] or now))
  redis.call('HDEL', w, 'workingSince')
  setWorkflowDue(f[1], now)
end

local function eventOfStep(id, i, kind, said, now)
  said.step = planOf(id)[i].name
  event(id, kind, 0, cjson.encode(said), redis.call('HGET', jobKey(id), 'maxEvents'), now)
end

-- Makes the step's job a job; one that ended before the workflow was tried again gets new attempts.
local function startStep(id, i, now)
  local step = stepId(id, i)
  local job = jobKey(step)
  local f = redis.call('HMGET', job, 'state', 'tk', 'tried', 'attemptsGiven')
  local maxEvents = redis.call('HGET', jobKey(id), 'maxEvents')
  if f[1] then
    redis.call('HDEL', job, 'cause', 'error', 'finishedAt', 'cancel', 'savedMs', 'pause', 'pauseUntil', 'late')
    redis.call('HSET', job, 'maxAttempts', tonumber(f[3]) + tonumber(f[4]), 'spentMs', '0', 'deferrals', '0')
    redis.call('ZREM', P .. ':ended', step)
    redis.call('PERSIST', P .. ':events:' .. step)
    forgetHook(step)
    requeue(step, now, now)
    event(step, 'retried', 0, cjson.encode({ attempts = tonumber(f[4]) }), maxEvents, now)
  else
    redis.call('HSET', job, 'submittedAt', now, 'readyAt', now, 'attempt', '0', 'last', '0', 'tried', '0', 'losses', '0', 'spentMs', '0')
    setState(step, f[2], nil, 'queued', now)
    redis.call('ZADD', P .. ':by:' .. f[2] .. ':all', now, step)
    redis.call('ZADD', P .. ':by:*:all', now, step)
    setDue(step, now, now)
    event(step, 'submitted', 0, '{}', maxEvents, now)
  end
  enqueueSync(step, now)
  affectedJobs[#affectedJobs + 1] = step
  eventOfStep(id, i, 'step_queued', { job = step }, now)
end

-- The results of the steps under their names; what is too large stays with its step and is named in leftOut.
local function resultOf(id, plan)
  local most = tonumber(redis.call('HGET', jobKey(id), 'resultBytes'))
  local parts, leftOut = {}, {}
  for i, step in ipairs(plan) do
    local result = redis.call('HGET', jobKey(stepId(id, i)), 'result')
    if result and #result > most then
      leftOut[#leftOut + 1] = cjson.encode(step.name)
    elseif result then
      most = most - #result
      parts[#parts + 1] = cjson.encode(step.name) .. ':' .. result
    end
  end
  return '{"steps":{' .. table.concat(parts, ',') .. '},"leftOut":[' .. table.concat(leftOut, ',') .. ']}'
end

local function finishWorkflow(id, plan, now)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'fate', 'fateCause', 'outputMs', 'maxEvents')
  redis.call('HSET', job, 'result', resultOf(id, plan))
  redis.call('HDEL', job, 'pause', 'pauseUntil')
  finish(id, f[1] or 'succeeded', f[2] or '', now, f[3])
  event(id, 'finished', 0, cjson.encode({ state = f[1] or 'succeeded', cause = f[2] or '' }), f[4], now)
end

-- The jobs of the steps that have begun and are not over.
local function openSteps(id, plan)
  local open = {}
  for i, _ in ipairs(plan) do
    local state = redis.call('HGET', jobKey(id), stepField(i, 'state'))
    if not isWaiting(state) and not isOver(state) then open[#open + 1] = stepId(id, i) end
  end
  return open
end

local function stopStep(step, reason, now)
  local job = jobKey(step)
  local f = redis.call('HMGET', job, 'attempt', 'cancel', 'workflow')
  local w = redis.call('HMGET', jobKey(f[3]), 'outputMs', 'maxEvents')
  if f[1] == '0' then
    redis.call('HSET', job, 'cancel', reason, 'error', cjson.encode({ code = 'cancelled', message = reason }))
    finish(step, 'cancelled', 'cancelled', now, w[1])
    enqueueSync(step, now)
    affectedJobs[#affectedJobs + 1] = step
    event(step, 'finished', 0, cjson.encode({ state = 'cancelled', cause = 'cancelled' }), w[2], now)
  elseif not f[2] then
    redis.call('HSET', job, 'cancel', reason)
    event(step, 'cancel_requested', f[1], cjson.encode({ reason = reason }), w[2], now)
  end
end

-- Decides how the workflow ends: steps that have not begun never will, running ones are asked to stop.
local function endWorkflow(id, plan, fate, now)
  local job = jobKey(id)
  redis.call('HSET', job, 'fate', fate.state, 'fateCause', fate.cause)
  if fate.error then redis.call('HSET', job, 'error', cjson.encode(fate.error)) end
  redis.call('ZREM', P .. ':due', id)
  for i, _ in ipairs(plan) do
    if isWaiting(redis.call('HGET', job, stepField(i, 'state'))) then
      redis.call('HSET', job, stepField(i, 'state'), 'skipped')
      eventOfStep(id, i, 'step_ended', { state = 'skipped' }, now)
    end
  end
  for _, step in ipairs(openSteps(id, plan)) do stopStep(step, fate.reason, now) end
end

local function errorOfStep(step)
  local said = redis.call('HGET', jobKey(step), 'error')
  local ok, read = pcall(cjson.decode, said or '')
  return ok and type(read) == 'table' and read or {}
end

-- The failure that ends the workflow, if there is one: of a step that says so, which is the default.
local function fateOf(id, plan, states)
  for i, step in ipairs(plan) do
    local state = states[i]
    if (state == 'failed' or state == 'cancelled') and step.onFailure ~= 'continue' then
      local cause = redis.call('HGET', jobKey(id), stepField(i, 'cause')) or ''
      local said = errorOfStep(stepId(id, i))
      said.code = said.code or cause
      said.message = 'Step "' .. step.name .. '": ' .. (said.message or state)
      return { state = state, cause = cause, error = said, reason = 'Step "' .. step.name .. '" of the workflow ' .. state .. '.' }
    end
  end
end

local function exhausted(step, left)
  return {
    state = 'failed', cause = 'budget_exhausted', reason = 'The time budget of the workflow was used up.',
    error = { code = 'budget_exhausted', setBy = 'the budget of the workflow',
      message = 'Step "' .. step .. '" did not start: ' .. math.max(0, math.floor(left)) .. ' ms of the time budget were left.',
      advice = 'The results of finished steps are kept. Give it more time with limits.overallMs or another mode.' },
  }
end

-- Does what follows from the states of the steps, and nothing when nothing does: starts what has become ready, ends what
-- is over. Called by whatever may have changed them; calling it again changes nothing.
local function advance(id, now)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'fate', 'pause', 'continueMs')
  if f[1] == 'succeeded' or f[1] == 'failed' or f[1] == 'cancelled' then return end
  if f[1] == 'scheduled' and not f[2] then return end
  local plan = planOf(id)
  local states, ready, open, waiting = {}, {}, 0, 0
  for i, _ in ipairs(plan) do states[i] = redis.call('HGET', job, stepField(i, 'state')) end
  if not f[2] then
    local fate = fateOf(id, plan, states)
    if fate then
      endWorkflow(id, plan, fate, now)
      return advance(id, now)
    end
  end
  for i, step in ipairs(plan) do
    if not isWaiting(states[i]) then
      if not isOver(states[i]) then open = open + 1 end
    else
      waiting = waiting + 1
      local isReady = true
      for _, need in ipairs(step.needs) do isReady = isReady and isOver(states[need]) end
      if isReady then ready[#ready + 1] = i end
    end
  end
  if f[2] or waiting == 0 then
    if open == 0 then finishWorkflow(id, plan, now) end
    return
  end
  if f[3] or #ready == 0 then return end
  local left = leftMs(id, now)
  if left < tonumber(f[4]) then
    endWorkflow(id, plan, exhausted(plan[ready[1]].name, left), now)
    return advance(id, now)
  end
  for _, i in ipairs(ready) do startStep(id, i, now) end
end

-- A job has ended for good: if it is a step, its workflow goes on or ends.
stepEnded = function(id, state, cause, now)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'step', 'spentMs')
  if not f[1] then return end
  local w, i = f[1], tonumber(f[2])
  workStopped(id, now)
  local used = tonumber(f[3] or '0')
  redis.call('HSET', jobKey(w), stepField(i, 'cause'), cause, stepField(i, 'usedMs'), used, stepField(i, 'endedAt'), now)
  eventOfStep(w, i, 'step_ended', { job = id, state = state, cause = cause, usedMs = used, leftMs = math.max(0, leftMs(w, now)) }, now)
  advance(w, now)
end

-- A decision binds an attempt of a step: what it got of the whole.
stepBound = function(id, attempt, allocMs, deadlineMs, now)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'step', 'spentMs', 'a' .. attempt .. ':startedAt')
  if not f[1] then return end
  local i = tonumber(f[2])
  redis.call('HSET', jobKey(f[1]), stepField(i, 'allocMs'), tonumber(f[3] or '0') + allocMs, stepField(i, 'startedAt'), f[4])
  eventOfStep(f[1], i, 'step_started',
    { job = id, attempt = tonumber(attempt), allocationMs = allocMs, deadlineMs = deadlineMs, leftMs = math.max(0, leftMs(f[1], tonumber(f[4]))) }, now)
end

-- Its deadline was moved, perhaps beyond what it was allotted.
stepExtended = function(id, deadlineMs, now)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'step', 'spentMs')
  if not f[1] then return end
  local i = tonumber(f[2])
  local field = stepField(i, 'allocMs')
  local allocMs = tonumber(f[3] or '0') + deadlineMs
  if allocMs <= tonumber(redis.call('HGET', jobKey(f[1]), field) or '0') then return end
  redis.call('HSET', jobKey(f[1]), field, allocMs)
  eventOfStep(f[1], i, 'step_extended', { job = id, allocationMs = allocMs, leftMs = math.max(0, leftMs(f[1], now)) }, now)
end

-- Lets a paused job go on. Returns what was done.
local function resumeJob(id, now, maxEvents)
  local f = redis.call('HMGET', jobKey(id), 'state', 'attempt', 'pause')
  -- Without a wish for a pause it goes on already, or its worker is about to let it.
  if not f[3] then return f[1] == 'paused' and f[2] ~= '0' and 'requested' or 'already' end
  redis.call('HDEL', jobKey(id), 'pause', 'pauseUntil')
  if f[2] ~= '0' then return 'requested' end
  unpark(id, now, maxEvents)
  return 'resumed'
end

local function resumeWorkflow(id, now, maxEvents)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'tk', 'submittedAt', 'startedAt', 'readyAt')
  redis.call('HDEL', job, 'pause', 'pauseUntil')
  local to = f[4] and 'running' or tonumber(f[5]) > now and 'scheduled' or 'queued'
  setState(id, f[2], f[1], to, f[3])
  event(id, 'resumed', 0, '{}', maxEvents, now)
  for _, step in ipairs(openSteps(id, planOf(id))) do
    if resumeJob(step, now, maxEvents) == 'resumed' then affectedJobs[#affectedJobs + 1] = step end
  end
  setWorkflowDue(id, now)
  advance(id, now)
end
