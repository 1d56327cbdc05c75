-- Events of a job: what happened to it, in its list and on its bus. Its submission is no entry: it is read from the record.

local retention = {}
local CUT_AT_ONCE = 64

-- How many events a job keeps, and for how long after its end. Called first by every script that may write one.
local function setRetention(maxEvents, outputMs)
  retention.maxEvents, retention.outputMs = maxEvents, outputMs
end

-- data: a table, or JSON text. attempt: its number, 0 where the event belongs to none.
local function event(id, kind, attempt, data)
  if type(data) == 'table' then data = next(data) and cjson.encode(data) or '{}' end
  local list, most = P .. ':events:' .. id, tonumber(retention.maxEvents)
  local length = redis.call('RPUSH', list, '["' .. kind .. '",' .. attempt .. ',' .. now .. ',' .. data .. ']')
  -- Many at a time: the id of an event follows from its position, and a cut changes the positions of all others.
  if length >= most + CUT_AT_ONCE then
    redis.call('LTRIM', list, length - most, -1)
    redis.call('HINCRBY', jobKey(id), 'eventsCut', length - most)
  end
  redis.call('PUBLISH', P .. ':bus:' .. id, kind)
end
