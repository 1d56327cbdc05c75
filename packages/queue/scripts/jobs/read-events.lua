--[[
  Reads events of a job. In one call: the number of an event follows from its place and from how many were cut off before.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  number of the event after which to read; 0: from the first
  ARGV[3]  how many at most
  Replies
    {submitted at, number of the first of these events, {event, ...}}
    {}  there is no such job
]]
local f = redis.call('HMGET', jobKey(ARGV[1]), 'submittedAt', 'eventsCut')
if not f[1] then return {} end
-- The first event of a job is its submission, which is not in the list.
local firstKept = 2 + tonumber(f[2] or '0')
local from = math.max(0, tonumber(ARGV[2]) + 1 - firstKept)
return { f[1], firstKept + from, redis.call('LRANGE', P .. ':events:' .. ARGV[1], from, from + tonumber(ARGV[3]) - 1) }
