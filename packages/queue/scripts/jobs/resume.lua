-- Lets a paused job go on. ARGV: id, max events
-- Replies: {"resumed", {affected jobs}} | {"requested"} | {"already"} | {"too_late"} | {"unknown"}
local id = ARGV[1]
local now = nowMs()
local state = redis.call('HGET', jobKey(id), 'state')
if not state then return { 'unknown' } end
if state == 'succeeded' or state == 'failed' or state == 'cancelled' then return { 'too_late' } end
if planOf(id) then
  if state ~= 'paused' then return { 'already' } end
  resumeWorkflow(id, now, ARGV[2])
  return { 'resumed', affectedJobs }
end
return { resumeJob(id, now, ARGV[2]), {} }
