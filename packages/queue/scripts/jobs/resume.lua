--[[
  Resumes a paused job: at once where it has no open attempt, else by a request to its worker.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  max events
  ARGV[3]  output ttl, in ms
  Replies
    {"resumed", {affected jobs}}
    {"requested", {}}
    {"already", {}}  it is not paused
    {"too_late"}     it has ended
    {"unknown"}      there is no such job
]]
local id = ARGV[1]
setRetention(ARGV[2], ARGV[3])
local state = redis.call('HGET', jobKey(id), 'state')
if not state then return { 'unknown' } end
if isFinal(state) then return { 'too_late' } end
if not planOf(id) then return { resumeJob(id), {} } end
if state ~= 'paused' then return { 'already', {} } end
resumeWorkflow(id)
return { 'resumed', affectedJobs }
