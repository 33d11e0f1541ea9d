"""What is done on the server in one step, in Lua. A script touches the keys that it is given (but for `REMEMBER_USE`).

The time is the server's, in microseconds, so that machines whose clocks differ share one window.
"""

from __future__ import annotations

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function text(number) return string.format('%.0f', number) end
"""

SLIDING = (
    _NOW
    + """
-- A sorted set: each taking is a member 'moment-number:tokens' at its moment; '=' stands at minus the sum of all tokens,
-- below every moment, so that the sum cannot be lost without them.
local key, what, limit, window = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local function tokens_of(member) return tonumber(string.match(member, ':(%d+)$')) end
local function put(moment, tokens)
  local number = 0
  repeat number = number + 1
    local member = text(moment) .. '-' .. number .. ':' .. text(tokens)
    if redis.call('ZADD', key, 'NX', text(moment), member) == 1 then return member end
  until false
end

local over = redis.call('ZRANGEBYSCORE', key, '(0', text(now - window))
if #over > 0 then
  local gone = 0
  for _, member in ipairs(over) do gone = gone + tokens_of(member) end
  redis.call('ZREMRANGEBYSCORE', key, '(0', text(now - window))
  redis.call('ZINCRBY', key, text(gone), '=')
end
local total = 0 - tonumber(redis.call('ZSCORE', key, '=') or '0')
local function keep() redis.call('PEXPIRE', key, text(math.ceil(window / 1000) + 1)) end

if what == 'settle' then
  local ticket, actual = ARGV[4], tonumber(ARGV[5])
  local moment = redis.call('ZSCORE', key, ticket)
  if moment then
    redis.call('ZREM', key, ticket)
    if actual > 0 then put(tonumber(moment), actual) end
    redis.call('ZINCRBY', key, text(tokens_of(ticket) - actual), '=')
    keep()
  end
  return {1, 0, '0', ''}
end

local free = limit - total
if what == 'tell' then return {1, math.max(0, free), '0', ''} end
local tokens = tonumber(ARGV[4])
if tokens <= free then
  local ticket = put(now, tokens)
  redis.call('ZINCRBY', key, text(0 - tokens), '=')
  keep()
  return {1, free - tokens, '0', ticket}
end
if tokens > limit then return {0, math.max(0, free), '-1', ''} end
local missing, at = tokens - free, 0
while true do
  local some = redis.call('ZRANGEBYSCORE', key, '(0', '+inf', 'WITHSCORES', 'LIMIT', at, 100)
  for place = 1, #some, 2 do
    missing = missing - tokens_of(some[place])
    if missing <= 0 then return {0, math.max(0, free), text(math.max(1, tonumber(some[place + 1]) + window - now)), ''} end
  end
  if #some == 0 then return {0, math.max(0, free), text(window), ''} end
  at = at + 100
end
"""
)

BUCKET = (
    _NOW
    + """
-- A hash: 'level' counts tokens times the window, in whole numbers, and 'at' is the moment of which that is true. 'peaks' are
-- the fullest moments, falling: a number, which rises, and the level before it. A ticket is such a number and its tokens. No more
-- comes back of it than there was room for in the fullest moment since: a full bucket would have run over.
local key, what, limit, window = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
-- Numbers are whole up to 2^53 only: the time is counted in steps of so many microseconds that a full bucket is none beyond it.
local step = 1
while limit * math.ceil(window / step) > 9007199254740992 do step = step * 10 end
window, now = math.ceil(window / step), math.floor(now / step)
local full = limit * window
local kept = redis.call('HMGET', key, 'level', 'at', 'peaks')
local at = kept[2] and math.floor(tonumber(kept[2]) / step) or now
local level = math.min(full, tonumber(kept[1] or full) + math.max(0, now - at) * limit)
at = math.max(at, now)
local function peaks_of() return kept[3] and cmsgpack.unpack(kept[3]) or {} end
local function keep(peaks)
  redis.call('HSET', key, 'level', text(level), 'at', text(at * step), 'peaks', cmsgpack.pack(peaks))
  redis.call('PEXPIRE', key, text(math.ceil((full - level) / limit * step / 1000) + 1))
end
local function left() return math.max(0, math.floor(level / window)) end
local function peak(peaks)
  local many = #peaks
  local number = many > 0 and math.max(now, peaks[many - 1] + 1) or now
  while many > 0 and peaks[many] <= level do
    peaks[many], peaks[many - 1] = nil, nil
    many = many - 2
  end
  peaks[many + 1], peaks[many + 2] = number, level
  if many + 2 > 2 * 32 then
    peaks[4] = peaks[2]
    table.remove(peaks, 1)
    table.remove(peaks, 1)
  end
  return number
end
local function poured(peaks, ticket, back)
  local first, raised = #peaks + 1, {}
  while first > 1 and peaks[first - 2] > ticket do first = first - 2 end
  back = math.min(back, full - math.max(level, peaks[first + 1] or 0))
  for place = 1, #peaks, 2 do
    if place >= first then
      raised[#raised + 1], raised[#raised + 2] = peaks[place], peaks[place + 1] + back
    elseif first > #peaks or peaks[place + 1] > peaks[first + 1] + back then
      raised[#raised + 1], raised[#raised + 2] = peaks[place], peaks[place + 1]
    end
  end
  level = level + back
  return raised
end

if what == 'settle' then
  local peaks, number, reserved = peaks_of(), string.match(ARGV[4], '^(%d+):(%d+)$')
  local back = (tonumber(reserved) - tonumber(ARGV[5])) * window
  if back < 0 then
    peak(peaks)
    level = level + back
  else
    peaks = poured(peaks, tonumber(number), back)
  end
  keep(peaks)
  return {1, left(), '0', ''}
end
if what == 'tell' then return {1, left(), '0', ''} end
local needed = tonumber(ARGV[4]) * window
if needed <= level then
  local peaks = peaks_of()
  local number = peak(peaks)
  level = level - needed
  keep(peaks)
  return {1, left(), '0', text(number) .. ':' .. ARGV[4]}
end
if needed > full then return {0, left(), '-1', ''} end
return {0, left(), text(math.max(1, math.ceil((needed - level) / limit)) * step), ''}
"""
)

ADD_MESSAGES = (
    _NOW
    + """
-- A list of turns. A turn is 'd' (nothing is missing) or 'o' (open), then its messages, one a line: an id and JSON.
-- A message comes as its kind ('q' begins a turn, 'r' never does, 'n' does after one that is complete, each with the state it
-- leaves), its id and its JSON. KEYS[2] is a sorted set of the last ids, so that a message whose reply was lost is passed over
-- when it comes again, also where its turn was dropped or the conversation cleared; what it has lost is looked for in the list.
local key, ids, most, ttl, again = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local known = again and table.concat(redis.call('LRANGE', key, 0, -1), '\\n') or ''
for place = 4, #ARGV, 3 do
  local kind, name, line = ARGV[place], ARGV[place + 1], ARGV[place + 1] .. ARGV[place + 2]
  if not (again and (redis.call('ZSCORE', ids, name) or string.find(known, name, 1, true))) then
    local last = redis.call('LINDEX', key, -1)
    local starts, leaves, state = string.sub(kind, 1, 1), string.sub(kind, 2, 2), last and string.sub(last, 1, 1)
    if not last or starts == 'q' or (starts == 'n' and state == 'd') then
      redis.call('RPUSH', key, leaves .. line)
    else
      local said = (state == 'd' or state == 'o') and string.sub(last, 2) or last
      redis.call('LSET', key, -1, leaves .. said .. '\\n' .. line)
    end
    redis.call('ZADD', ids, text(now), name)  -- after it: what fails in between is not noted as said
  end
end
redis.call('LTRIM', key, 0 - tonumber(most), -1)
if not ttl then
  redis.call('PERSIST', key)
elseif not again or redis.call('PTTL', key) < ttl then
  redis.call('PEXPIRE', key, ARGV[2])
end
redis.call('ZREMRANGEBYRANK', ids, 0, -101)
redis.call('PEXPIRE', ids, text(math.min(ttl or 86400000, 86400000)))
return 1
"""
)

REMEMBER_USE = (
    _NOW
    + """
-- For caches with a limit of their own: KEYS[2] is a sorted set of keys by their last use. The answers that were not used for
-- longest are removed by the keys that stand there, which is why such a cache needs all of its keys on one server.
local value = ARGV[1] ~= '' and ARGV[1] or redis.call('GET', KEYS[1])
if not value then
  redis.call('ZREM', KEYS[2], KEYS[1])
  return false
end
if ARGV[1] ~= '' then
  if ARGV[2] == '' then redis.call('SET', KEYS[1], value) else redis.call('SET', KEYS[1], value, 'PX', ARGV[2]) end
end
redis.call('ZADD', KEYS[2], text(now), KEYS[1])
local many = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
if many > 0 then
  for place, key in ipairs(redis.call('ZPOPMIN', KEYS[2], many)) do
    if place % 2 == 1 then redis.call('DEL', key) end
  end
end
return value
"""
)
