namespace Bascule.Diagnostics;

/// <summary>A time that a hop enforces, with where it comes from.</summary>
/// <param name="Place">Where it is written, or for a default where it would be.</param>
/// <param name="Fact">The catalogue's fact behind a default; null where the value is written out.</param>
public sealed record HopLimit(double Seconds, Place Place, string? Fact)
{
    public override string ToString() => Fact is null ? $"{TimeText.Show(Seconds)} s" : $"{TimeText.Show(Seconds)} s (the default: nothing is set)";

    /// <summary>The limit that a value sets, or the default where there is none; null where the value cannot be known.</summary>
    /// <param name="bare">What a number without a unit counts, in seconds.</param>
    public static HopLimit? Of(ConfigNode? node, string? value, Place otherwise, double standard, string fact, double bare = 1) =>
        node is null ? new HopLimit(standard, otherwise, fact) : TimeText.Seconds(value ?? node.Value, bare) is { } seconds ? new HopLimit(seconds, node.Place, null) : null;
}

/// <summary>The kinds of hop that have times of their own.</summary>
public enum HopType
{
    Nginx,
    IngressNginx,
    Haproxy,
    Envoy,
    Caddy,
    Apache,
    Kong,
    Yarp,
    Kuma,
    AwsAlb,
    AwsNlb,
    AwsApiGateway,
    GoogleBalancer,
    GkeGateway,
    CloudRun,
    AzureGateway,
    AzureFrontDoor,
    AzureContainerApps,
    AzureBalancer,
    Cloudflare,
    Heroku,
    Fly,
}

/// <summary>One thing that a connection passes on its way.</summary>
/// <param name="Name">For a person: <c>nginx location /ws</c>.</param>
public sealed record Hop(HopType Kind, string Name, Place Place)
{
    /// <summary>Silence after which it closes a connection; null where it does not, or nobody can know.</summary>
    public HopLimit? Idle { get; init; }

    /// <summary>Age at which it closes a connection, busy or not.</summary>
    public HopLimit? Lifetime { get; init; }
}
