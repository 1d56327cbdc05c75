--[[
  What BullMQ has to be brought in step with: the outbox entry of a job, and its record.

  KEYS[1]  prefix
  ARGV[1]  job id
  Replies
    {revision, {field, value, ...}, sync action}  revision 0: there is no entry
    {revision, {}}                                an attempt is open, which holds the job in BullMQ; or there is no record
]]
local id = ARGV[1]
local revision = tonumber(redis.call('ZSCORE', P .. ':outbox', id) or '0')
local f = redis.call('HMGET', jobKey(id), 'state', 'attempt', 'cause', 'readyAt', 'queue', 'class', 'label', 'priority', 'token')
if not f[1] or f[2] ~= '0' then return { revision, {} } end
local fields = { 'queue', f[5] or '', 'class', f[6] or '', 'label', f[7] or '', 'priority', f[8] or '0', 'token', f[9] or '' }
return { revision, fields, syncAction(f[1], f[3], f[4]) }
