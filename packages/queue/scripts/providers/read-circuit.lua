--[[
  Reads the circuit breaker of a provider.

  KEYS[1]  prefix
  ARGV[1]  provider
  Replies
    circuit
]]
return circuitReply(readCircuit(ARGV[1]), false)
