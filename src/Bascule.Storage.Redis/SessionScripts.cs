namespace Bascule.Storage.Redis;

/// <summary>The Lua scripts of sessions, as <see cref="RedisScripts"/>.</summary>
/// <remarks>
/// <c>session:ID</c> hash: version, owner, tenant, state, record · <c>sessions</c> sorted set of all by creation, <c>sessions-live</c> of those that are not over,
/// <c>sessions-ended</c> of the others by their end · <c>sessions-of:</c> tenant, line feed, owner: set of live ids; <c>sessions-of-tenant:</c> tenant: the same ·
/// <c>session-result:ID</c> hash: output, errors, truncated · <c>session-hosts</c> sorted set of host → end of its life. Times in ms.
/// </remarks>
internal static class SessionScripts
{
    private const string Common = """
        local prefix = KEYS[1] .. ':'
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
        local function whole(number) return string.format('%.0f', number) end
        local function ofUser(tenant, owner) return prefix .. 'sessions-of:' .. tenant .. '\n' .. owner end
        local function ofTenant(tenant) return prefix .. 'sessions-of-tenant:' .. tenant end

        """;

    /// <summary>ARGV: id, version, owner, tenant, state (2: over), created, ended, record, most of the user, most of the tenant. Answer: 0 written or there already, 1 the user is full, 2 the tenant.</summary>
    internal const string Create = Common + """
        local id, owner, tenant = ARGV[1], ARGV[3], ARGV[4]
        local key = prefix .. 'session:' .. id
        if redis.call('EXISTS', key) == 1 then return 0 end
        if redis.call('SCARD', ofUser(tenant, owner)) >= tonumber(ARGV[9]) then return 1 end
        if tenant ~= '' and redis.call('SCARD', ofTenant(tenant)) >= tonumber(ARGV[10]) then return 2 end
        redis.call('HSET', key, 'version', ARGV[2], 'owner', owner, 'tenant', tenant, 'state', ARGV[5], 'record', ARGV[8])
        redis.call('ZADD', prefix .. 'sessions', ARGV[6], id)
        if ARGV[5] == '2' then
          redis.call('ZADD', prefix .. 'sessions-ended', ARGV[7], id)
        else
          redis.call('ZADD', prefix .. 'sessions-live', ARGV[6], id)
          redis.call('SADD', ofUser(tenant, owner), id)
          redis.call('SADD', ofTenant(tenant), id)
        end
        return 0
        """;

    /// <summary>ARGV: id. Answer: record and version, or nothing.</summary>
    internal const string Find = Common + """
        local found = redis.call('HMGET', prefix .. 'session:' .. ARGV[1], 'record', 'version')
        if not found[1] then return false end
        return found
        """;

    /// <summary>ARGV: id, version that it must have, state, ended, record. Answer: the next version, or 0.</summary>
    internal const string Update = Common + """
        local id = ARGV[1]
        local key = prefix .. 'session:' .. id
        local found = redis.call('HMGET', key, 'version', 'owner', 'tenant')
        if found[1] ~= ARGV[2] then return 0 end
        redis.call('HSET', key, 'state', ARGV[3], 'record', ARGV[5])
        if ARGV[3] == '2' then
          redis.call('ZADD', prefix .. 'sessions-ended', ARGV[4], id)
          redis.call('ZREM', prefix .. 'sessions-live', id)
          redis.call('SREM', ofUser(found[3], found[2]), id)
          redis.call('SREM', ofTenant(found[3]), id)
        end
        return redis.call('HINCRBY', key, 'version', 1)
        """;

    /// <summary>ARGV: 1 for the oldest first, most, then owner, tenant and state, each with a sign before it: <c>=</c> to compare, <c>*</c> for any. Answer: record and version of each, flat.</summary>
    internal const string List = Common + """
        local most, found, from = tonumber(ARGV[2]), {}, 0
        local table = prefix .. ((ARGV[5] == '=0' or ARGV[5] == '=1') and 'sessions-live' or 'sessions')
        local read = ARGV[1] == '1' and 'ZRANGE' or 'ZREVRANGE'
        local function fits(asked, value) return string.sub(asked, 1, 1) == '*' or string.sub(asked, 2) == value end
        while #found < 2 * most do
          local page = redis.call(read, table, from, from + 499)
          if #page == 0 then break end
          from = from + 500
          for _, id in ipairs(page) do
            local session = redis.call('HMGET', prefix .. 'session:' .. id, 'record', 'version', 'owner', 'tenant', 'state')
            if session[1] and #found < 2 * most and fits(ARGV[3], session[3]) and fits(ARGV[4], session[4]) and fits(ARGV[5], session[5]) then
              found[#found + 1] = session[1]
              found[#found + 1] = session[2]
            end
          end
        end
        return found
        """;

    /// <summary>ARGV: id, output, errors, truncated. Answer: 1, or 0 when there is no such session.</summary>
    internal const string PutResult = Common + """
        if redis.call('EXISTS', prefix .. 'session:' .. ARGV[1]) == 0 then return 0 end
        redis.call('HSET', prefix .. 'session-result:' .. ARGV[1], 'output', ARGV[2], 'errors', ARGV[3], 'truncated', ARGV[4])
        return 1
        """;

    /// <summary>ARGV: id. Answer: output, errors and truncated, or nothing.</summary>
    internal const string Result = Common + """
        local found = redis.call('HMGET', prefix .. 'session-result:' .. ARGV[1], 'output', 'errors', 'truncated')
        if not found[1] then return false end
        return found
        """;

    /// <summary>ARGV: time, most. Answer: how many sessions that ended before are forgotten.</summary>
    internal const string Forget = Common + """
        local old = redis.call('ZRANGEBYSCORE', prefix .. 'sessions-ended', '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
        for _, id in ipairs(old) do
          redis.call('UNLINK', prefix .. 'session:' .. id, prefix .. 'session-result:' .. id)
          redis.call('ZREM', prefix .. 'sessions', id)
          redis.call('ZREM', prefix .. 'sessions-ended', id)
        end
        return #old
        """;

    /// <summary>ARGV: host, life in ms.</summary>
    internal const string Beat = Common + """
        redis.call('ZREMRANGEBYSCORE', prefix .. 'session-hosts', '-inf', whole(now))
        redis.call('ZADD', prefix .. 'session-hosts', whole(now + tonumber(ARGV[2])), ARGV[1])
        return 1
        """;

    /// <summary>Answer: the hosts that live.</summary>
    internal const string LivingHosts = Common + "return redis.call('ZRANGEBYSCORE', prefix .. 'session-hosts', '(' .. whole(now), '+inf')";
}
