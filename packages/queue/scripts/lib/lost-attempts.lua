-- Lost attempts: their worker is gone. A loss is no try, waits for no back-off, and is bounded by maxLosses. A worker that
-- could record why it died has cleared the attempts that had no part in it: their loss does not count.

local function lossMessage(f, losses, maxLosses)
  if f.onWorkerLost == 'fail' then return 'The worker was lost and the job asked not to be run again (onWorkerLost: fail).' end
  local last = f.deathCause and ' The last time: ' .. f.deathCause or ''
  return 'The worker was lost ' .. losses .. ' times under this job; ' .. maxLosses .. ' are allowed.' .. last
end

-- Returns what became of the job: requeued (also where it stays paused), failed or cancelled.
local function markLost(id, n, maxLosses)
  local job = jobKey(id)
  local a = attemptFields(n)
  local v = redis.call('HMGET', job, 'losses', 'onWorkerLost', 'cancel', 'pause', a .. 'startedAt', a .. 'worker', a .. 'deathCause', a .. 'cleared')
  local f = { onWorkerLost = v[2], isCancelled = v[3], isPaused = v[4], deathCause = v[7], isCleared = v[8] == '1' }
  local losses = tonumber(v[1] or '0') + (f.isCleared and 0 or 1)
  closeAttempt(id, n, 'lost', 'worker_lost', now - tonumber(v[5] or now))
  redis.call('HINCRBY', P .. ':tally', 'requeued', 1)
  redis.call('HSET', job, 'losses', losses)
  event(id, 'lost', n, { worker = v[6] or '', losses = losses, cleared = f.isCleared or nil, why = f.deathCause or nil })
  local state, cause
  if f.isCancelled then
    state, cause = 'cancelled', 'cancelled'
  elseif f.onWorkerLost == 'fail' or (not f.isCleared and losses > maxLosses) then
    state, cause = 'failed', 'worker_lost'
    redis.call('HSET', dataKey(id), 'error', cjson.encode({ code = 'worker_lost', message = lossMessage(f, losses, maxLosses) }))
  end
  if state then
    finish(id, state, cause)
    enqueueSync(id)
    finishedEvent(id, state, cause, n)
    return state
  end
  if f.isPaused then
    -- It stays paused, without a process.
    redis.call('HSET', job, 'readyAt', now)
    park(id)
  else
    requeue(id, now)
    workStopped(id)
  end
  enqueueSync(id)
  return 'requeued'
end
