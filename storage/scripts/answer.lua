-- The one outcome of a command: marked as done, answered, acknowledged and forgotten by the stream.
-- KEYS: done marker, answer, stream. ARGV: outcome, seconds the marker lives, seconds the answer lives, group, entry.
-- A second outcome of the same command is dropped: the first is answered again.
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2])
redis.call('DEL', KEYS[2])
redis.call('RPUSH', KEYS[2], redis.call('GET', KEYS[1]))
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('XACK', KEYS[3], ARGV[4], ARGV[5])
redis.call('XDEL', KEYS[3], ARGV[5])
return 1
