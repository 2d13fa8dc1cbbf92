using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Settings that tests begin with.</summary>
internal static class Configured
{
    /// <summary>Open to everyone at <c>/ws</c>, with a token at <c>/guarded</c>, with a token or none at <c>/optional</c>; one pool of these nodes.</summary>
    internal static BasculeSettings For(params string[] nodes) => new()
    {
        Listen = new ListenSettings { Public = [new ListenerSettings { Url = "http://127.0.0.1:0" }], Admin = "http://127.0.0.1:0" },
        // A test that wants the file says where.
        Audit = new AuditSettings { File = "off" },
        Auth = new AuthSettings { Jwt = new JwtSettings { Keys = [new KeySettings { Value = "secret:" + Tokens.Secret }] } },
        Pools = new Dictionary<string, PoolSettings>(StringComparer.Ordinal) { ["pool"] = Pool(nodes) },
        Routes =
        [
            new RouteSettings { Name = "open", Path = "/ws", Auth = AuthPolicy.None, Pool = "pool" },
            new RouteSettings { Name = "guarded", Path = "/guarded", Auth = AuthPolicy.Required, Pool = "pool" },
            new RouteSettings { Name = "optional", Path = "/optional", Auth = AuthPolicy.Optional, Pool = "pool" },
        ],
    };

    internal static PoolSettings Pool(params string[] nodes) => new() { Nodes = [.. nodes.Select(url => new NodeSettings { Url = url })] };

    internal static BasculeSettings WithPool(this BasculeSettings settings, Func<PoolSettings, PoolSettings> change) =>
        settings with { Pools = settings.Pools.ToDictionary(p => p.Key, p => change(p.Value), StringComparer.Ordinal) };

    internal static BasculeSettings WithRoutes(this BasculeSettings settings, params RouteSettings[] routes) => settings with { Routes = routes };

    internal static BasculeSettings WithJwt(this BasculeSettings settings, Func<JwtSettings, JwtSettings> change) =>
        settings with { Auth = settings.Auth with { Jwt = change(settings.Auth.Jwt!) } };

    internal static RouteSettings Route(string name, string path) => new() { Name = name, Path = path, Auth = AuthPolicy.None, Pool = "pool" };

    internal static IReadOnlyDictionary<string, IReadOnlyList<string>> Query(string name, params string[] values) =>
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { [name] = values };
}
