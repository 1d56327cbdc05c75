--[[
  Closes an attempt whose lease was not renewed, and requeues its job. Safe when many watchdogs do it at once.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  attempt number
  ARGV[3]  silence after which it is lost, in ms; 0: its process is known to be gone
  ARGV[4]  max losses
  ARGV[5]  max events
  ARGV[6]  output ttl, in ms
  Replies
    {"requeued" | "failed" | "cancelled", {affected jobs}}
    {"alive"}  its lease was renewed
    {"gone"}   it is not open any more
]]
local id, n = ARGV[1], ARGV[2]
local attemptId = id .. '.' .. n
if redis.call('HGET', jobKey(id), 'attempt') ~= n then
  redis.call('ZREM', P .. ':leases', attemptId)
  return { 'gone' }
end
if leaseAgeMs(attemptId) < tonumber(ARGV[3]) then return { 'alive' } end
setRetention(ARGV[5], ARGV[6])
return { markLost(id, n, tonumber(ARGV[4])), affectedJobs }
