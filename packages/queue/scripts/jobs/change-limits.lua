--[[
  Changes limits of a job that waits or runs. Of a workflow its budget and its queue wait, and completeBy of all its steps.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  max events
  ARGV[3]  output ttl, in ms
  then
  ARGV     name, value, ... as the submission names them; beside them
             completeByMs    of completeBy, epoch ms
             overallBoundMs  what bounds all attempts together, where the changes move that; "": nothing does any more
  Replies
    {"changed"}
    {"requested"}  its worker reads them with its next heartbeat
    {"too_late"}   it has ended
    {"unknown"}    there is no such job
]]
local id = ARGV[1]
setRetention(ARGV[2], ARGV[3])

-- Writes limits into one record: all that were given, or the named ones. Returns the changes by name.
local function write(job, only)
  local limits = cjson.decode(redis.call('HGET', job, 'limits') or '{}')
  local changes = {}
  for i = 4, #ARGV, 2 do
    local name, value = ARGV[i], ARGV[i + 1]
    if not only or only[name] then
      if name == 'completeByMs' then
        redis.call('HSET', job, 'completeBy', value)
      elseif name == 'overallBoundMs' then
        if value == '' then redis.call('HDEL', job, 'overallMs') else redis.call('HSET', job, 'overallMs', value) end
      else
        -- completeBy, and a timeout of "none", are text.
        limits[name] = tonumber(value) or value
        changes[name] = limits[name]
        if name == 'queueMs' or name == 'overallMs' then redis.call('HSET', job, name, value) end
      end
    end
  end
  redis.call('HSET', job, 'limits', cjson.encode(limits))
  return changes
end

local function changeJob(one, only)
  local job = jobKey(one)
  local f = redis.call('HMGET', job, 'state', 'attempt', 'readyAt')
  local state, attempt = f[1], f[2]
  if isFinal(state) then return 'too_late' end
  local changes = write(job, only)
  -- A step that is no job yet.
  if not state then return 'unknown' end
  event(one, 'limits_changed', attempt, changes)
  if attempt ~= '0' then
    redis.call('HSET', job, 'limitsChangedFor', attempt)
    return 'requested'
  end
  clearDue(one)
  if state == 'paused' then setPauseDue(one) else setDue(one, tonumber(f[3])) end
  return 'changed'
end

local function changeWorkflow(plan)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'endState')
  if isFinal(f[1]) or f[2] then return 'too_late' end
  local changes = write(job)
  if changes.overallMs then redis.call('HSET', job, 'totalMs', changes.overallMs) end
  event(id, 'limits_changed', 0, changes)
  if changes.completeBy then
    for i, _ in ipairs(plan) do changeJob(stepId(id, i), { completeBy = true, completeByMs = true }) end
  end
  setWorkflowDue(id)
  return 'changed'
end

if redis.call('HEXISTS', jobKey(id), 'state') == 0 then return { 'unknown' } end
local plan = planOf(id)
return { plan and changeWorkflow(plan) or changeJob(id) }
