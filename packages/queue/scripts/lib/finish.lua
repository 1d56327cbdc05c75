-- The end of a job, and its return.

-- Set in workflow-steps.lua: what follows for the workflow when one of its steps ends.
local stepEnded

-- The fields of a record that `finish` needs, in their order.
local function readForFinish(id)
  local f = redis.call('HMGET', jobKey(id), 'state', 'tenantKey', 'submittedAt', 'workflow', 'step', 'webhook', 'dueCause')
  return { state = f[1], tenantKey = f[2], submittedAt = f[3], workflow = f[4], step = f[5], webhook = f[6], dueCause = f[7] }
end

-- r: as readForFinish has it; read here if absent. ...: further fields and values for the record.
local function finish(id, state, cause, r, ...)
  r = r or readForFinish(id)
  listState(id, r.state, state, r.tenantKey, r.submittedAt)
  redis.call('HSET', jobKey(id), 'state', state, 'cause', cause, 'finishedAt', now, 'attempt', '0', ...)
  showInWorkflow(r.workflow, r.step, state)
  if r.dueCause then clearDue(id) end
  redis.call('ZADD', P .. ':ended', now, id)
  if r.webhook then enqueueWebhook(id) end
  if r.workflow then stepEnded(id, state, cause) end
end

-- attempt: number of the attempt that it ended with; 0: it ended without one.
local function finishedEvent(id, state, cause, attempt)
  event(id, 'finished', attempt, { state = state, cause = cause })
  redis.call('PEXPIRE', P .. ':events:' .. id, retention.outputMs)
end

-- Ends a job that has no open attempt. error: {code, message}.
local function finishWaiting(id, state, cause, error)
  redis.call('HSET', dataKey(id), 'error', cjson.encode(error))
  finish(id, state, cause)
  enqueueSync(id)
  finishedEvent(id, state, cause, 0)
end

-- Clears the end of a job that is tried again.
local function reopen(id)
  redis.call('HDEL', jobKey(id), 'cause', 'finishedAt', 'cancel', 'savedMs', 'pause', 'pauseUntil', 'late')
  redis.call('HDEL', dataKey(id), 'error')
  redis.call('ZREM', P .. ':ended', id)
  redis.call('PERSIST', P .. ':events:' .. id)
  dropWebhook(id)
end

-- Gives a job that has ended further attempts. Its losses stay: one that ends its workers costs one more of them with each
-- retry, not as many as before.
local function retryJob(id, attempts)
  local job = jobKey(id)
  reopen(id)
  local tried = tonumber(redis.call('HGET', job, 'tried'))
  redis.call('HSET', job, 'maxAttempts', tried + attempts, 'spentMs', '0', 'deferrals', '0')
  requeue(id, now)
  enqueueSync(id)
  event(id, 'retried', 0, { attempts = attempts })
end
