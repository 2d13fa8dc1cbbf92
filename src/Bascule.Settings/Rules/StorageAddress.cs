using System.Diagnostics.CodeAnalysis;

namespace Bascule.Settings;

/// <summary>What keeps things.</summary>
public enum StorageKind
{
    /// <summary>Nothing outlives the gateway.</summary>
    Memory,

    /// <summary>A file of this gateway.</summary>
    Sqlite,

    /// <summary>A server that several gateways may share.</summary>
    Postgres,

    /// <summary>A server that several gateways may share.</summary>
    Redis,
}

/// <summary>Where things are kept, as the setting <c>storage</c> says it.</summary>
/// <param name="Kind">What it is; the members that it has no use for are empty.</param>
public sealed record StorageAddress(StorageKind Kind)
{
    private const int RedisPort = 6379;
    private const int PostgresPort = 5432;
    private const string SqlitePrefix = "sqlite:";
    private const string Escapes = "one of / ? # @ % in a password is written %2F %3F %23 %40 %25";

    /// <summary>Of SQLite: the file, relative to the data folder.</summary>
    public string File { get; private init; } = "";

    public string Host { get; private init; } = "";

    public int Port { get; private init; }

    /// <summary>Of PostgreSQL its name, of Redis its number.</summary>
    public string Database { get; private init; } = "";

    public string User { get; private init; } = "";

    public string Password { get; private init; } = "";

    /// <summary>Reads <c>memory</c>, <c>sqlite:FILE</c>, <c>redis://[[USER]:PASS@]HOST[:PORT][/DB]</c>, <c>postgres://USER:PASS@HOST[:PORT]/DB</c> or <c>postgresql://…</c>.</summary>
    /// <param name="fault">What is wrong, as the rest of a sentence that starts with the setting; it holds no part of the text, which may be a secret.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out StorageAddress? address, out string fault)
    {
        (address, fault) = (null, "");
        if (text == "memory")
            address = new StorageAddress(StorageKind.Memory);
        else if (text.StartsWith(SqlitePrefix, StringComparison.Ordinal))
            (address, fault) = OfFile(text[SqlitePrefix.Length..]);
        else if (text.StartsWith("redis://", StringComparison.Ordinal))
            (address, fault) = OfRedis(text);
        else if (text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal))
            (address, fault) = OfPostgres(text);
        else
            fault = "is no address of a storage";
        return address is not null;
    }

    /// <summary>Without user and password.</summary>
    public override string ToString() => Kind switch
    {
        StorageKind.Memory => "memory",
        StorageKind.Sqlite => SqlitePrefix + File,
        StorageKind.Redis => $"redis://{Host}:{Port}/{Database}",
        StorageKind.Postgres => $"postgres://{Host}:{Port}/{Database}",
        _ => throw new NotSupportedException(Kind.ToString()),
    };

    private static (StorageAddress? Address, string Fault) OfFile(string file)
    {
        if (string.IsNullOrWhiteSpace(file) || file.Contains('\0') || Path.EndsInDirectorySeparator(file))
            return (null, "names no file after sqlite:");
        return (new StorageAddress(StorageKind.Sqlite) { File = file }, "");
    }

    private static (StorageAddress? Address, string Fault) OfRedis(string text)
    {
        if (OfServer(StorageKind.Redis, text, RedisPort, out var fault) is not { } server)
            return (null, fault);
        if (server.Database.Length == 0)
            return (server with { Database = "0" }, "");
        return ushort.TryParse(server.Database, out _) ? (server, "") : (null, "names a database of Redis that is no number");
    }

    private static (StorageAddress? Address, string Fault) OfPostgres(string text)
    {
        if (OfServer(StorageKind.Postgres, text, PostgresPort, out var fault) is not { } server)
            return (null, fault);
        if (server.User.Length == 0)
            return (null, "names no user before the host");
        return server.Database.Length == 0 ? (null, "names no database after the host") : (server, "");
    }

    private static StorageAddress? OfServer(StorageKind kind, string text, int usualPort, out string fault)
    {
        fault = "";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
            fault = $"cannot be read as scheme, user, password, host and port; {Escapes}";
        else if (url.Query.Length > 0 || url.Fragment.Length > 0)
            fault = $"holds a ? or # after the host, which nothing here reads; {Escapes}";
        else if (url.AbsolutePath.AsSpan(1).Contains('/'))
            fault = $"holds more than one / after the host; {Escapes}";
        if (fault.Length > 0 || url is null)
            return null;
        var colon = url.UserInfo.IndexOf(':');
        return new StorageAddress(kind)
        {
            Host = url.Host.Trim('[', ']'),
            Port = url.Port > 0 ? url.Port : usualPort,
            Database = Uri.UnescapeDataString(url.AbsolutePath[1..]),
            User = Uri.UnescapeDataString(colon < 0 ? url.UserInfo : url.UserInfo[..colon]),
            Password = colon < 0 ? "" : Uri.UnescapeDataString(url.UserInfo[(colon + 1)..]),
        };
    }
}
