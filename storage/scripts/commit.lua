-- One write, all or nothing: compare, save, append and publish in one step.
--
-- KEYS[1] remembers the outcome under the commit's id, so that a repetition after a lost reply has no second effect.
-- ARGV[1] is a msgpack map (keys are indices into KEYS, so that all of them are declared):
--   seconds: how long the outcome is remembered
--   epoch:   the birth mark for streams that are born now
--   checks:  {kind, key, wanted, field, reason}: absent | empty | present | field | hash_absent | count
--   writes:  {"call", command, key, arguments} | {"fact", stream, epoch, cap, json} | {"interval", ...} | {"publish", channel, payload}
-- Numbers that may exceed 2^53 and ids are strings throughout; nothing is encoded by cjson.
-- Answers {"done", "epoch offset" of every fact, joined by spaces} or {"refused", reason, what is there}.

local plan = cmsgpack.unpack(ARGV[1])

local earlier = redis.call('GET', KEYS[1])
if earlier then
  -- A write of its own, so that who waits for replicas waits for one that has the earlier write too.
  redis.call('EXPIRE', KEYS[1], plan.seconds)
  return {'done', earlier}
end

-- --- everything that can be refused, before the first write ------------------------------------------------
local TYPES = {ZADD = 'zset', ZREM = 'zset', SADD = 'set', SREM = 'set', HSET = 'hash', HDEL = 'hash', XADD = 'stream'}

local function has_type(key, wanted)
  local found = redis.call('TYPE', key)['ok']
  return found == 'none' or found == wanted
end

local function check(c)
  local kind, key, wanted, field, reason = c[1], KEYS[c[2]], c[3], c[4], c[5]
  if kind == 'hash_absent' then
    local current = redis.call('HGET', key, field)
    return (not current or current == wanted) or {'refused', reason, current}
  end
  if kind == 'empty' then
    return redis.call('EXISTS', key) == 0 or {'refused', reason, ''}
  end
  if kind == 'count' then
    local count = tostring(redis.call('SCARD', key))
    return count == wanted or {'refused', reason, count}
  end
  local current = redis.call('GET', key)
  if kind == 'absent' then
    return not current or {'refused', reason, current}
  end
  if not current then
    return {'refused', 'missing', ''}
  end
  if kind == 'present' then
    return true
  end
  local found = cjson.decode(current)[field]
  return tostring(found) == wanted or {'refused', reason, tostring(found)}
end

for _, c in ipairs(plan.checks) do
  local verdict = check(c)
  if verdict ~= true then
    return verdict
  end
end

for _, w in ipairs(plan.writes) do
  local sound = true
  if w[1] == 'call' then
    sound = TYPES[w[2]] == nil or has_type(KEYS[w[3]], TYPES[w[2]])
  elseif w[1] == 'fact' then
    sound = has_type(KEYS[w[2]], 'stream')
  elseif w[1] == 'interval' then
    sound = has_type(KEYS[w[2]], 'hash') and has_type(KEYS[w[3]], 'zset') and has_type(KEYS[w[4]], 'set') and has_type(KEYS[w[5]], 'set')
      and has_type(KEYS[w[6]], 'hash') and has_type(KEYS[w[7]], 'stream') and (w[9] == 0 or has_type(KEYS[w[9]], 'stream'))
  end
  if not sound then
    return {'refused', 'damaged', w[1]}
  end
end

-- --- the writes --------------------------------------------------------------------------------------------
local positions = {}

local function str8(s) return '\217' .. string.char(#s) .. s end
local function bin32(s) return '\198' .. struct.pack('>I4', #s) .. s end

-- Appends a fact to its stream and publishes it on the channel of the same name as msgpack {epoch, offset, fact}.
local function append(stream, epoch_key, cap, json)
  local epoch = redis.call('EXISTS', stream) == 1 and redis.call('GET', epoch_key)
  if not epoch then
    epoch = plan.epoch
    redis.call('SET', epoch_key, epoch)
  end
  local offset
  if cap == '' then
    offset = redis.call('XADD', stream, '*', 'f', json)
  else
    offset = redis.call('XADD', stream, 'MAXLEN', '~', cap, '*', 'f', json)
  end
  redis.call('PUBLISH', stream, '\131\165epoch' .. str8(epoch) .. '\166offset' .. str8(offset) .. '\164fact' .. bin32(json))
  return epoch, offset
end

local DAY = 86400000
-- An interval over more days than this is marked once for all of them, so that no write marks without bound.
local WIDE = 31

-- Adds to `fields` the marks of change of every day that a finished interval [start, stop] touches.
local function mark(fields, start, stop, offset)
  local first, last = math.floor(tonumber(start) / DAY), math.floor(tonumber(stop) / DAY)
  if last - first > WIDE then
    fields[#fields + 1] = 'wide'
    fields[#fields + 1] = offset
    return
  end
  for day = first, last do
    fields[#fields + 1] = string.format('%d', day)
    fields[#fields + 1] = offset
  end
end

-- Puts an interval into its lane's hash and into the one index where window reads look for it, and says so in the lane's stream and, where
-- one is named, in a capped stream.
-- {"interval", json hash, open, classes, lanes, changes, intervals, its epoch, told or 0, its epoch,
--  id, head, json, class, score, fact, index prefix, owner, cap}
-- The index keys follow from the length class; they share the organisation's hash tag with the declared ones.
-- Days on which finished intervals changed are marked. One in flight needs no mark: what a tag says of those is what they are.
local function place(w)
  local hash, open, classes, lanes, changes = KEYS[w[2]], KEYS[w[3]], KEYS[w[4]], KEYS[w[5]], KEYS[w[6]]
  local id, head, json, class, score, fact, prefix = w[11], w[12], w[13], w[14], w[15], w[16], w[17]
  local stored = redis.call('HGET', hash, id)
  local value = head .. ' ' .. json
  if stored == value then
    return
  end
  local old_start, old_stop, old_class
  if stored then
    old_start, old_stop, old_class = string.match(stored, '^(%S+) (%S+) (%S+)')
    redis.call('ZREM', old_class == '-' and open or prefix .. old_class, id)
  end
  redis.call('HSET', hash, id, value)
  redis.call('SADD', lanes, w[18])
  local _, offset = append(KEYS[w[7]], KEYS[w[8]], '', fact)
  local marks = {}
  if stored and old_class ~= '-' then
    mark(marks, old_start, old_stop, offset)
  end
  if class == '-' then
    redis.call('ZADD', open, score, id)
  else
    redis.call('ZADD', prefix .. class, score, id)
    redis.call('SADD', classes, class)
    mark(marks, string.match(head, '^(%S+)'), score, offset)
  end
  if #marks > 0 then
    redis.call('HSET', changes, unpack(marks))
  end
  if w[9] ~= 0 then
    append(KEYS[w[9]], KEYS[w[10]], w[19], fact)
  end
end

for _, w in ipairs(plan.writes) do
  if w[1] == 'call' then
    redis.call(w[2], KEYS[w[3]], unpack(w[4]))
  elseif w[1] == 'fact' then
    local epoch, offset = append(KEYS[w[2]], KEYS[w[3]], w[4], w[5])
    positions[#positions + 1] = epoch .. ' ' .. offset
  elseif w[1] == 'interval' then
    place(w)
  else
    redis.call('PUBLISH', w[2], w[3])
  end
end

local outcome = table.concat(positions, ' ')
redis.call('SET', KEYS[1], outcome, 'EX', plan.seconds)
return {'done', outcome}
