-- Intervals that touch [from, to), where the stream stands at that very moment, and a tag that changes whenever they do.
-- KEYS: stream, its epoch, then for each lane: length classes, JSON by id, those in flight, marks of change, the lane's epoch.
-- ARGV: from, to, " type type " ("" = all), what is asked for: window | json (without ids) | tag, tags that the asker knows joined by spaces ("" = it
-- wants no tag), then each lane's index prefix.
-- Answers {epoch, last offset, the lanes' digests, known 0|1, lists of ids, lists of what is stored under them}; the lists stay empty when
-- the tag is known or nothing but it is asked for. The tag is the digest of the lanes' digests: its asker may have to join several answers.
-- Nothing is taken apart here that need not be: Lua is slower at it than the asker, and holds the server.

local from, to, wanted, asked = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local FIRST_PREFIX, KEYS_A_LANE, TAG_LENGTH = 6, 5, 32
local DAY = 86400000
local ids, values = {}, {}

local function is_wanted(type)
  return wanted == '' or string.find(wanted, ' ' .. type .. ' ', 1, true)
end

-- --- the tag: of marks of change, and of those in flight themselves, which are few -------------------------
local function state(changes, epoch, open, hash)
  local first, last = math.floor(from / DAY), math.floor((to - 1) / DAY)
  local fields = {'wide', 'trimmed', 'kept'}
  for day = first, last do
    fields[#fields + 1] = string.format('%d', day)
  end
  local marks = redis.call('HMGET', changes, unpack(fields))
  local said = {redis.call('GET', epoch) or '-', marks[1] or '-', marks[3] and first < tonumber(marks[3]) and marks[2] or '-'}
  for n = 4, #fields do
    said[n] = marks[n] or '-'
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', open, '-inf', '(' .. ARGV[2])) do
    local stored = redis.call('HGET', hash, id)
    if stored and is_wanted(string.match(stored, '^%S+ %S+ %S+ (%S+)')) then
      said[#said + 1] = id
      said[#said + 1] = stored
    end
  end
  return table.concat(said, '\n')
end

local function digests()
  local said = {}
  for at = 3, #KEYS, KEYS_A_LANE do
    local about = table.concat({KEYS[at], ARGV[1], ARGV[2], wanted, state(KEYS[at + 3], KEYS[at + 4], KEYS[at + 2], KEYS[at + 1])}, '\n')
    said[#said + 1] = redis.sha1hex(about)
  end
  return table.concat(said)
end

-- --- the intervals -----------------------------------------------------------------------------------------
local function keep(some, stored)
  if #some > 0 then
    if asked == 'window' then
      ids[#ids + 1] = some
    end
    values[#values + 1] = stored
  end
end

-- Reads what was found, and leaves out what does not start before `to` where that is not sure. HMGET in portions: Lua's stack bounds the
-- arguments of one call.
local function read(hash, found, is_unsure)
  for first = 1, #found, 500 do
    local portion = #found <= 500 and found or {unpack(found, first, math.min(first + 499, #found))}
    local all = redis.call('HMGET', hash, unpack(portion))
    if not is_unsure and wanted == '' then
      keep(portion, all)
    else
      local some, those = {}, {}
      for n, stored in ipairs(all) do
        local start, type = string.match(stored or '', '^(%S+) %S+ %S+ (%S+)')
        if start and tonumber(start) < to and is_wanted(type) then
          some[#some + 1] = portion[n]
          those[#those + 1] = stored
        end
      end
      keep(some, those)
    end
  end
end

local function gather(classes, hash, open, prefix)
  for _, class in ipairs(redis.call('SMEMBERS', classes)) do
    local index = prefix .. class
    if class == '0' then
      -- One of zero length starts where it ends.
      read(hash, redis.call('ZRANGEBYSCORE', index, ARGV[1], '(' .. ARGV[2]))
    else
      -- What starts before `to` ends at most the longest of its class later.
      local latest = string.format('%.0f', to + 2 ^ tonumber(class) - 1)
      read(hash, redis.call('ZRANGEBYSCORE', index, '(' .. ARGV[1], ARGV[2]))
      read(hash, redis.call('ZRANGEBYSCORE', index, '(' .. ARGV[2], latest), true)
    end
  end
  read(hash, redis.call('ZRANGEBYSCORE', open, '-inf', '(' .. ARGV[2]))
end

local function position()
  -- The last entry tells it nearly always, and costs far less than to ask.
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  if last then
    return redis.call('GET', KEYS[2]) or '', last[1]
  end
  if redis.call('EXISTS', KEYS[1]) == 0 then
    return '', '0-0'
  end
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      return redis.call('GET', KEYS[2]) or '', info[i + 1]
    end
  end
end

local epoch, last = position()
local now, known = '', false
if ARGV[5] ~= '' then
  now = digests()
  local tag = string.sub(redis.sha1hex(now), 1, TAG_LENGTH)
  known = string.find(' ' .. ARGV[5] .. ' ', ' ' .. tag .. ' ', 1, true) ~= nil
end
if asked ~= 'tag' and not known then
  for at = 3, #KEYS, KEYS_A_LANE do
    gather(KEYS[at], KEYS[at + 1], KEYS[at + 2], ARGV[FIRST_PREFIX + (at - 3) / KEYS_A_LANE])
  end
end
return {epoch, last, now, known and 1 or 0, ids, values}
