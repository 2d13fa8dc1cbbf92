using System.Text;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>The HMAC secret in a key of the configuration, which can sign as well as check.</summary>
internal static class ConfiguredSecret
{
    /// <summary>Null when the key is of another kind. The configuration was found good, so that its file can be read.</summary>
    internal static byte[]? Of(KeySettings key, string workingDirectory)
    {
        var (kind, rest) = key.Value.IndexOf(':') is >= 0 and var colon ? (key.Value[..colon], key.Value[(colon + 1)..]) : ("", key.Value);
        return kind switch
        {
            "secret" => Encoding.UTF8.GetBytes(rest),
            "base64" => Convert.FromBase64String(rest),
            "file" => InFile(Path.GetFullPath(rest, workingDirectory)),
            _ => null,
        };
    }

    /// <summary>A file with neither PEM nor JSON is the secret alone, without the line end that editors add.</summary>
    private static byte[]? InFile(string path)
    {
        var content = File.ReadAllBytes(path).AsSpan();
        var start = content.TrimStart(" \t\r\n"u8);
        return start.StartsWith("-----BEGIN "u8) || start.StartsWith("{"u8) ? null : content.TrimEnd("\r\n"u8).ToArray();
    }
}
