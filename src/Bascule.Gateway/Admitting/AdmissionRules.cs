using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What one configuration says of who comes in, ready to be asked.</summary>
public sealed class AdmissionRules
{
    /// <summary>The probe connects from anywhere: it is there to be tried (case B2).</summary>
    private static readonly OriginRules Anywhere = new(["*"]);

    private readonly BasculeSettings _settings;
    private readonly OriginRules _origins;
    private readonly Dictionary<string, OriginRules> _ofRoutes;

    public AdmissionRules(BasculeSettings settings)
    {
        _settings = settings;
        Proxies = new TrustedProxies(settings.Listen.TrustedProxies);
        Hosts = new HostRules(settings.Listen.Hosts);
        _origins = new OriginRules(settings.Listen.Origins);
        _ofRoutes = settings.Routes.Where(r => r.Origins is not null).ToDictionary(
            r => r.Name, r => new OriginRules(r.Origins!, $"origins of route {r.Name}"), StringComparer.Ordinal);
    }

    public TrustedProxies Proxies { get; }

    public HostRules Hosts { get; }

    /// <summary>Which pages may open this route; without a route, which may call our own HTTP API.</summary>
    public OriginRules OriginsOf(Route? route) =>
        route is null ? _origins : route.Destination is ProbeDestination ? Anywhere : _ofRoutes.GetValueOrDefault(route.Name, _origins);

    public EffectiveLimits LimitsOf(Route? route, Identity? identity) =>
        EffectiveLimits.For(_settings.Limits, route?.Name, route?.Settings.Limits, _settings.Tiers, identity);
}
