-- A provider has answered a job. A probe that was answered closes the circuit; so does an answer to the very job whose failed call
-- opened it, which has asked another model since.
-- ARGV: name, job, 1 to the end | 0 has begun to, calls to keep, window ms
-- Replies: as `said`
local now = nowMs()
local c = circuit(ARGV[1], now)
local closes = c.state == 'half_open' and c.probe == ARGV[2] or c.state == 'open' and c.by == ARGV[2]
if closes then close(c, now) end
if ARGV[3] == '1' then
  count(c, 'answered')
  note(c, 1, tonumber(ARGV[4]), ARGV[5], now)
  -- Only a whole answer ends the row of openings: one that breaks off after a word was no recovery.
  if closes or c.state == 'closed' then redis.call('HDEL', c.key, 'opens') end
end
return said(circuit(ARGV[1], now), closes)
