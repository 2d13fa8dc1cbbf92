using System.Text;

namespace Bascule.Settings;

/// <summary>Checks of tokens: keys that can be used, and algorithms that are safe with them.</summary>
internal static class JwtRules
{
    private const string KeyForms = "Write secret:TEXT, base64:TEXT, file:PATH, or a PEM text that starts with -----BEGIN.";
    private const string PemStart = "-----BEGIN ";

    // A key file holds one key or a small set; more is another file.
    private const int MaxKeyFileBytes = 1024 * 1024;

    /// <summary>The algorithms, and the least bytes of the secret for those of HMAC: the size of the hash (RFC 7518 §3.2).</summary>
    private static readonly (string Name, int SecretBytes)[] Algorithms = [("HS256", 32), ("HS384", 48), ("HS512", 64), ("RS256", 0), ("PS256", 0), ("ES256", 0)];

    internal static void Check(RuleContext context)
    {
        if (context.Settings.Auth.Jwt is not { } jwt)
            return;
        if (jwt.Keys.Count == 0 && jwt.JwksUrl is null && context.IsSound("auth.jwt"))
            context.Fault("auth.jwt", "has neither keys nor jwksUrl, so that no token could be checked", "Add auth.jwt.keys or auth.jwt.jwksUrl.");
        CheckJwksUrl(context, jwt.JwksUrl);
        CheckAlgorithms(context, jwt);
        for (var i = 0; i < jwt.Keys.Count; i++)
            CheckKey(context, jwt, jwt.Keys[i].Value, $"auth.jwt.keys.{i}.value");
    }

    private static void CheckJwksUrl(RuleContext context, string? text)
    {
        if (text is null)
            return;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
            context.Fault("auth.jwt.jwksUrl", "is not a URL", "Write https://HOST/PATH, as the issuer publishes it (jwks_uri).");
        else if (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback)
            context.Fault("auth.jwt.jwksUrl", "is fetched without TLS, so that anyone on the way could put in a key", "Write https; http is for loopback only.");
    }

    private static void CheckAlgorithms(RuleContext context, JwtSettings jwt)
    {
        foreach (var name in jwt.Algorithms.Where(a => !Algorithms.Any(k => k.Name == a)))
        {
            context.Fault("auth.jwt.algorithms", $"holds \"{name}\", which is not accepted", $"Choose from {string.Join(", ", Algorithms.Select(a => a.Name))}.");
            return;
        }
    }

    private static void CheckKey(RuleContext context, JwtSettings jwt, string key, string path)
    {
        var (prefix, rest) = key.IndexOf(':') is > 0 and var colon ? (key[..colon], key[(colon + 1)..]) : ("", key);
        switch (prefix)
        {
            case "secret":
                CheckSecret(context, jwt, Encoding.UTF8.GetByteCount(rest), path);
                break;
            case "base64":
                var bytes = new byte[rest.Length];
                if (Convert.TryFromBase64String(rest, bytes, out var length))
                    CheckSecret(context, jwt, length, path);
                else
                    context.Fault(path, "is not base64 after base64:", "Encode the bytes of the secret as standard base64, padding included.");
                break;
            case "file":
                CheckFile(context, jwt, rest, path);
                break;
            default:
                if (!key.TrimStart().StartsWith(PemStart, StringComparison.Ordinal))
                    context.Fault(path, "does not say what kind of key it is", KeyForms);
                break;
        }
    }

    /// <summary>A file with neither PEM nor JSON is the secret alone; a line end after it does not count.</summary>
    private static void CheckFile(RuleContext context, JwtSettings jwt, string file, string path)
    {
        try
        {
            var info = new FileInfo(context.FullPath(file));
            if (!info.Exists || info.Length > MaxKeyFileBytes)
            {
                context.Fault(path, info.Exists ? $"names a file of more than {MaxKeyFileBytes} bytes" : "names a file that does not exist",
                    "Give the path of a file with a PEM key, a JWK set or a secret; a relative one starts at the working directory.");
                return;
            }

            var content = File.ReadAllBytes(info.FullName).AsSpan().TrimEnd("\r\n"u8);
            var start = content.TrimStart(" \t\r\n"u8);
            if (!start.StartsWith("-----BEGIN "u8) && !start.StartsWith("{"u8))
                CheckSecret(context, jwt, content.Length, path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            context.Fault(path, "names a file that cannot be read", "Let the user that runs Bascule read it.");
        }
    }

    private static void CheckSecret(RuleContext context, JwtSettings jwt, int length, string path)
    {
        var usable = Algorithms.Where(a => a.SecretBytes > 0 && (jwt.Algorithms.Count == 0 || jwt.Algorithms.Contains(a.Name))).ToArray();
        if (usable.Length == 0)
        {
            context.Fault(path, "is a secret, but none of auth.jwt.algorithms uses one", "Remove it, or allow HS256, HS384 or HS512.");
            return;
        }

        var (algorithm, least) = usable.MinBy(a => a.SecretBytes);
        if (length < least)
        {
            context.Fault(path, $"is a secret of {length} bytes; {algorithm} needs at least {least} (RFC 7518 §3.2), for a shorter one can be guessed",
                "Make one: openssl rand -base64 48, written as base64:TEXT here and given to the issuer too.");
        }
    }
}
