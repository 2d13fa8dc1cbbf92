using Bascule.Settings;

namespace Bascule.Hub.Kafka;

/// <summary>How a broker lets us in, read from the options of librdkafka.</summary>
/// <param name="AuthorityFile">PEM; null: what the system trusts.</param>
/// <param name="User">Null: no login.</param>
internal sealed record BrokerAccess(bool UsesTls, string? AuthorityFile, string? User, string? Password)
{
    /// <summary>What these two need is beyond the few questions that we ask ourselves.</summary>
    private static readonly string[] Beyond = ["ssl.certificate", "ssl.key", "ssl.keystore", "ssl.ca.pem", "ssl.ca.certificate", "ssl.endpoint", "ssl.engine", "enable.ssl"];

    /// <summary>Null when the brokers want a kind of login or certificate that only the client library knows.</summary>
    public static BrokerAccess? Of(KafkaSettings settings)
    {
        var protocol = Option("security.protocol") ?? "plaintext";
        var usesTls = protocol.EndsWith("ssl", StringComparison.OrdinalIgnoreCase);
        var login = protocol.StartsWith("sasl", StringComparison.OrdinalIgnoreCase);
        if (usesTls && settings.Options.Keys.Any(k => Beyond.Any(b => k.StartsWith(b, StringComparison.OrdinalIgnoreCase))))
            return null;
        if (!login)
            return new BrokerAccess(usesTls, Option("ssl.ca.location"), null, null);
        var mechanism = Option("sasl.mechanism") ?? Option("sasl.mechanisms");
        return "PLAIN".Equals(mechanism, StringComparison.OrdinalIgnoreCase) && Option("sasl.username") is { } user
            ? new BrokerAccess(usesTls, Option("ssl.ca.location"), user, Option("sasl.password") ?? "")
            : null;

        string? Option(string name) => settings.Options.GetValueOrDefault(name);
    }
}
