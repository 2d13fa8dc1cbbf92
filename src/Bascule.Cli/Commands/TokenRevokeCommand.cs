using System.CommandLine;
using System.Globalization;
using Bascule.Admission;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule token revoke</c>: tokens that a gateway, and those that share its storage, believe no more.</summary>
internal sealed class TokenRevokeCommand(Surroundings surroundings)
{
    private readonly Argument<string?> _token = new("TOKEN") { Description = "The token itself, or `-` to read it from standard input. Its signature is not checked.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _jti = new("--jti") { Description = "One token, by its id." };
    private readonly Option<string?> _subject = new("--subject") { Description = "All that this user got until now." };
    private readonly Option<string?> _session = new("--session") { Description = "All of this session at the issuer (`sid`), later ones too." };
    private readonly Option<string?> _issuer = new("--issuer") { Description = "Only tokens of this issuer. Without it: any, or the one of the token that is given." };
    private readonly Option<string?> _for = new("--for") { Description = "How long it holds: as long as the tokens live. Without it: 24h, or until the token that is given expires.", HelpName = "DURATION" };
    private readonly Option<string?> _why = OrderOptions.Why();
    private readonly JsonOption _json = new("{ revocations: [{ kind: token | subject | session, value, issuer, revokedAt, until }] }");
    private readonly AdminOptions _admin = new(surroundings);

    internal static Command Create(Surroundings surroundings) => new TokenRevokeCommand(surroundings).Create();

    private ExampleCommand Create()
    {
        var command = new ExampleCommand(
            "revoke",
            "Believe a token, all tokens of a user, or those of a session no more, and end their connections with 4603, on all gateways that share the storage.",
            "bascule token revoke --subject alice --why \"laptop stolen\"",
            "bascule token revoke --jti 5f1c --for 12h",
            "echo \"$TOKEN\" | bascule token revoke -") { _token, _jti, _subject, _session, _issuer, _for, _why, _json };
        _admin.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
    {
        var meant = new Meant(parse.GetValue(_jti), parse.GetValue(_subject), parse.GetValue(_session), parse.GetValue(_issuer), parse.GetValue(_for));
        var token = parse.GetValue(_token);
        if (new[] { meant.Jti, meant.Subject, meant.Session, token }.Count(given => !string.IsNullOrEmpty(given)) != 1)
            return Refuse("name exactly one of --jti, --subject, --session and a token.", ExitCodes.Usage);
        if (token is not null)
        {
            if (token == "-")
                token = await surroundings.Input.ReadToEndAsync(interruption);
            var (inspection, fault) = await TokenInspector.InspectAsync(token.Trim(), null, TimeProvider.System, interruption);
            if (inspection is null)
                return Refuse($"that is no token: {fault}.", ExitCodes.Usage);
            if (Of(inspection, meant) is not { } named)
                return Refuse("the token has neither `jti` nor `sub`, so that nothing tells it from others.", ExitCodes.FoundFault);
            meant = named;
        }

        return await _admin.AskAsync(parse, async client =>
        {
            var answer = await client.AskAsync(HttpMethod.Post, "/api/tokens:revoke", [.. meant.Query, ("why", parse.GetValue(_why))], interruption);
            if (parse.GetValue(_json))
                surroundings.Output.Json(answer.Document);
            else
            {
                var document = answer.Read<RevocationsDocument>();
                foreach (var revocation in document.Revocations)
                    Say(revocation);
                if (document.Note is { } note)
                    surroundings.Output.ErrorLine(note);
            }

            return ExitCodes.Good;
        });
    }

    /// <summary>The token by its id; without one, all of its user, for nothing less takes it in.</summary>
    private static Meant? Of(TokenInspection token, Meant given)
    {
        var meant = given with { Issuer = given.Issuer ?? Text(token, "iss"), Jti = Text(token, "jti") };
        // A revocation that ends before the token would let it in again.
        if (meant.For is null && token.Times.FirstOrDefault(t => t.Claim == "exp") is { } expiry && expiry.At - TimeProvider.System.GetUtcNow() is var left && left > TimeSpan.Zero)
            meant = meant with { For = ((long)left.TotalSeconds + 1).ToString(CultureInfo.InvariantCulture) + "s" };
        return meant.Jti is not null ? meant
            : Text(token, "sub") is { } subject ? meant with { Subject = subject, For = given.For }
            : null;
    }

    private static string? Text(TokenInspection token, string claim) =>
        token.Claims[claim] is System.Text.Json.Nodes.JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private void Say(RevocationDocument revocation)
    {
        var what = revocation.Kind switch
        {
            RevocationKind.Token => $"the token with the jti {revocation.Value}",
            RevocationKind.Subject => $"all tokens that {revocation.Value} got until now",
            _ => $"all tokens of the session {revocation.Value}",
        };
        surroundings.Output.Line($"revoked {what}{(revocation.Issuer is { } issuer ? $" from {issuer}" : "")}, until {revocation.Until.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}");
    }

    private int Refuse(string fault, int code)
    {
        surroundings.Output.ErrorLine($"bascule token revoke: {fault}");
        return code;
    }

    private sealed record Meant(string? Jti, string? Subject, string? Session, string? Issuer, string? For)
    {
        internal (string Name, string? Value)[] Query => [("jti", Jti), ("subject", Subject), ("session", Session), ("issuer", Issuer), ("for", For)];
    }
}
