--[[
  Head of the library: the prefix of all keys, the time, and what each key holds.

  KEYS[1] of every script is the prefix with the hash tag, so that all keys live in one slot of a cluster:
    :job:<id>                  hash    the record of a job: short values only, which Redis keeps packed
    :spec:<id>                 string  what was submitted and never changes, JSON: input, hints, quote, metadata
    :data:<id>                 hash    its long values: result, error, progress, checkpoint, plan, and of attempts decision, monitor,
                                       phase, waiting
    :events:<id>               list    its events, output included, oldest first: JSON [type, attempt, at, data]; field eventsCut of
                                       the record is how many were cut off before them; :bus:<id> announces each
    :by:<tenant>:<state>       zset    job id -> submitted at; tenant "*" is all tenants, the only one for running jobs
    :leases                    zset    attempt id -> when the lease of an open attempt was last renewed
    :outbox                    zset    job id -> revision of a change that BullMQ has not seen: when it was made
    :due                       zset    job id -> when a waiting job ends for waiting (field dueCause)
    :ended                     zset    job id -> finished at
    :webhooks                  zset    job id -> when its webhook is due, or the lease of the worker that sends it ends
    :pausable                  set     kinds whose attempts can be paused; "command" always can
    :running:<tenant>:<class>  zset    <attempt id> <worker> -> started at
    :ring:<key>                list    encoded observations, newest first; the key is <metric>/<scope>/<level>, the scope a tenant
    :rings:<scope>             zset    ring key -> last written at
    :scopes                    set     scopes that have rings
    :format                    string  version of the encoding of the rings
    :uptime                    hash    lastAt: the newest heartbeat or sweep; since: the end of the last gap between them
    :idem:<tenant>:<key>       string  job id and hash of the body of a submission with an Idempotency-Key
    :tally                     hash    counters of requeued attempts, refused writes and webhook deliveries
    :class:<tenant>:<class>    hash    counters of a class; :classes is a zset <tenant>|<class> -> last settled at
    :workers                   zset    worker -> last heartbeat at; :worker:<id> is its description
    :provider:<name>           hash    a circuit breaker, see providers.lua
    :kinds, :queues            zset    kind or BullMQ queue of a worker -> when it was last registered
    :libraries                 zset    library of functions -> when a worker last noted that it uses it

  All times are milliseconds by the clock of this Redis.
]]

-- Of the call: the prefix, and its time. Set by `begin`.
local P
local now

local function jobKey(id) return P .. ':job:' .. id end
local function specKey(id) return P .. ':spec:' .. id end
local function dataKey(id) return P .. ':data:' .. id end

-- Job id and number of an attempt id.
local function splitAttempt(attemptId) return string.match(attemptId, '^(.*)%.(%d+)$') end

-- Prefix of the fields of one attempt in the record.
local function attemptFields(number) return 'a' .. number .. ':' end
