-- The usage limit of a provider is reached: its jobs wait for the reset.
-- ARGV: name, job, ms until the reset (0: it did not say), default ms, longest ms, reason
-- Replies: as `said`
local now = nowMs()
local c = circuit(ARGV[1], now)
count(c, 'usageLimited')
local known = tonumber(ARGV[3])
local parks = c.state ~= 'parked'
if c.state == 'half_open' and c.probe ~= ARGV[2] then parks = false end
if parks then
  redis.call('HSET', c.key, 'opens', c.opens + 1)
  count(c, 'parked')
  local ms = known > 0 and math.min(known, tonumber(ARGV[5])) or grown(ARGV[4], ARGV[5], c.opens + 1)
  shut(c, 'parked', now + ms, ARGV[6], ARGV[2], now)
elseif c.state == 'parked' and known > 0 then
  -- A call that was under way knows better than the default did.
  redis.call('HSET', c.key, 'until', now + math.min(known, tonumber(ARGV[5])))
end
return said(circuit(ARGV[1], now), parks)
