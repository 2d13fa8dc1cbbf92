using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Admission;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>bascule token issue</c> and <c>bascule token inspect</c>.</summary>
public static class TokenCommand
{
    // Exit codes of ARCHITECTURE.md.
    private const int Good = 0;
    private const int FoundWrong = 1;
    private const int Usage = 64;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create() => new("token", "Make and read JSON Web Tokens.") { Issue.Create(), Inspect.Create() };

    /// <summary>What stands in a key file without the line end that editors add, or a fault.</summary>
    private static async Task<(string? Text, string? Fault)> ReadFileAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return ((await File.ReadAllTextAsync(path, cancellation)).TrimEnd('\r', '\n'), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (null, $"{path} cannot be read: {e.Message}");
        }
    }

    private static int Complain(ParseResult line, string fault, int code)
    {
        line.InvocationConfiguration.Error.WriteLine($"bascule token: {fault}");
        return code;
    }

    /// <summary>Prints a signed token and nothing else, so that it fits into <c>$(…)</c>.</summary>
    private static class Issue
    {
        private static readonly string[] OwnOptions = ["sub", "iss", "aud", "exp", "iat", "roles", "tier"];

        private static readonly Option<string> Subject = new("--subject") { Description = "The user: `sub`.", Required = true };
        private static readonly Option<string?> Secret =
            new("--secret") { Description = "HMAC secret. Other users of the machine can see it; prefer --key-file." };
        private static readonly Option<string?> KeyFile =
            new("--key-file") { Description = "File with an RSA or P-256 private key in PEM, or with the secret alone." };
        private static readonly Option<string?> Algorithm =
            new("--alg") { Description = "HS256 HS384 HS512 RS256 PS256 ES256; HS256, RS256 or ES256 by default, as the key is." };
        private static readonly Option<string> Expires =
            new("--expires") { Description = "Lifetime, such as 90s, 1h, 1d12h.", DefaultValueFactory = _ => "1h" };
        private static readonly Option<string?> Audience = new("--audience") { Description = "`aud`." };
        private static readonly Option<string?> Issuer = new("--issuer") { Description = "`iss`." };
        private static readonly Option<string[]> Roles = new("--role") { Description = "One of `roles`; may be given again." };
        private static readonly Option<string?> Tier = new("--tier") { Description = "`tier`: the class of service." };
        private static readonly Option<string[]> Claims =
            new("--claim") { Description = "NAME=VALUE; a VALUE that is JSON is taken as such. May be given again." };
        private static readonly Option<string?> KeyId = new("--kid") { Description = "Key id for the header." };

        internal static Command Create()
        {
            var command = new Command("issue", """
                Print a signed token, for development.

                Examples:
                  bascule token issue --subject alice --key-file secret.txt --expires 10m
                  bascule token issue --subject bob --key-file private.pem --kid k1 --audience gateway --role admin --role ops
                  curl -H "Authorization: Bearer $(bascule token issue --subject alice --key-file secret.txt)" …
                """)
            {
                Subject, Secret, KeyFile, Algorithm, Expires, Audience, Issuer, Roles, Tier, Claims, KeyId,
            };
            command.SetAction(RunAsync);
            return command;
        }

        private static async Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
        {
            if (!DurationText.TryParse(line.GetValue(Expires)!, out var lifetime) || lifetime > TimeSpan.FromDays(36500))
                return Complain(line, $"--expires is {line.GetValue(Expires)}; write a duration up to 36500d, such as 90s, 1h or 1d12h.", Usage);
            if (ReadClaims(line.GetValue(Claims) ?? [], out var claims) is { } badClaim)
                return Complain(line, badClaim, Usage);
            var (key, fault) = await ReadKeyAsync(line.GetValue(Secret), line.GetValue(KeyFile), cancellation);
            if (key is null)
                return Complain(line, fault!, Usage);
            using (key)
            {
                if (line.GetValue(Algorithm) is { } algorithm && !key.Algorithms.Contains(algorithm))
                    return Complain(line, $"--alg is {algorithm}; this key can sign with {string.Join(' ', key.Algorithms)}.", Usage);
                var request = new TokenRequest
                {
                    Subject = line.GetValue(Subject)!,
                    Algorithm = line.GetValue(Algorithm),
                    Lifetime = lifetime,
                    Issuer = line.GetValue(Issuer),
                    Audience = line.GetValue(Audience),
                    Roles = line.GetValue(Roles) ?? [],
                    Tier = line.GetValue(Tier),
                    KeyId = line.GetValue(KeyId),
                    Claims = claims,
                };
                await line.InvocationConfiguration.Output.WriteLineAsync(TokenIssuer.Issue(request, key, TimeProvider.System));
                return Good;
            }
        }

        private static async Task<(SigningKey? Key, string? Fault)> ReadKeyAsync(string? secret, string? file, CancellationToken cancellation)
        {
            if (secret is null == file is null)
                return (null, "give either --secret or --key-file.");
            if (file is not null)
            {
                (var text, var unreadable) = await ReadFileAsync(file, cancellation);
                if (text is null)
                    return (null, unreadable);
                if (text.TrimStart().StartsWith("-----BEGIN ", StringComparison.Ordinal))
                    return SigningKey.FromPem(text, out var fault) is { } key ? (key, null) : (null, $"{file}: {fault}.");
                secret = text;
            }

            return Encoding.UTF8.GetByteCount(secret!) >= SigningKey.LeastSecretBytes
                ? (SigningKey.FromSecret(secret!), null)
                : (null, $"the secret is shorter than {SigningKey.LeastSecretBytes} bytes, and the gateway would not use it.");
        }

        /// <returns>Null, or what is wrong.</returns>
        private static string? ReadClaims(string[] texts, out Dictionary<string, JsonNode?> claims)
        {
            claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
            foreach (var text in texts)
            {
                var equals = text.IndexOf('=', StringComparison.Ordinal);
                if (equals < 1)
                    return $"--claim is {text}; write NAME=VALUE.";
                var name = text[..equals];
                if (OwnOptions.Contains(name))
                    return $"--claim sets {name}, which has an option of its own.";
                claims[name] = Value(text[(equals + 1)..]);
            }

            return null;
        }

        private static JsonNode? Value(string text)
        {
            try
            {
                return JsonNode.Parse(text);
            }
            catch (JsonException)
            {
                return text; // Not JSON, so it is meant as plain text.
            }
        }
    }

    /// <summary>Shows what a token says; checks the signature only when it is given a key.</summary>
    private static class Inspect
    {
        private static readonly Argument<string> Token = new("TOKEN") { Description = "The token, or `-` to read it from standard input." };
        private static readonly Option<string?> Secret = new("--secret") { Description = "Check the signature with this HMAC secret." };
        private static readonly Option<string?> KeyFile =
            new("--key-file") { Description = "Check it with this file: public key or certificate in PEM, JWK set, or the secret alone." };
        private static readonly Option<bool> Json = new("--json")
        {
            Description = "Print JSON: header, claims, times [{claim, at, words}], signature (unchecked, good or an end reason), problems [text].",
        };

        internal static Command Create()
        {
            var command = new Command("inspect", """
                Show header, claims and times of a token. Without a key nothing is verified.
                Exit code 1: it is no token, its signature is bad, or it is not valid now.

                Examples:
                  bascule token inspect eyJhbGciOi…
                  echo "$TOKEN" | bascule token inspect - --key-file public.pem
                """)
            {
                Token, Secret, KeyFile, Json,
            };
            command.SetAction(RunAsync);
            return command;
        }

        private static async Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
        {
            var (secret, file) = (line.GetValue(Secret), line.GetValue(KeyFile));
            if (secret is not null && file is not null)
                return Complain(line, "give --secret or --key-file, not both.", Usage);
            var key = secret is not null ? new KeySettings { Value = "secret:" + secret }
                : file is not null ? new KeySettings { Value = "file:" + file }
                : null;
            var token = line.GetValue(Token)!;
            if (token == "-")
                token = await Console.In.ReadToEndAsync(cancellation);

            var (inspection, fault) = await TokenInspector.InspectAsync(token.Trim(), key, TimeProvider.System, cancellation);
            if (inspection is null)
                return Complain(line, $"cannot show it: {fault}.", FoundWrong);
            var problems = new[] { inspection.SignatureFault, inspection.TimeFault }.OfType<Bascule.Model.Ending>().ToArray();
            var signature = key is null ? "unchecked" : inspection.SignatureFault?.Reason.Label ?? "good";
            await line.InvocationConfiguration.Output.WriteLineAsync(
                line.GetValue(Json) ? AsJson(inspection, signature, problems) : AsText(inspection, signature, problems));
            return problems.Length == 0 ? Good : FoundWrong;
        }

        private static string AsText(TokenInspection token, string signature, Bascule.Model.Ending[] problems)
        {
            var text = new StringBuilder();
            text.Append("header     ").AppendLine(token.Header.ToJsonString());
            text.Append("claims     ").AppendLine(token.Claims.ToJsonString(Indented));
            foreach (var time in token.Times)
                text.AppendLine($"{time.Claim,-10} {time.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, {time.Words}");
            text.Append("signature  ").Append(signature);
            foreach (var problem in problems)
                text.AppendLine().Append("problem    ").Append(problem);
            return text.ToString();
        }

        private static string AsJson(TokenInspection token, string signature, Bascule.Model.Ending[] problems) => new JsonObject
        {
            ["header"] = token.Header.DeepClone(),
            ["claims"] = token.Claims.DeepClone(),
            ["times"] = new JsonArray([.. token.Times.Select(t => new JsonObject { ["claim"] = t.Claim, ["at"] = t.At.UtcDateTime, ["words"] = t.Words })]),
            ["signature"] = signature,
            ["problems"] = new JsonArray([.. problems.Select(p => (JsonNode)p.ToString())]),
        }.ToJsonString(Indented);
    }
}
