-- What BullMQ has to be brought in step with: the record of a job, and its outbox entry.
-- ARGV: id
-- Replies: {revision, {field, value, ...}, ...as `syncAction`} | {revision, {}} an attempt is open, or there is no record; revision 0: there is no entry
local id = ARGV[1]
local revision = tonumber(redis.call('ZSCORE', P .. ':outbox', id) or '0')
local f = redis.call('HMGET', jobKey(id), 'state', 'attempt', 'cause', 'readyAt', 'queue', 'class', 'label', 'priority', 'token')
if not f[1] or f[2] ~= '0' then return { revision, {} } end
local fields = { 'queue', f[5] or '', 'class', f[6] or '', 'label', f[7] or '', 'priority', f[8] or '0', 'token', f[9] or '' }
return { revision, fields, unpack(syncAction(f[1], f[3], f[4], nowMs())) }
