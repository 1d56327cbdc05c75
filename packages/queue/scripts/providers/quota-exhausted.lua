--[[
  The usage limit of a provider is reached: its jobs wait for the reset.

  KEYS[1]  prefix
  ARGV[1]  provider
  ARGV[2]  job id
  ARGV[3]  until the reset, in ms; 0: unknown
  ARGV[4]  how long without that, the first time, in ms
  ARGV[5]  how long at most
  ARGV[6]  reason
  Replies
    circuit
]]
local c = readCircuit(ARGV[1])
countOfProvider(c, 'usageLimited')
local known = tonumber(ARGV[3])
local parks = c.state ~= 'parked'
if c.state == 'half_open' and c.probe ~= ARGV[2] then parks = false end
if parks then
  redis.call('HSET', c.key, 'opens', c.opens + 1)
  countOfProvider(c, 'parked')
  local ms = known > 0 and math.min(known, tonumber(ARGV[5])) or backoffMs(ARGV[4], ARGV[5], c.opens + 1)
  stopCalls(c, { state = 'parked', untilMs = now + ms, reason = ARGV[6], job = ARGV[2] })
elseif c.state == 'parked' and known > 0 then
  -- A call that was under way knows the time of the reset, which the default did not.
  redis.call('HSET', c.key, 'until', now + math.min(known, tonumber(ARGV[5])))
end
return circuitReply(readCircuit(ARGV[1]), parks)
