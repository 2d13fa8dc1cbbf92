using System.Text;
using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>Reads the keys that stand in the configuration, or in files that it names.</summary>
internal static class ConfiguredKeys
{
    private const string SecretPrefix = "secret:";
    private const string Base64Prefix = "base64:";
    private const string FilePrefix = "file:";

    // A JWK set of a hundred keys has about 100 KiB.
    private const int LargestFileBytes = 1 << 20;

    internal static KeysRead Read(JwtSettings settings)
    {
        var all = new KeysRead();
        for (var i = 0; i < settings.Keys.Count; i++)
            all.Merge(Read(settings.Keys[i]), $"auth.jwt.keys[{i}]");
        if (settings.JwksUrl is not null && JwksUrl(settings) is null)
            all.Refuse("auth.jwt.jwksUrl is not an absolute http or https URL.");
        else if (settings.Keys.Count == 0 && settings.JwksUrl is null)
            all.Refuse("auth.jwt has neither keys nor jwksUrl, so no token can be checked.");
        foreach (var algorithm in settings.Algorithms.Where(a => !TokenAlgorithms.All.Contains(a)))
            all.Refuse($"auth.jwt.algorithms names {Evidence.Quote(algorithm)}; known: {string.Join(' ', TokenAlgorithms.All)}.");
        return all;
    }

    internal static KeysRead Read(KeySettings setting)
    {
        var value = setting.Value;
        var read = new KeysRead();
        if (value.StartsWith(SecretPrefix, StringComparison.Ordinal))
            AddSecret(read, setting.Id, Encoding.UTF8.GetBytes(value[SecretPrefix.Length..]));
        else if (value.StartsWith(Base64Prefix, StringComparison.Ordinal))
            AddBase64(read, setting.Id, value[Base64Prefix.Length..]);
        else if (value.StartsWith(FilePrefix, StringComparison.Ordinal))
            AddFile(read, setting.Id, value[FilePrefix.Length..]);
        else if (PemReader.IsPem(value))
            AddPem(read, setting.Id, value);
        else
            read.Refuse("the value begins neither with `secret:`, `base64:` or `file:`, nor is it PEM; write `secret:` before a plain secret");
        return read;
    }

    /// <summary>The URL of the JWK set, or null when there is none or it cannot be used.</summary>
    internal static Uri? JwksUrl(JwtSettings settings) =>
        Uri.TryCreate(settings.JwksUrl, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp) ? url : null;

    private static void AddSecret(KeysRead read, string? id, byte[] secret)
    {
        if (PemReader.IsPem(Encoding.UTF8.GetString(secret)))
        {
            // As an HMAC secret, a public key would let everybody sign.
            read.Refuse("the secret is PEM; a public key stands without `secret:` before it");
            return;
        }

        read.Add(TokenKey.Hmac(id, secret, null, out var fault), fault);
    }

    private static void AddBase64(KeysRead read, string? id, string text)
    {
        var standard = text.Trim().TrimEnd('=').Replace('-', '+').Replace('_', '/');
        var bytes = new byte[standard.Length];
        var padded = standard.PadRight((standard.Length + 3) / 4 * 4, '=');
        if (Convert.TryFromBase64String(padded, bytes, out var length))
            AddSecret(read, id, bytes[..length]);
        else
            read.Refuse("what follows `base64:` is not base64");
    }

    private static void AddFile(KeysRead read, string? id, string path)
    {
        byte[] content;
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > LargestFileBytes)
            {
                read.Refuse($"{path} has {file.Length} bytes; a key file has at most {LargestFileBytes}");
                return;
            }

            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            read.Refuse($"{path} cannot be read: {e.Message.TrimEnd('.')}");
            return;
        }

        var text = Encoding.UTF8.GetString(content).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (PemReader.IsPem(text))
            AddPem(read, id, text);
        else if (text.StartsWith('{'))
            read.Merge(JwkReader.Read(Encoding.UTF8.GetBytes(text), id, symmetricToo: true), path);
        else
            AddSecret(read, id, content.AsSpan().TrimEnd("\r\n"u8).ToArray());
    }

    private static void AddPem(KeysRead read, string? id, string text) => read.Add(PemReader.Read(text, id, out var fault), fault);
}
