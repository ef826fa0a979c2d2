-- What happened in a stream since (epoch, offset): all of it or nothing.
-- KEYS: stream, its epoch. ARGV: epoch, offset ("" = only the position is wanted), limit.
-- Answers {epoch now, last offset, recovered 0|1, entries}.

if redis.call('EXISTS', KEYS[1]) == 0 then
  local still_unborn = ARGV[1] == '' and ARGV[2] == '0-0'
  return {'', '0-0', still_unborn and 1 or 0, {}}
end

local epoch = redis.call('GET', KEYS[2]) or ''
local info = redis.call('XINFO', 'STREAM', KEYS[1])
local about = {}
for i = 1, #info, 2 do
  about[info[i]] = info[i + 1]
end
local last = about['last-generated-id']
local unrecovered = {epoch, last, 0, {}}

-- Whether id a stands before id b. Both parts stay below 10^15, so doubles hold them.
local function before(a, b)
  local a_ms, a_n = string.match(a, '(%d+)-(%d+)')
  local b_ms, b_n = string.match(b, '(%d+)-(%d+)')
  if a_ms ~= b_ms then
    return tonumber(a_ms) < tonumber(b_ms)
  end
  return tonumber(a_n) < tonumber(b_n)
end

if ARGV[2] == '' then
  return unrecovered
end

-- Who began to listen before the birth was told no epoch. Its offset is of this stream if it is the birth or an entry that is here.
local knows = ARGV[1] == epoch
if ARGV[1] == '' then
  knows = ARGV[2] == '0-0' or #redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2]) == 1
end
if not knows or before(last, ARGV[2]) then
  return unrecovered
end

-- Nothing was trimmed after the offset if the offset's own entry, or an older one, is still there.
local first = about['first-entry']
local untrimmed = about['entries-added'] == about['length']
if not untrimmed and ARGV[2] ~= last and (not first or before(ARGV[2], first[1])) then
  return unrecovered
end

-- An offset among those that are here, of an entry that is not: it was told by a server that died before its replica had it.
if first and not before(ARGV[2], first[1]) and #redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2]) == 0 then
  return unrecovered
end

local limit = tonumber(ARGV[3])
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[2], '+', 'COUNT', limit + 1)
if #entries > limit then
  return unrecovered
end
return {epoch, last, 1, entries}
