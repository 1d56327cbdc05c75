-- Events of a job: what happened to it, in its stream and on its bus.

local retention = {}

-- How many events a job keeps, and for how long after its end. Called first by every script that may write one.
local function setRetention(maxEvents, outputMs)
  retention.maxEvents, retention.outputMs = maxEvents, outputMs
end

-- data: a table, or JSON text. attempt: its number, 0 where the event belongs to none.
local function event(id, kind, attempt, data)
  if type(data) == 'table' then data = cjson.encode(data) end
  redis.call('XADD', P .. ':events:' .. id, 'MAXLEN', '~', retention.maxEvents, '*', 't', kind, 'n', attempt, 'at', now, 'd', data)
  redis.call('PUBLISH', P .. ':bus:' .. id, kind)
end
