-- How a provider stands. ARGV: name
-- Replies: as `said` in lib-provider.lua
return said(circuit(ARGV[1], nowMs()), false)
