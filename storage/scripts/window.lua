-- Intervals that touch [from, to), and where the stream stands at that very moment.
-- KEYS: stream, its epoch, then for each lane: length classes, JSON by id, those in flight.
-- ARGV: from, to, " type type " ("" = all), then each lane's index prefix.
-- Answers {epoch, last offset, {id, stored, id, stored, ...}}.

local from, to, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local found = {}

-- HMGET in portions: Lua's stack bounds the arguments of one call.
local function read(hash, ids, keep)
  for first = 1, #ids, 500 do
    local portion = {unpack(ids, first, math.min(first + 499, #ids))}
    for n, stored in ipairs(redis.call('HMGET', hash, unpack(portion))) do
      if stored then
        local start, type = string.match(stored, '^(%S+) %S+ %S+ (%S+)')
        if tonumber(start) < to and keep(tonumber(start)) and (wanted == '' or string.find(wanted, ' ' .. type .. ' ', 1, true)) then
          found[#found + 1] = portion[n]
          found[#found + 1] = stored
        end
      end
    end
  end
end

local function always() return true end
local function begins_inside(start) return start >= from end

for lane = 1, #ARGV - 3 do
  local at = 3 * lane
  local classes, hash, open = KEYS[at], KEYS[at + 1], KEYS[at + 2]
  for _, class in ipairs(redis.call('SMEMBERS', classes)) do
    local index = ARGV[lane + 3] .. class
    if class == '0' then
      read(hash, redis.call('ZRANGEBYSCORE', index, ARGV[1], '(' .. ARGV[2]), begins_inside)
    else
      -- What starts before `to` ends at most the longest of its class later.
      local latest = string.format('%.0f', to + 2 ^ tonumber(class) - 1)
      read(hash, redis.call('ZRANGEBYSCORE', index, '(' .. ARGV[1], latest), always)
    end
  end
  read(hash, redis.call('ZRANGEBYSCORE', open, '-inf', '(' .. ARGV[2]), always)
end

if redis.call('EXISTS', KEYS[1]) == 0 then
  return {'', '0-0', found}
end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
local last = '0-0'
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then
    last = info[i + 1]
  end
end
return {redis.call('GET', KEYS[2]) or '', last, found}
