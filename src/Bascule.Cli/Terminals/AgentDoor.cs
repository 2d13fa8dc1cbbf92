using System.Net;
using Bascule.Gateway;
using Bascule.Settings;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>How an agent knows who may come in: by the secret that it shares with its gateways, or, for trials, by being on this machine.</summary>
/// <param name="Secret">Null: none, this machine only.</param>
internal sealed record AgentDoor(string? Secret)
{
    /// <summary>Name in the environment; what the agent starts does not get it.</summary>
    internal const string SecretName = "BASCULE_AGENT_SECRET";

    // 128 bits, when it is written in hexadecimal half of that; what the order's key needs, too.
    private const int ShortestSecret = 16;

    /// <returns>The door, or what is missing.</returns>
    internal static (AgentDoor? Door, string? Fault) Find(string? file, bool isInsecure, string listen, Surroundings surroundings)
    {
        var secret = surroundings.Environment.GetValueOrDefault(SecretName);
        if (file is not null && !SecretText.TryReadFile(file, surroundings.WorkingDirectory, out secret, out var problem))
            return (null, $"--secret-file {problem}.");
        if (secret is { Length: > 0 and < ShortestSecret })
            return (null, $"The secret has {secret.Length} characters; make one of at least {ShortestSecret}, for example with: openssl rand -hex 32");
        if (secret is { Length: > 0 })
            return (new AgentDoor(secret), null);
        if (!isInsecure)
            return (null, $"Whoever reaches an agent has its shell, so it needs a secret: set {SecretName}, or --secret-file FILE. For a trial on this machine alone: --insecure --listen http://127.0.0.1:8686");
        return IsLoopback(listen) ? (new AgentDoor((string?)null), null) : (null, $"--insecure is for this machine alone: add --listen http://127.0.0.1:8686 ({listen} is open to others).");
    }

    internal ITerminalDoor Open(TerminalTable table, TimeProvider time) => Secret is null ? new LoopbackDoor() : new SealedDoor(Secret, table.KeyOf, time);

    private static bool IsLoopback(string listen) =>
        Uri.TryCreate(listen, UriKind.Absolute, out var url) && (url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));
}
