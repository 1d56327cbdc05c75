-- A provider asked to wait (429 with Retry-After): nobody sends it anything new until then.
-- ARGV: name, job, ms (0: it did not say for how long), longest ms, reason
-- Replies: as `said`
local now = nowMs()
local c = circuit(ARGV[1], now)
count(c, 'rateLimited')
local probed = c.state == 'half_open' and c.probe == ARGV[2]
local untilMs = now + math.min(tonumber(ARGV[3]), tonumber(ARGV[4]))
local holds = untilMs > now and (probed or c.state == 'closed' or (c.state == 'held' and untilMs > c.untilMs))
if holds then
  shut(c, 'held', untilMs, ARGV[5], ARGV[2], now)
elseif probed then
  -- It answers, if only to refuse: it is there.
  close(c, now)
end
return said(circuit(ARGV[1], now), (holds and c.state ~= 'held') or probed)
