--[[
  An operator resumes the jobs of a provider at once.

  KEYS[1]  prefix
  ARGV[1]  provider
  Replies
    {"resumed", circuit}
    {"already", circuit}
]]
local c = readCircuit(ARGV[1])
local isStopped = c.state ~= 'closed'
if isStopped then
  closeCircuit(c)
  redis.call('HDEL', c.key, 'opens')
end
return { isStopped and 'resumed' or 'already', unpack(circuitReply(readCircuit(ARGV[1]), isStopped)) }
