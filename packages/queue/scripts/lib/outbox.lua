-- The outbox: changes of a record that BullMQ has not seen. Record and BullMQ cannot change in one step, so the script that
-- changes the record adds an entry; it is removed once BullMQ has changed as well, by this process or by the sweep of any worker.

-- Other jobs that got an entry in this call: the caller reconciles them with BullMQ too. In replies: {affected jobs}.
local affectedJobs

local function addAffectedJob(id) affectedJobs[#affectedJobs + 1] = id end

local function enqueueSync(id) redis.call('ZADD', P .. ':outbox', now, id) end

-- What BullMQ has to do with a job that has no open attempt, in replies: sync action.
--   "complete", ""
--   "fail", reason   also of a job that was cancelled or paused: it must not be handed out
--   "delay", ms      hand it out again; 0: at once
local function syncAction(state, cause, readyAt)
  if state == 'succeeded' then return 'complete', '' end
  if state == 'queued' or state == 'scheduled' then return 'delay', math.max(0, tonumber(readyAt) - now) end
  return 'fail', (state == 'failed' or state == 'cancelled') and cause or state
end

-- The sync action of a job as it is now, behind its state.
local function stateAndSync(id)
  local f = redis.call('HMGET', jobKey(id), 'state', 'cause', 'readyAt')
  return f[1], syncAction(f[1], f[2], f[3])
end
