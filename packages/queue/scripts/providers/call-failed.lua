-- A call to a provider failed. Opens the circuit when too many of the newest calls did, and again when a probe did.
-- ARGV: name, job, reason, failures that open it (0: none do), calls to look at, window ms, open ms, longest open ms
-- Replies: as `said`
local now = nowMs()
local c = circuit(ARGV[1], now)
local needed, kept = tonumber(ARGV[4]), tonumber(ARGV[5])
count(c, 'failed')
note(c, 0, math.max(kept, 1), ARGV[6], now)
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
  count(c, 'opened')
  shut(c, 'open', now + grown(ARGV[7], ARGV[8], c.opens + 1), ARGV[3], ARGV[2], now)
end
return said(circuit(ARGV[1], now), opens)
