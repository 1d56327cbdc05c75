-- A job was taken for a provider: may it run? While the circuit is half open one job at a time may, as the probe.
-- ARGV: name, job, how long a probe has its place in ms
-- Replies: {"go" | "probe" | "wait", ...as `said`}
local now = nowMs()
local c = circuit(ARGV[1], now)
local answer = 'wait'
if c.state == 'closed' then
  answer = 'go'
elseif c.state == 'half_open' and (not c.probe or c.probe == ARGV[2]) then
  redis.call('HSET', c.key, 'probe', ARGV[2], 'probeUntil', now + tonumber(ARGV[3]))
  c.probe, answer = ARGV[2], 'probe'
end
return { answer, unpack(said(c, false)) }
