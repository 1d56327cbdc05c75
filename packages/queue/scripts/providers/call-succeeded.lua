--[[
  A provider answered a job. An answered probe closes the circuit; so does an answer to the very job whose failed call
  opened it, and which has asked another model since.

  KEYS[1]  prefix
  ARGV[1]  provider
  ARGV[2]  job id
  ARGV[3]  1 the answer is complete | 0 it has begun
  ARGV[4]  how many calls are remembered
  ARGV[5]  for how long, in ms
  Replies
    circuit
]]
local c = readCircuit(ARGV[1])
local closes = c.state == 'half_open' and c.probe == ARGV[2] or c.state == 'open' and c.by == ARGV[2]
if closes then closeCircuit(c) end
if ARGV[3] == '1' then
  countOfProvider(c, 'answered')
  recordCall(c, 1, tonumber(ARGV[4]), ARGV[5])
  -- Only a complete answer ends the row of openings: one that breaks off after a word was no recovery.
  if closes or c.state == 'closed' then redis.call('HDEL', c.key, 'opens') end
end
return circuitReply(readCircuit(ARGV[1]), closes)
