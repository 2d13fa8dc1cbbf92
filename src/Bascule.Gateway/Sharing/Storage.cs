using Bascule.Cluster;
using Bascule.Settings;
using Bascule.Storage.Redis;
using Bascule.Storage.Sql;

namespace Bascule.Gateway;

/// <summary>Makes the store that the settings name.</summary>
public static class Storage
{
    /// <summary>Nothing is opened yet. Null for <c>memory</c>.</summary>
    /// <exception cref="IOException">The setting names a file that cannot be read, or no storage; the rules of the settings look at it before.</exception>
    public static IClusterStore? Make(BasculeSettings settings, string workingDirectory, TimeProvider time)
    {
        if (!SecretText.TryRead(settings.Storage, workingDirectory, out var text, out var problem))
            throw new IOException($"storage {problem}.");
        var address = StorageAddress.Parse(text, out var faults) ?? throw new IOException($"storage {string.Join("; ", faults.Select(f => f.Problem))}.");
        return address.Kind switch
        {
            StorageKind.Memory => null,
            StorageKind.Redis => RedisStore.Create(address, time, settings.Deadlines.Storage),
            _ => SqlStore.Create(address, Path.GetFullPath(settings.Data, workingDirectory), settings.Deadlines.Storage),
        };
    }
}
