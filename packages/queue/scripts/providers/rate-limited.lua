--[[
  A provider asked to wait (429 with Retry-After): it gets no new calls until then.

  KEYS[1]  prefix
  ARGV[1]  provider
  ARGV[2]  job id
  ARGV[3]  for how long, in ms; 0: unknown
  ARGV[4]  how long at most
  ARGV[5]  reason
  Replies
    circuit
]]
local c = readCircuit(ARGV[1])
countOfProvider(c, 'rateLimited')
local isProbe = c.state == 'half_open' and c.probe == ARGV[2]
local untilMs = now + math.min(tonumber(ARGV[3]), tonumber(ARGV[4]))
local holds = untilMs > now and (isProbe or c.state == 'closed' or (c.state == 'held' and untilMs > c.untilMs))
if holds then
  stopCalls(c, { state = 'held', untilMs = untilMs, reason = ARGV[5], job = ARGV[2] })
elseif isProbe then
  -- It answers, if only to refuse: it is back.
  closeCircuit(c)
end
return circuitReply(readCircuit(ARGV[1]), (holds and c.state ~= 'held') or isProbe)
