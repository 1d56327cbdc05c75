--[[
  May a job that was taken for a provider run? While the circuit is half open one job at a time may, as the probe.

  KEYS[1]  prefix
  ARGV[1]  provider
  ARGV[2]  job id
  ARGV[3]  how long a job is the probe, in ms
  Replies
    {"go", circuit}
    {"probe", circuit}
    {"wait", circuit}
]]
local c = readCircuit(ARGV[1])
local entry = 'wait'
if c.state == 'closed' then
  entry = 'go'
elseif c.state == 'half_open' and (not c.probe or c.probe == ARGV[2]) then
  redis.call('HSET', c.key, 'probe', ARGV[2], 'probeUntil', now + tonumber(ARGV[3]))
  c.probe, entry = ARGV[2], 'probe'
end
return { entry, unpack(circuitReply(c, false)) }
