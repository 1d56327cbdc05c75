-- The steps of a workflow: which start, and how the workflow ends.

local function isWaiting(state) return state == 'waiting' end
local function isOver(state) return isFinal(state) or state == 'skipped' end

-- data: a table; the name of the step is added.
local function stepEvent(id, position, kind, data)
  data.step = planOf(id)[position].name
  event(id, kind, 0, data)
end

-- Makes a job of a step; one that ended before the workflow was tried again gets new attempts.
local function startStep(id, position)
  local step = stepId(id, position)
  local job = jobKey(step)
  local f = redis.call('HMGET', job, 'state', 'attemptsGiven')
  if f[1] then
    retryJob(step, tonumber(f[2]))
  else
    redis.call('HSET', job, 'submittedAt', now, 'readyAt', now, 'attempt', '0', 'last', '0', 'tried', '0', 'losses', '0', 'spentMs', '0')
    setState(step, 'queued')
    setDue(step, now)
    enqueueSync(step)
  end
  addAffectedJob(step)
  stepEvent(id, position, 'step_queued', { job = step })
end

-- The results of the steps by name. One that is too large stays with its step, and its name is in leftOut.
local function resultOf(id, plan)
  local room = tonumber(redis.call('HGET', jobKey(id), 'resultBytes'))
  local parts, leftOut = {}, {}
  for i, step in ipairs(plan) do
    local result = redis.call('HGET', dataKey(stepId(id, i)), 'result')
    if result and #result > room then
      leftOut[#leftOut + 1] = cjson.encode(step.name)
    elseif result then
      room = room - #result
      parts[#parts + 1] = cjson.encode(step.name) .. ':' .. result
    end
  end
  return '{"steps":{' .. table.concat(parts, ',') .. '},"leftOut":[' .. table.concat(leftOut, ',') .. ']}'
end

local function finishWorkflow(id, plan)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'endState', 'endCause')
  local state, cause = f[1] or 'succeeded', f[2] or ''
  redis.call('HSET', dataKey(id), 'result', resultOf(id, plan))
  redis.call('HDEL', job, 'pause', 'pauseUntil')
  finish(id, state, cause)
  finishedEvent(id, state, cause, 0)
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

-- Cancels a step: at once where it has no attempt, else by a request to its worker.
local function stopStep(step, reason)
  local job = jobKey(step)
  local f = redis.call('HMGET', job, 'attempt', 'cancel')
  if f[1] == '0' then
    redis.call('HSET', job, 'cancel', reason)
    finishWaiting(step, 'cancelled', 'cancelled', { code = 'cancelled', message = reason })
    addAffectedJob(step)
  elseif not f[2] then
    redis.call('HSET', job, 'cancel', reason)
    event(step, 'cancel_requested', f[1], { reason = reason })
  end
end

-- Decides how a workflow ends: steps that have not begun are skipped, open ones are cancelled; it is finished when the last
-- of them is over. ending: {state, cause, reason for its steps, error}.
local function endWorkflow(id, plan, ending)
  local job = jobKey(id)
  redis.call('HSET', job, 'endState', ending.state, 'endCause', ending.cause)
  if ending.error then redis.call('HSET', dataKey(id), 'error', cjson.encode(ending.error)) end
  clearDue(id)
  for i, _ in ipairs(plan) do
    if isWaiting(redis.call('HGET', job, stepField(i, 'state'))) then
      redis.call('HSET', job, stepField(i, 'state'), 'skipped')
      stepEvent(id, i, 'step_ended', { state = 'skipped' })
    end
  end
  for _, step in ipairs(openSteps(id, plan)) do stopStep(step, ending.reason) end
end

local function errorOf(step)
  local text = redis.call('HGET', dataKey(step), 'error')
  local ok, error = pcall(cjson.decode, text or '')
  return ok and type(error) == 'table' and error or {}
end

-- The end that the failure of a step brings, unless that step has "continue".
local function endByFailure(id, plan, states)
  for i, step in ipairs(plan) do
    local state = states[i]
    if (state == 'failed' or state == 'cancelled') and step.onFailure ~= 'continue' then
      local cause = redis.call('HGET', jobKey(id), stepField(i, 'cause')) or ''
      local error = errorOf(stepId(id, i))
      error.code = error.code or cause
      error.message = 'Step "' .. step.name .. '": ' .. (error.message or state)
      return { state = state, cause = cause, error = error, reason = 'Step "' .. step.name .. '" of the workflow ' .. state .. '.' }
    end
  end
end

local function endByBudget(step, left)
  return {
    state = 'failed', cause = 'budget_exhausted', reason = 'The time budget of the workflow was used up.',
    error = { code = 'budget_exhausted', setBy = 'the budget of the workflow',
      message = 'Step "' .. step .. '" did not start: ' .. math.max(0, math.floor(left)) .. ' ms of the time budget were left.',
      advice = 'The results of finished steps are kept. Give it more time with limits.overallMs or another mode.' },
  }
end

-- Positions of the steps that can start, and how many are open and waiting.
local function readySteps(plan, states)
  local ready, open, waiting = {}, 0, 0
  for i, step in ipairs(plan) do
    if isWaiting(states[i]) then
      waiting = waiting + 1
      local isReady = true
      for _, need in ipairs(step.needs) do isReady = isReady and isOver(states[need]) end
      if isReady then ready[#ready + 1] = i end
    elseif not isOver(states[i]) then
      open = open + 1
    end
  end
  return ready, open, waiting
end

-- Brings a workflow in step with the states of its steps: starts what has become ready, ends what is over. Called after
-- everything that may have changed them; idempotent.
local function advance(id)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'endState', 'pause', 'continueMs')
  local isEnding, isPaused = f[2], f[3]
  if isFinal(f[1]) or (f[1] == 'scheduled' and not isEnding) then return end
  local plan = planOf(id)
  local states = {}
  for i, _ in ipairs(plan) do states[i] = redis.call('HGET', job, stepField(i, 'state')) end
  local failure = not isEnding and endByFailure(id, plan, states)
  if failure then
    endWorkflow(id, plan, failure)
    return advance(id)
  end
  local ready, open, waiting = readySteps(plan, states)
  if isEnding or waiting == 0 then
    if open == 0 then finishWorkflow(id, plan) end
    return
  end
  if isPaused or #ready == 0 then return end
  local left = leftMs(id)
  if left < tonumber(f[4]) then
    endWorkflow(id, plan, endByBudget(plan[ready[1]].name, left))
    return advance(id)
  end
  for _, position in ipairs(ready) do startStep(id, position) end
end

stepEnded = function(id, state, cause)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'step', 'spentMs')
  if not f[1] then return end
  local workflow, position, used = f[1], tonumber(f[2]), tonumber(f[3] or '0')
  workStopped(id)
  redis.call('HSET', jobKey(workflow), stepField(position, 'cause'), cause, stepField(position, 'usedMs'), used, stepField(position, 'endedAt'), now)
  stepEvent(workflow, position, 'step_ended', { job = id, state = state, cause = cause, usedMs = used, leftMs = math.max(0, leftMs(workflow)) })
  advance(workflow)
end

-- Shows in a workflow what an attempt of one of its steps was allotted.
local function stepBound(id, attempt, allocMs, deadlineMs)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'step', 'spentMs', attemptFields(attempt) .. 'startedAt')
  if not f[1] then return end
  local position = tonumber(f[2])
  redis.call('HSET', jobKey(f[1]), stepField(position, 'allocMs'), tonumber(f[3] or '0') + allocMs, stepField(position, 'startedAt'), f[4])
  stepEvent(f[1], position, 'step_started',
    { job = id, attempt = tonumber(attempt), allocationMs = allocMs, deadlineMs = deadlineMs, leftMs = math.max(0, leftMs(f[1], tonumber(f[4]))) })
end

-- A deadline of a step was moved; shown where it goes beyond what the step was allotted.
local function stepExtended(id, deadlineMs)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'step', 'spentMs')
  if not f[1] then return end
  local position = tonumber(f[2])
  local field = stepField(position, 'allocMs')
  local allocMs = tonumber(f[3] or '0') + deadlineMs
  if allocMs <= tonumber(redis.call('HGET', jobKey(f[1]), field) or '0') then return end
  redis.call('HSET', jobKey(f[1]), field, allocMs)
  stepEvent(f[1], position, 'step_extended', { job = id, allocationMs = allocMs, leftMs = math.max(0, leftMs(f[1])) })
end
