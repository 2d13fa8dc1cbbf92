using System.Globalization;

namespace Bascule.Settings;

public enum StorageKind
{
    /// <summary>Nothing is kept.</summary>
    Memory,

    /// <summary>A file of this gateway alone.</summary>
    Sqlite,

    Redis,

    Postgres,
}

/// <summary>What is wrong with a storage text. Neither part shows the text, which may hold a password.</summary>
/// <param name="Problem">Goes on after the name of the setting: "has no host".</param>
/// <param name="Remedy">What to write.</param>
public sealed record StorageFault(string Problem, string Remedy);

/// <summary>Where things are kept: the setting <c>storage</c>, read but not opened.</summary>
public sealed record StorageAddress(StorageKind Kind)
{
    private const string Forms = "Write memory, sqlite:FILE, redis://HOST:PORT or postgres://USER:PASSWORD@HOST/DATABASE.";

    /// <summary>SQLite: the path as it was written. Else empty.</summary>
    public string File { get; init; } = "";

    /// <summary>Redis and PostgreSQL: a name or an IP address, without brackets.</summary>
    public string Host { get; init; } = "";

    public int Port { get; init; }

    /// <summary>PostgreSQL only.</summary>
    public string User { get; init; } = "";

    /// <summary>Empty for none. Secret.</summary>
    public string Password { get; init; } = "";

    /// <summary>PostgreSQL: a name. Redis: a number.</summary>
    public string Database { get; init; } = "";

    /// <summary>Whether several gateways may use it together.</summary>
    public bool IsShared => Kind is StorageKind.Redis or StorageKind.Postgres;

    /// <summary>The whole address without its password: for logs and pages.</summary>
    public string Masked => Kind switch
    {
        StorageKind.Memory => "memory",
        StorageKind.Sqlite => $"sqlite:{File}",
        StorageKind.Redis => $"redis://{(Password.Length > 0 ? ":***@" : "")}{Authority}/{Database}",
        _ => $"postgres://{User}{(Password.Length > 0 ? ":***" : "")}@{Authority}/{Database}",
    };

    private string Authority => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>The masked text, because a record would print the password.</summary>
    public override string ToString() => Masked;

    /// <summary>Reads the text; null when it has faults, and then all of them.</summary>
    public static StorageAddress? Parse(string text, out IReadOnlyList<StorageFault> faults)
    {
        faults = [];
        if (text == "memory")
            return new StorageAddress(StorageKind.Memory);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon < 0 ? "" : text[..colon];
        if (scheme is "sqlite")
            return ParseFile(text[(colon + 1)..], out faults);
        if (scheme is not ("redis" or "postgres" or "postgresql"))
        {
            faults = [new StorageFault("names no storage that Bascule knows", Forms)];
            return null;
        }

        return ParseServer(text, scheme == "redis" ? StorageKind.Redis : StorageKind.Postgres, out faults);
    }

    private static StorageAddress? ParseFile(string file, out IReadOnlyList<StorageFault> faults)
    {
        faults = file.Trim().Length == 0 || file.StartsWith("//", StringComparison.Ordinal) || file.Contains('\0')
            ? [new StorageFault("names no file", "Write sqlite:FILE, such as sqlite:bascule.db; a relative file is below the data folder.")]
            : [];
        return faults.Count > 0 ? null : new StorageAddress(StorageKind.Sqlite) { File = file };
    }

    private static StorageAddress? ParseServer(string text, StorageKind kind, out IReadOnlyList<StorageFault> faults)
    {
        var form = kind == StorageKind.Redis ? "redis://[:PASSWORD@]HOST[:PORT][/NUMBER]" : "postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            faults = [new StorageFault("cannot be read as an address", $"Write {form}; signs such as / @ # % in a password as %2F %40 %23 %25.")];
            return null;
        }

        List<StorageFault> found = [];
        var user = url.UserInfo.Split(':', 2);
        var database = Uri.UnescapeDataString(url.AbsolutePath.Trim('/'));
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
            found.Add(new StorageFault("holds something after ? or #", $"Write {form}; in a password ? is %3F and # is %23."));
        if (kind == StorageKind.Redis)
        {
            database = database.Length == 0 ? "0" : database;
            if (user[0].Length > 0)
                found.Add(new StorageFault("names a user, and Redis is asked with a password only", $"Write {form}, with the colon before the password."));
            if (!int.TryParse(database, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                found.Add(new StorageFault("names a Redis database that is not a number", $"Write {form}; without a number it is 0."));
        }
        else
        {
            if (user[0].Length == 0)
                found.Add(new StorageFault("names no user", $"Write {form}."));
            if (database.Length == 0 || database.Contains('/'))
                found.Add(new StorageFault("names no database", $"Write {form}."));
        }

        faults = found;
        return found.Count > 0 ? null : new StorageAddress(kind)
        {
            Host = url.Host.Trim('[', ']'),
            Port = url.Port > 0 ? url.Port : kind == StorageKind.Redis ? 6379 : 5432,
            User = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : "",
            Database = database,
        };
    }
}
