namespace Bascule.Settings;

/// <summary>How the value of an environment name is read.</summary>
public enum EnvironmentMeaning
{
    /// <summary>A port: the public listener becomes <c>http://0.0.0.0:PORT</c>.</summary>
    Port,

    /// <summary>A duration; a plain number is seconds.</summary>
    Seconds,

    /// <summary>The address of a Redis.</summary>
    Redis,

    /// <summary>URLs of pages, separated by commas: they and <c>self</c> are the origins that may connect.</summary>
    Pages,

    /// <summary>The text as it is.</summary>
    Text,

    /// <summary>Brokers of Kafka. Alone they are no fault: many deployments give them to every program.</summary>
    Brokers,

    /// <summary>A setting of sessions. Alone, without the section, they are no fault: case A sets them for all of its programs.</summary>
    Sessions,
}

/// <summary>One environment name that deployments of the field cases already set.</summary>
/// <param name="Path">The setting it writes.</param>
public sealed record EnvironmentName(string Name, EnvironmentMeaning Meaning, string Path);

/// <summary>The environment names of the field cases, besides <c>BASCULE__*</c>. A compatibility contract: names are added, never changed.</summary>
public static class EnvironmentNames
{
    /// <summary>What names of settings start with; two underscores stand between levels. Any case.</summary>
    public const string Prefix = "BASCULE__";

    public static IReadOnlyList<EnvironmentName> All { get; } =
    [
        new("PORT", EnvironmentMeaning.Port, "listen.public"),
        new("WEBSOCKET_HEARTBEAT_INTERVAL", EnvironmentMeaning.Seconds, "heartbeat.interval"),
        new("WEBSOCKET_HEARTBEAT_TIMEOUT", EnvironmentMeaning.Seconds, "heartbeat.timeout"),
        new("WEBSOCKET_CLEANUP_INTERVAL", EnvironmentMeaning.Seconds, "heartbeat.cleanupInterval"),
        new("WEBSOCKET_STALE_TIMEOUT", EnvironmentMeaning.Seconds, "heartbeat.stale"),
        new("WEBSOCKET_CONNECTION_TIMEOUT", EnvironmentMeaning.Seconds, "deadlines.handshake"),
        new("WEBSOCKET_TIMEOUT", EnvironmentMeaning.Seconds, "life.maximumAge"),
        new("REDIS_URL", EnvironmentMeaning.Redis, "storage"),
        new("KAFKA_BROKERS", EnvironmentMeaning.Brokers, "hub.kafka.brokers"),
        new("WS_MODE", EnvironmentMeaning.Text, "hub.mode"),
        new("FRONTEND_URL", EnvironmentMeaning.Pages, "listen.origins"),
        new("WEBSOCKET_ENABLED", EnvironmentMeaning.Sessions, "sessions.enabled"),
        new("WEBSOCKET_PROXY_URL", EnvironmentMeaning.Sessions, "sessions.proxyUrl"),
        new("WEBSOCKET_SESSION_CONNECTION_TEMPLATE", EnvironmentMeaning.Sessions, "sessions.internalUrl"),
        new("WEBSOCKET_SESSION_PATH_TEMPLATE", EnvironmentMeaning.Sessions, "sessions.path"),
    ];
}
