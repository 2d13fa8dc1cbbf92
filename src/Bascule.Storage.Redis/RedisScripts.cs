namespace Bascule.Storage.Redis;

/// <summary>The Lua scripts. Each is one step to all others, and one round trip.</summary>
/// <remarks>
/// <c>KEYS[1]</c> is the prefix of all keys; its braces keep them together on a Redis Cluster. Below it:
/// <c>epochs</c> sorted set of epoch → end of its life in ms · <c>epoch:E</c> hash: instance, since · <c>counts:E</c> hash of key → n, with the empty key once E counts ·
/// <c>staged:E</c> the same before · <c>directory:E</c> hash of id → JSON · <c>bulletins</c> sorted set by number, <c>bulletin-ends</c> number → end, <c>bulletin-last</c> ·
/// <c>ticket:H</c> hash: payload, owner · <c>tickets:O</c> sorted set of hash → end.
/// </remarks>
internal static class RedisScripts
{
    // Lua would print 1.75e+15 for a number of this size.
    private const string Common = """
        local prefix = KEYS[1] .. ':'
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
        local function whole(number) return string.format('%.0f', number) end
        local function alive(epoch)
          local ends = redis.call('ZSCORE', prefix .. 'epochs', epoch)
          return ends and tonumber(ends) > now
        end
        local function living() return redis.call('ZRANGEBYSCORE', prefix .. 'epochs', '(' .. whole(now), '+inf') end
        local function counts(epoch) return redis.call('HEXISTS', prefix .. 'counts:' .. epoch, '') == 1 end
        local function isOf(process, epoch) return string.sub(epoch, 1, #process + 1) == process .. '.' end
        local function forget(epoch)
          redis.call('UNLINK', prefix .. 'epoch:' .. epoch, prefix .. 'counts:' .. epoch, prefix .. 'staged:' .. epoch, prefix .. 'directory:' .. epoch)
          redis.call('ZREM', prefix .. 'epochs', epoch)
        end

        """;

    /// <summary>Writes without changing anything: it fails where a real script would, on a replica or a Redis that is too old.</summary>
    internal const string Open = Common + "return redis.call('ZREM', prefix .. 'epochs', 'nobody.0')";

    /// <summary>ARGV: epoch, process, then key and limit of each claim. Answer: outcome (1 taken, 0 full, -1 unknown), then own and others of each claim.</summary>
    internal const string Claim = Common + """
        local epoch, process = ARGV[1], ARGV[2]
        if not alive(epoch) or not counts(epoch) then return { -1 } end
        local keys, own, others = {}, {}, {}
        for i = 3, #ARGV, 2 do
          keys[#keys + 1], own[#own + 1], others[#others + 1] = ARGV[i], 0, 0
        end
        for _, other in ipairs(living()) do
          if counts(other) then
            local sums = isOf(process, other) and own or others
            for i, n in ipairs(redis.call('HMGET', prefix .. 'counts:' .. other, unpack(keys))) do
              sums[i] = sums[i] + (tonumber(n or 0))
            end
          end
        end
        local answer = { 1 }
        for i = 1, #keys do
          if own[i] + others[i] >= tonumber(ARGV[2 + 2 * i]) then answer[1] = 0 end
          answer[#answer + 1] = own[i]
          answer[#answer + 1] = others[i]
        end
        if answer[1] == 1 then
          for _, key in ipairs(keys) do redis.call('HINCRBY', prefix .. 'counts:' .. epoch, key, 1) end
        end
        return answer
        """;

    /// <summary>ARGV: epoch, then key and change of each. Answer: 1, or 0 for an epoch that does not count.</summary>
    internal const string Change = Common + """
        local table = prefix .. 'counts:' .. ARGV[1]
        if not alive(ARGV[1]) or not counts(ARGV[1]) then return 0 end
        for i = 2, #ARGV, 2 do
          if redis.call('HINCRBY', table, ARGV[i], ARGV[i + 1]) <= 0 then redis.call('HDEL', table, ARGV[i]) end
        end
        return 1
        """;

    /// <summary>ARGV: epoch, then key and count of each. Answer: 1, or 0 for an epoch that is over or counts already.</summary>
    internal const string Set = Common + """
        local table = prefix .. 'staged:' .. ARGV[1]
        if not alive(ARGV[1]) or counts(ARGV[1]) then return 0 end
        for i = 2, #ARGV, 2 do
          if tonumber(ARGV[i + 1]) > 0 then redis.call('HSET', table, ARGV[i], ARGV[i + 1]) else redis.call('HDEL', table, ARGV[i]) end
        end
        return 1
        """;

    /// <summary>ARGV: epoch, process. Answer: 1, or 0 for an epoch that is over.</summary>
    internal const string CountFromNow = Common + """
        local epoch, process = ARGV[1], ARGV[2]
        if not alive(epoch) then return 0 end
        for _, other in ipairs(redis.call('ZRANGE', prefix .. 'epochs', 0, -1)) do
          if other ~= epoch and isOf(process, other) then forget(other) end
        end
        if not counts(epoch) then
          redis.call('HSET', prefix .. 'staged:' .. epoch, '', '1')
          redis.call('RENAME', prefix .. 'staged:' .. epoch, prefix .. 'counts:' .. epoch)
        end
        return 1
        """;

    /// <summary>ARGV: process.</summary>
    internal const string Leave = Common + """
        for _, other in ipairs(redis.call('ZRANGE', prefix .. 'epochs', 0, -1)) do
          if isOf(ARGV[1], other) then forget(other) end
        end
        return 1
        """;

    /// <summary>ARGV: epoch, process, instance, life in ms, last bulletin, most bulletins, then how many opened, closed and watched follow, then id and JSON of each
    /// opened, id of each closed, each watched key. Answer: whether it was alive, the bulletins, others' use of each watched key.</summary>
    internal const string Pulse = Common + """
        local epoch, process, life = ARGV[1], ARGV[2], tonumber(ARGV[4])
        local opened, closed, watched = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
        local epochs = prefix .. 'epochs'

        -- 1. What is over is cleared up, here and there: a hash goes at once, whatever its size.
        local wasAlive = alive(epoch)
        local isOver = not wasAlive and redis.call('ZSCORE', epochs, epoch)
        for _, dead in ipairs(redis.call('ZRANGEBYSCORE', epochs, '-inf', whole(now - life), 'LIMIT', 0, 100)) do forget(dead) end
        for _, number in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'bulletin-ends', '-inf', whole(now), 'LIMIT', 0, 1000)) do
          redis.call('ZREM', prefix .. 'bulletin-ends', number)
          redis.call('ZREMRANGEBYSCORE', prefix .. 'bulletins', number, number)
        end

        -- 2. The life of this epoch, and its connections. An epoch that is over stays so.
        if not isOver then
          redis.call('ZADD', epochs, whole(now + life), epoch)
          if not wasAlive then redis.call('HSET', prefix .. 'epoch:' .. epoch, 'instance', ARGV[3], 'since', whole(now)) end
          local at = 10
          for _ = 1, opened do
            redis.call('HSET', prefix .. 'directory:' .. epoch, ARGV[at], ARGV[at + 1])
            at = at + 2
          end
          for _ = 1, closed do
            redis.call('HDEL', prefix .. 'directory:' .. epoch, ARGV[at])
            at = at + 1
          end
        end

        -- 3. What is new.
        local bulletins = {}
        for _, entry in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'bulletins', '(' .. ARGV[5], '+inf', 'LIMIT', 0, ARGV[6])) do
          if tonumber(string.match(entry, '^%d+ (%d+) ')) > now then bulletins[#bulletins + 1] = entry end
        end
        local others = {}
        for i = 1, watched do others[i] = 0 end
        if watched > 0 then
          for _, other in ipairs(living()) do
            if not isOf(process, other) and counts(other) then
              for i = 1, watched do
                others[i] = others[i] + tonumber(redis.call('HGET', prefix .. 'counts:' .. other, ARGV[#ARGV - watched + i]) or 0)
              end
            end
          end
        end
        return { wasAlive and 1 or 0, bulletins, others }
        """;

    /// <summary>ARGV: kind, payload, end in ms, most alive. Answer: 1, or 0 when the log is full. The number is the time in microseconds, or one more than the last:
    /// it also grows when the store was emptied.</summary>
    internal const string Post = Common + """
        if redis.call('ZCARD', prefix .. 'bulletins') >= tonumber(ARGV[4]) then return 0 end
        local number = clock[1] * 1000000 + clock[2]
        local last = tonumber(redis.call('GET', prefix .. 'bulletin-last') or 0)
        if last >= number then number = last + 1 end
        redis.call('SET', prefix .. 'bulletin-last', whole(number))
        redis.call('ZADD', prefix .. 'bulletins', whole(number), whole(number) .. ' ' .. ARGV[3] .. ' ' .. ARGV[1] .. ' ' .. ARGV[2])
        redis.call('ZADD', prefix .. 'bulletin-ends', ARGV[3], whole(number))
        return 1
        """;

    /// <summary>ARGV: hash, payload, owner, life in ms, most of the owner. Answer: 1, or 0 when the owner has as many.</summary>
    internal const string PutTicket = Common + """
        local outstanding = prefix .. 'tickets:' .. ARGV[3]
        redis.call('ZREMRANGEBYSCORE', outstanding, '-inf', whole(now))
        if redis.call('ZCARD', outstanding) >= tonumber(ARGV[5]) then return 0 end
        local ticket = prefix .. 'ticket:' .. ARGV[1]
        redis.call('HSET', ticket, 'payload', ARGV[2], 'owner', ARGV[3])
        redis.call('PEXPIRE', ticket, ARGV[4])
        redis.call('ZADD', outstanding, whole(now + tonumber(ARGV[4])), ARGV[1])
        if redis.call('PTTL', outstanding) < tonumber(ARGV[4]) then redis.call('PEXPIRE', outstanding, ARGV[4]) end
        return 1
        """;

    /// <summary>ARGV: hash. Answer: the payload, or nothing.</summary>
    internal const string TakeTicket = Common + """
        local ticket = prefix .. 'ticket:' .. ARGV[1]
        local found = redis.call('HMGET', ticket, 'payload', 'owner')
        if not found[1] then return false end
        redis.call('DEL', ticket)
        redis.call('ZREM', prefix .. 'tickets:' .. found[2], ARGV[1])
        return found[1]
        """;

    /// <summary>Answer: epoch, instance, since and connections of each that counts, flat.</summary>
    internal const string Instances = Common + """
        local answer = {}
        for _, epoch in ipairs(living()) do
          if counts(epoch) then
            local said = redis.call('HMGET', prefix .. 'epoch:' .. epoch, 'instance', 'since')
            for _, part in ipairs({ epoch, said[1] or '', said[2] or '0', whole(redis.call('HLEN', prefix .. 'directory:' .. epoch)) }) do
              answer[#answer + 1] = part
            end
          end
        end
        return answer
        """;

    /// <summary>ARGV: epoch, cursor, then user, route, pool and node, each with a sign before it: <c>=</c> to compare, <c>*</c> for any. One page.
    /// Answer: the next cursor, the JSON of those that fit.</summary>
    internal const string Find = Common + """
        local page = redis.call('HSCAN', prefix .. 'directory:' .. ARGV[1], ARGV[2], 'COUNT', 500)
        local names, found = { 'user', 'route', 'pool', 'node' }, {}
        for i = 2, #page[2], 2 do
          local connection, fits = cjson.decode(page[2][i]), true
          for j, name in ipairs(names) do
            local asked = ARGV[2 + j]
            if string.sub(asked, 1, 1) == '=' and connection[name] ~= string.sub(asked, 2) then fits = false end
          end
          if fits then found[#found + 1] = page[2][i] end
        end
        return { page[1], found }
        """;
}
