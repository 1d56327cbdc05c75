--[[
  A call to a provider failed. The circuit opens when too many of the newest calls did, and again when a probe did.

  KEYS[1]  prefix
  ARGV[1]  provider
  ARGV[2]  job id
  ARGV[3]  reason
  ARGV[4]  failures that open the circuit; 0: none do
  ARGV[5]  how many of the newest calls count
  ARGV[6]  for how long a call counts, in ms
  ARGV[7]  how long the circuit is open the first time, in ms
  ARGV[8]  how long at most
  Replies
    circuit
]]
local c = readCircuit(ARGV[1])
local needed, kept = tonumber(ARGV[4]), tonumber(ARGV[5])
countOfProvider(c, 'failed')
recordCall(c, 0, math.max(kept, 1), ARGV[6])
local opens = c.state == 'half_open' and c.probe == ARGV[2]
if c.state == 'closed' and needed > 0 then
  local failed = 0
  for _, call in ipairs(redis.call('LRANGE', c.key .. ':calls', 0, kept - 1)) do
    local at, answered = string.match(call, '^(%d+):(%d)$')
    if now - tonumber(at) <= tonumber(ARGV[6]) and answered == '0' then failed = failed + 1 end
  end
  opens = failed >= needed
end
if opens then
  redis.call('HSET', c.key, 'opens', c.opens + 1)
  countOfProvider(c, 'opened')
  stopCalls(c, { state = 'open', untilMs = now + backoffMs(ARGV[7], ARGV[8], c.opens + 1), reason = ARGV[3], job = ARGV[2] })
end
return circuitReply(readCircuit(ARGV[1]), opens)
