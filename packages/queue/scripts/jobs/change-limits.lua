-- Changes limits of a job that waits or runs. Of a workflow the whole budget, its wait, and completeBy of all its steps.
-- ARGV: id, max events, then name, value, ... as the submission names them; completeBy as text and as completeByMs; last
--   overallBoundMs, where the changes move what bounds all attempts: that, or "" where nothing does any more
-- Replies: {"changed"} | {"requested"} its worker has been told | {"too_late"} | {"unknown"}
local id = ARGV[1]
local now = nowMs()

-- Writes what was asked for into one record. Returns what has changed, by name.
local function write(job, takes)
  local limits = cjson.decode(redis.call('HGET', job, 'limits') or '{}')
  local changed = {}
  for i = 3, #ARGV, 2 do
    local name, value = ARGV[i], ARGV[i + 1]
    if not takes or takes[name] then
      if name == 'completeByMs' then
        redis.call('HSET', job, 'completeBy', value)
      elseif name == 'overallBoundMs' then
        if value == '' then redis.call('HDEL', job, 'overallMs') else redis.call('HSET', job, 'overallMs', value) end
      else
        -- completeBy, and a timeout of "none", are text.
        limits[name] = tonumber(value) or value
        changed[name] = limits[name]
        if name == 'queueMs' or name == 'overallMs' then redis.call('HSET', job, name, value) end
      end
    end
  end
  redis.call('HSET', job, 'limits', next(limits) and cjson.encode(limits) or '{}')
  return changed
end

local function changeJob(one, takes)
  local job = jobKey(one)
  local f = redis.call('HMGET', job, 'state', 'attempt', 'readyAt')
  if f[1] == 'succeeded' or f[1] == 'failed' or f[1] == 'cancelled' then return 'too_late' end
  local changed = write(job, takes)
  -- A step that is no job yet.
  if not f[1] then return 'unknown' end
  event(one, 'limits_changed', f[2], next(changed) and cjson.encode(changed) or '{}', ARGV[2], now)
  if f[2] ~= '0' then
    redis.call('HSET', job, 'limitsFor', f[2])
    return 'requested'
  end
  redis.call('ZREM', P .. ':due', one)
  if f[1] == 'paused' then setPauseDue(one, now) else setDue(one, now, tonumber(f[3])) end
  return 'changed'
end

local function changeWorkflow(plan)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'fate')
  if f[2] or isOver(f[1]) then return 'too_late' end
  local changed = write(job)
  if changed.overallMs then redis.call('HSET', job, 'totalMs', changed.overallMs) end
  event(id, 'limits_changed', 0, next(changed) and cjson.encode(changed) or '{}', ARGV[2], now)
  if changed.completeBy then
    for i, _ in ipairs(plan) do changeJob(stepId(id, i), { completeBy = true, completeByMs = true }) end
  end
  setWorkflowDue(id, now)
  return 'changed'
end

if redis.call('HEXISTS', jobKey(id), 'state') == 0 then return { 'unknown' } end
local plan = planOf(id)
return { plan and changeWorkflow(plan) or changeJob(id) }
