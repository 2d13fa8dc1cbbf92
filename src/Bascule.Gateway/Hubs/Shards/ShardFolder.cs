using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What a shard must know to begin: the hub's settings as the gateway started with them, whatever its files say by now.</summary>
/// <param name="Port">Of <c>/health</c> on 127.0.0.1; 0: a free one.</param>
/// <param name="ResumeKey">What resume tokens are signed with: a goodbye after hours needs a fresh one.</param>
internal sealed record ShardStart(int Number, int Port, HubSettings Hub, byte[] ResumeKey);

[JsonSerializable(typeof(ShardStart))]
internal sealed partial class ShardStartJson : JsonSerializerContext;

/// <summary>The folder that a gateway shares with the shards that it started: what they begin with, and the sockets that they listen on. Only its user may enter.</summary>
internal sealed class ShardFolder : IDisposable
{
    /// <summary>In the environment of a shard: what opens its line.</summary>
    internal const string TokenName = "BASCULE_SHARD_TOKEN";

    // Below the temporary folder: the path of a Unix socket must be short.
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory(LeftFolders.Beginning);
    private readonly FileStream _owner;

    /// <summary>Clears away first what gateways left that were killed.</summary>
    internal ShardFolder(ILogger log)
    {
        _owner = LeftFolders.Claim(_folder.FullName);
        LeftFolders.Sweep(Path.GetTempPath(), log);
    }

    public void Dispose()
    {
        using var owner = _owner;
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A shard that was killed may have left a file that somebody else removes; nothing depends on it.
            return;
        }
    }

    internal string SocketOf(int shard) => Path.Combine(_folder.FullName, $"{shard}.sock");

    /// <returns>The file, which holds secrets and can be read by this user only.</returns>
    internal string Write(ShardStart start)
    {
        var path = Path.Combine(_folder.FullName, $"{start.Number}.json");
        // In a folder that only this user can enter: CreateTempSubdirectory makes it so.
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        JsonSerializer.Serialize(file, start, ShardStartJson.Default.ShardStart);
        return path;
    }

    /// <exception cref="JsonException">The file is not one that a gateway wrote.</exception>
    internal static ShardStart Read(string path) =>
        JsonSerializer.Deserialize(File.ReadAllText(path), ShardStartJson.Default.ShardStart) ?? throw new JsonException("The file is empty.");

    /// <summary>For a shard whose gateway is gone: nobody else would clear away what it left. The last of the shards removes the folder.</summary>
    internal static void Leave(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        try
        {
            File.Delete(path);
            if (Directory.EnumerateFileSystemEntries(folder).All(left => Path.GetFileName(left) == LeftFolders.OwnerName))
                Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Another shard, or a gateway that is new, was faster.
            return;
        }
    }

    /// <summary>Beside the file that the shard was given.</summary>
    internal static string SocketBeside(string path) => Path.ChangeExtension(path, ".sock");
}
