using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>bascule token issue</c> and <c>inspect</c>; <c>revoke</c> has a file of its own.</summary>
public static class TokenCommand
{
    public static Command Create(Surroundings surroundings) => new ExampleCommand(
        "token", "Make, read and revoke JSON Web Tokens.", "bascule token issue --subject alice", "bascule token inspect -")
    {
        new Issue(surroundings).Create(),
        new Inspect(surroundings).Create(),
        TokenRevokeCommand.Create(surroundings),
    };

    /// <summary>Prints a signed token and nothing else, so that it fits into <c>$(…)</c>.</summary>
    private sealed class Issue(Surroundings surroundings)
    {
        // A hundred years: anything longer is a slip.
        private static readonly TimeSpan LongestLife = TimeSpan.FromDays(36500);

        private static readonly string[] OwnOptions = ["sub", "iss", "aud", "exp", "iat", "roles", "tier", "read", "write"];

        private readonly Option<string> _subject = new("--subject") { Description = "The user: `sub`.", Required = true };
        private readonly Option<string?> _secret = new("--secret") { Description = "HMAC secret. Other users of the machine can see it; prefer --key-file." };
        private readonly Option<string?> _keyFile = new("--key-file") { Description = "File with an RSA or P-256 private key in PEM, or the secret alone." };
        private readonly Option<string?> _algorithm = new("--alg") { Description = "HS256 HS384 HS512 RS256 PS256 ES256. Without it: what is usual for the key." };
        private readonly Option<string> _expires = new("--expires") { Description = "Lifetime: 90s, 1h, 1d12h.", DefaultValueFactory = _ => "1h" };
        private readonly Option<string?> _audience = new("--audience") { Description = "`aud`. Without it, with a key of the configuration: auth.jwt.audience." };
        private readonly Option<string?> _issuer = new("--issuer") { Description = "`iss`. Without it, with a key of the configuration: auth.jwt.issuer." };
        private readonly Option<string[]> _roles = new("--role") { Description = "One of `roles`; may be given again." };
        private readonly Option<string?> _tier = new("--tier") { Description = "`tier`: the class of service." };
        private readonly Option<string[]> _read = new("--read") { Description = "A topic or pattern (`prices.*`) of `read`, which narrows what it may read; may be given again." };
        private readonly Option<string[]> _write = new("--write") { Description = "One of `write`, which narrows what it may publish to; may be given again." };
        private readonly Option<string[]> _claims = new("--claim") { Description = "NAME=VALUE; a VALUE that is JSON is taken as such. May be given again." };
        private readonly Option<string?> _keyId = new("--kid") { Description = "Key id for the header." };
        private readonly ConfigOptions _config = new(surroundings);

        internal ExampleCommand Create()
        {
            var command = new ExampleCommand(
                "issue",
                "Print a signed token, for development. Without --secret and --key-file it is signed with the first HMAC secret of auth.jwt.keys.",
                "bascule token issue --subject alice --config bascule.json",
                "bascule token issue --subject bob --key-file private.pem --kid k1 --audience gateway --role admin --role ops --expires 10m",
                "bascule token issue --subject carol --read 'prices.*' --read news --write chat",
                "curl -H \"Authorization: Bearer $(bascule token issue --subject alice)\" http://127.0.0.1:8666/")
            {
                _subject, _secret, _keyFile, _algorithm, _expires, _audience, _issuer, _roles, _tier, _read, _write, _claims, _keyId,
            };
            _config.AddTo(command);
            command.SetAction(RunAsync);
            return command;
        }

        private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
        {
            if (!DurationText.TryParse(parse.GetValue(_expires)!, out var lifetime) || lifetime > LongestLife)
                return Refuse($"--expires is {parse.GetValue(_expires)}; write a duration up to 36500d, such as 90s, 1h or 1d12h.");
            if (ReadClaims(parse.GetValue(_claims) ?? [], out var claims) is { } badClaim)
                return Refuse(badClaim);
            if ((TopicFault(parse, _read) ?? TopicFault(parse, _write)) is { } badTopic)
                return Refuse(badTopic);
            var request = new TokenRequest
            {
                Subject = parse.GetValue(_subject)!,
                Algorithm = parse.GetValue(_algorithm),
                Lifetime = lifetime,
                Issuer = parse.GetValue(_issuer),
                Audience = parse.GetValue(_audience),
                Roles = parse.GetValue(_roles) ?? [],
                Tier = parse.GetValue(_tier),
                Read = Topics(parse, _read),
                Write = Topics(parse, _write),
                KeyId = parse.GetValue(_keyId),
                Claims = claims,
            };
            var (secret, file) = (parse.GetValue(_secret), parse.GetValue(_keyFile));
            if (secret is not null && file is not null)
                return Refuse("give --secret or --key-file, not both.");
            if (file is not null)
                return await SignWithFileAsync(request, file, interruption);
            return secret is not null ? SignWithSecret(request, secret) : SignWithConfiguration(request, _config.Load(parse));
        }

        /// <summary>Null, not an empty list, when the option is not there: an empty list allows nothing.</summary>
        private static string[]? Topics(ParseResult parse, Option<string[]> option) => parse.GetValue(option) is { Length: > 0 } topics ? topics : null;

        private static string? TopicFault(ParseResult parse, Option<string[]> option) =>
            Topics(parse, option)?.Select(t => TopicText.PatternFault(t) is { } fault ? $"{option.Name} is \"{t}\", which {fault}; write a topic, or a pattern such as prices.*." : null)
                .FirstOrDefault(fault => fault is not null);

        private int SignWithConfiguration(TokenRequest request, SettingsResult result)
        {
            if (!result.IsGood)
                return FaultReport.Write(surroundings.Output, result.Faults);
            if (result.Loaded.Settings.Auth.Jwt is not { } jwt)
                return Refuse("the configuration has no auth.jwt; give --config, --secret or --key-file.");
            var (key, secret) = jwt.Keys.Select(k => (Key: k, Secret: ConfiguredSecret.Of(k, surroundings.WorkingDirectory))).FirstOrDefault(k => k.Secret is not null);
            if (secret is null)
                return Refuse("auth.jwt.keys holds no HMAC secret (secret:, base64:, or file: with the secret alone), and public keys cannot sign. "
                    + "Give the private key with --key-file, or --secret.");
            var completed = request with
            {
                Issuer = request.Issuer ?? jwt.Issuer,
                Audience = request.Audience ?? jwt.Audience,
                KeyId = request.KeyId ?? key.Id,
            };
            return SignWithSecret(completed, secret);
        }

        private async Task<int> SignWithFileAsync(TokenRequest request, string file, CancellationToken interruption)
        {
            string text;
            try
            {
                // Without the line end that editors add.
                text = (await File.ReadAllTextAsync(Path.GetFullPath(file, surroundings.WorkingDirectory), interruption)).TrimEnd('\r', '\n');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return Refuse($"{file} cannot be read: {e.Message}");
            }

            if (!text.TrimStart().StartsWith("-----BEGIN ", StringComparison.Ordinal))
                return SignWithSecret(request, text);
            using var key = SigningKey.FromPem(text, out var fault);
            return key is null ? Refuse($"{file}: {fault}.") : Sign(request, key);
        }

        private int SignWithSecret(TokenRequest request, string secret) => SignWithSecret(request, Encoding.UTF8.GetBytes(secret));

        private int SignWithSecret(TokenRequest request, byte[] secret)
        {
            if (secret.Length < SigningKey.LeastSecretBytes)
                return Refuse($"the secret is shorter than {SigningKey.LeastSecretBytes} bytes, and the gateway would not use it.");
            using var key = SigningKey.FromSecret(secret);
            return Sign(request, key);
        }

        private int Sign(TokenRequest request, SigningKey key)
        {
            if (request.Algorithm is { } algorithm && !key.Algorithms.Contains(algorithm))
                return Refuse($"--alg is {algorithm}; this key can sign with {string.Join(' ', key.Algorithms)}.");
            surroundings.Output.Line(TokenIssuer.Issue(request, key, TimeProvider.System));
            return ExitCodes.Good;
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
                claims[name] = JsonOrText(text[(equals + 1)..]);
            }

            return null;
        }

        private static JsonNode? JsonOrText(string text)
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

        private int Refuse(string fault)
        {
            surroundings.Output.ErrorLine($"bascule token issue: {fault}");
            return ExitCodes.Usage;
        }
    }

    /// <summary>Shows what a token says; checks the signature only when it is given a key.</summary>
    private sealed class Inspect(Surroundings surroundings)
    {
        private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

        private readonly Argument<string> _token = new("TOKEN") { Description = "The token, or `-` to read it from standard input." };
        private readonly Option<string?> _secret = new("--secret") { Description = "Check the signature with this HMAC secret." };
        private readonly Option<string?> _keyFile = new("--key-file")
        {
            Description = "Check the signature with this file: public key or certificate in PEM, JWK set, or the secret alone.",
        };

        private readonly JsonOption _json = new("{ header, claims, times: [{ claim, at, words }], signature: unchecked | good | an end reason, problems: [text] }");

        internal ExampleCommand Create()
        {
            var command = new ExampleCommand(
                "inspect",
                "Show header, claims and times of a token. Without a key nothing is verified. Exit code 1: no token, a bad signature, or not valid now.",
                "bascule token inspect eyJhbGciOi…",
                "echo \"$TOKEN\" | bascule token inspect - --key-file public.pem --json")
            {
                _token, _secret, _keyFile, _json,
            };
            command.SetAction(RunAsync);
            return command;
        }

        private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
        {
            var (secret, file) = (parse.GetValue(_secret), parse.GetValue(_keyFile));
            if (secret is not null && file is not null)
                return Refuse("give --secret or --key-file, not both.", ExitCodes.Usage);
            var key = secret is not null ? "secret:" + secret : file is not null ? "file:" + Path.GetFullPath(file, surroundings.WorkingDirectory) : null;
            var token = parse.GetValue(_token)!;
            if (token == "-")
                token = await surroundings.Input.ReadToEndAsync(interruption);

            var setting = key is null ? null : new KeySettings { Value = key };
            var (inspection, fault) = await TokenInspector.InspectAsync(token.Trim(), setting, TimeProvider.System, interruption);
            if (inspection is null)
                return Refuse($"cannot show it: {fault}.", ExitCodes.FoundFault);
            var problems = new[] { inspection.SignatureFault, inspection.TimeFault }.OfType<Ending>().Select(e => e.ToString()).ToArray();
            var signature = key is null ? "unchecked" : inspection.SignatureFault?.Reason.Label ?? "good";
            if (parse.GetValue(_json))
                surroundings.Output.Json(new { inspection.Header, inspection.Claims, inspection.Times, Signature = signature, Problems = problems });
            else
                Write(inspection, signature, problems);
            return problems.Length == 0 ? ExitCodes.Good : ExitCodes.FoundFault;
        }

        private void Write(TokenInspection token, string signature, string[] problems)
        {
            var output = surroundings.Output;
            output.Line("header     " + token.Header.ToJsonString());
            output.Line("claims     " + token.Claims.ToJsonString(Indented));
            foreach (var time in token.Times)
                output.Line($"{time.Claim,-10} {time.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, {time.Words}");
            output.Line("signature  " + signature);
            foreach (var problem in problems)
                output.Line("problem    " + problem);
        }

        private int Refuse(string fault, int code)
        {
            surroundings.Output.ErrorLine($"bascule token inspect: {fault}");
            return code;
        }
    }
}
