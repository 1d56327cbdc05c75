-- The end of a job, and its return.

-- Set in workflow-steps.lua: what follows for the workflow when one of its steps ends.
local stepEnded

local function finish(id, state, cause)
  local job = jobKey(id)
  setState(id, state)
  redis.call('HSET', job, 'cause', cause, 'finishedAt', now, 'attempt', '0')
  clearDue(id)
  redis.call('ZADD', P .. ':ended', now, id)
  if redis.call('HEXISTS', job, 'webhook') == 1 then enqueueWebhook(id) end
  stepEnded(id, state, cause)
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
