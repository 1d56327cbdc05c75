-- An operator lets jobs of a provider go on at once. ARGV: name
-- Replies: {"resumed" | "already", ...as `said`}
local now = nowMs()
local c = circuit(ARGV[1], now)
local shutNow = c.state ~= 'closed'
if shutNow then
  close(c, now)
  redis.call('HDEL', c.key, 'opens')
end
return { shutNow and 'resumed' or 'already', unpack(said(circuit(ARGV[1], now), shutNow)) }
