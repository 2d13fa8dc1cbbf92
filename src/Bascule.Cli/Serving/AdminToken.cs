using System.Security.Cryptography;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>The token of the admin API: from the configuration, or made once and kept in the data folder, readable by its owner alone.</summary>
internal static class AdminToken
{
    internal static string PathIn(string dataFolder) => Path.Combine(dataFolder, "admin-token");

    /// <exception cref="IOException">The data folder cannot be written.</exception>
    internal static string LoadOrMake(BasculeSettings settings, string workingDirectory)
    {
        if (settings.Listen.AdminToken is { Length: > 0 } configured)
            return configured;
        var folder = Path.GetFullPath(settings.Data, workingDirectory);
        var path = PathIn(folder);
        if (File.Exists(path))
            return File.ReadAllText(path).Trim();

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        try
        {
            Directory.CreateDirectory(folder);
            OwnerFile.Write(path, token + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the folder data ({folder}) cannot be written: {e.Message} Name one that may be, with the setting data.", e);
        }

        return token;
    }

    /// <summary>The token as a client of a running gateway finds it; null when there is none to be found.</summary>
    internal static string? Find(BasculeSettings settings, string workingDirectory)
    {
        if (settings.Listen.AdminToken is { Length: > 0 } configured)
            return configured;
        var path = Path.GetFullPath(PathIn(settings.Data), workingDirectory);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }
}
