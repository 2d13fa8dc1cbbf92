using System.Security.Cryptography;
using System.Text;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The keys that gateways share with hosts of sessions: one for each session, made from one secret, so that any gateway with that secret knows them, and a host only those of its own sessions.</summary>
public sealed class SessionKeys
{
    /// <summary>Holds the secret where none is configured; below the data folder, for its owner's eyes alone.</summary>
    internal const string OwnFile = "session-secret";

    // 256 bits, as much as HMAC-SHA256 can use.
    private const int SecretBytes = 32;

    private readonly byte[] _secret;

    public SessionKeys(string secret) => _secret = Encoding.UTF8.GetBytes(secret);

    /// <summary>Seals and opens the terms of the session's clients.</summary>
    public string OfSession(string session) => Derive($"session {session}");

    /// <summary>Signs what lets others look at the session.</summary>
    internal byte[] OfLinks(string session) => HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes($"links {session}"));

    /// <summary>With the secret of <c>sessions.secretFile</c>; without one, with a secret that is made at the first start and kept in the data folder.</summary>
    /// <exception cref="IOException">The file cannot be read, or not be made.</exception>
    internal static SessionKeys Of(SessionSettings sessions, string dataFolder, string workingDirectory)
    {
        if (sessions.SecretFile is not { } file)
            return new SessionKeys(OwnSecret(dataFolder));
        return SecretText.TryReadFile(file, workingDirectory, out var secret, out var problem) ? new SessionKeys(secret) : throw new IOException($"sessions.secretFile {problem}.");
    }

    private static string OwnSecret(string dataFolder)
    {
        Directory.CreateDirectory(dataFolder);
        var path = Path.Combine(dataFolder, OwnFile);
        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (!File.Exists(path))
        {
            // Whole or not at all: another gateway with this data folder may start in this moment.
            var draft = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
            using (var writer = new StreamWriter(draft, Encoding.ASCII, options))
                writer.Write(made);
            TakePlace(draft, path);
        }

        return File.ReadAllText(path).Trim() is { Length: > 0 } secret ? secret : throw new IOException($"{path} is empty. Remove it, and end the sessions that run: a new secret is made then.");
    }

    /// <summary>Who comes second keeps what the first one wrote.</summary>
    private static void TakePlace(string draft, string path)
    {
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }

    private string Derive(string purpose) => Convert.ToHexStringLower(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(purpose)));
}
