using System.Net;

namespace Bascule.Settings;

/// <summary>Shards: there is one to serve topics, and each can listen.</summary>
internal static class ShardRules
{
    private const string SecretPath = "hub.resumeSecret";

    internal static void Check(RuleContext context, HubSettings hub)
    {
        CheckSecret(context, hub);
        CheckAdvertised(context, hub);
        if (hub.Mode == HubMode.Multi)
        {
            if (hub.Shards == 0 && hub.Elsewhere.Count == 0)
                context.Fault("hub.shards", $"leaves no shard to serve topics, for hub.mode is multi ({context.OriginOf("hub.mode")})",
                    "Set it to 1 or more, name shards on other machines in hub.elsewhere, or set hub.mode to single (environment: WS_MODE).");
            CheckPorts(context, hub);
            return;
        }

        var alone = $"but hub.mode is single ({context.OriginOf("hub.mode")}), so that this process serves all topics itself";
        if (hub.Shards > 0 && context.IsWritten("hub.shards"))
            context.Notice("hub.shards", alone);
    }

    private static void CheckPorts(RuleContext context, HubSettings hub)
    {
        if (hub.ShardPort == 0 || hub.Shards == 0)
            return;

        // Within 65535: the bounds of both settings see to it.
        var last = hub.ShardPort + hub.Shards - 1;
        var listen = context.Settings.Listen;
        var taken = listen.Public.Select((l, i) => (Path: $"listen.public.{i}.url", l.Url)).Append((Path: "listen.admin", Url: listen.Admin));
        foreach (var (path, url) in taken)
        {
            if (!ListenAddress.TryParse(url, out var address) || address.Port < hub.ShardPort || address.Port > last
                || !address.ClashesWith(new ListenAddress(false, IPAddress.Loopback, address.Port)))
                continue;
            context.Fault("hub.shardPort", $"gives shard {address.Port - hub.ShardPort + 1} of {hub.Shards} the port of {path} ({context.OriginOf(path)})",
                "Choose another one, so that all shards find theirs free, or 0 for any free ones.");
            return;
        }
    }

    private static void CheckSecret(RuleContext context, HubSettings hub)
    {
        if (hub.ResumeSecret is { } value && context.SecretAt(SecretPath, value) is { } secret && SharedSecret.Fault(secret) is var (problem, remedy))
            context.Fault(SecretPath, problem, remedy);
    }

    private static void CheckAdvertised(RuleContext context, HubSettings hub)
    {
        foreach (var address in hub.Advertise)
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("ws" or "wss") || url.Host.Length == 0
                || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
                context.Fault("hub.advertise", $"holds \"{NodeText.WithoutUser(address)}\", to which no client can come back", "Write ws://HOST:PORT or wss://HOST, without ? and #.");
        }
    }
}
