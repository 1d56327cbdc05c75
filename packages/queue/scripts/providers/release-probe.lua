-- The probe of a provider ended without an answer of the provider, for or against it: another job may be the probe.
-- ARGV: name, job. Replies: 1, or 0 when that job is not the probe
local c = circuit(ARGV[1], nowMs())
if c.probe ~= ARGV[2] then return 0 end
redis.call('HDEL', c.key, 'probe', 'probeUntil')
return 1
