--[[
  The probe of a provider ended without an answer for or against it: another job may be the probe.

  KEYS[1]  prefix
  ARGV[1]  provider
  ARGV[2]  job id
  Replies
    1
    0  that job is not the probe
]]
local c = readCircuit(ARGV[1])
if c.probe ~= ARGV[2] then return 0 end
redis.call('HDEL', c.key, 'probe', 'probeUntil')
return 1
