using System.Net;

namespace Bascule.Settings;

/// <summary>Sessions: something can be started, by those who may, and clients find it.</summary>
internal static class SessionRules
{
    /// <summary>The routes that come with the section.</summary>
    internal static readonly string[] RouteNames = [SessionRoutes.SessionName, SessionRoutes.TerminalName];

    // As for tokens signed with HS256 (RFC 7518 §3.2).
    private const int LeastCharacters = 32;

    private const string SecretFile = "sessions.secretFile";

    internal static void Check(RuleContext context)
    {
        CheckRoutes(context);
        if (context.Settings.Sessions is not { } sessions)
            return;
        CheckAuth(context, sessions);
        CheckAddresses(context, sessions);
        CheckSecret(context, sessions);
        CheckQuota(context, sessions.Quota);
        CheckTimes(context, sessions);
        SessionProfileRules.Check(context, sessions);
        if (sessions.Runner == SessionRunnerKind.Process)
            CheckProcess(context, sessions.Process);
        else
            SessionKubernetesRules.Check(context, sessions);
        if (sessions.Enabled && StorageRules.KindOf(context) == StorageKind.Memory)
            context.Notice("storage", "so that a restart of the gateway forgets its sessions, and no other gateway knows them: sqlite:FILE keeps them, redis:// and postgres:// share them");
    }

    private static void CheckRoutes(RuleContext context)
    {
        var routes = context.Settings.Routes;
        for (var i = 0; i < routes.Count; i++)
        {
            if (routes[i].Sessions && context.Settings.Sessions is null && context.IsReadable("sessions"))
                context.Fault($"routes.{i}.sessions", "leads to sessions, but the configuration has no section sessions", "Add sessions with a profile, or remove it here.");
            if (routes[i].Sessions && routes[i].Auth == AuthPolicy.Gateway)
                context.Fault($"routes.{i}.auth", "is gateway, and gateways bring clients to topics alone, not to sessions", "Write required, optional or none.");
            if (context.Settings.Sessions is not null && RouteNames.Contains(routes[i].Name))
                context.Fault($"routes.{i}.name", "is the name of a route that comes with sessions", "Give it another name.");
        }
    }

    private static void CheckAuth(RuleContext context, SessionSettings sessions)
    {
        const string Path = "sessions.auth";
        if (sessions.Auth == AuthPolicy.Gateway)
            context.Fault(Path, "is gateway, and gateways bring clients to topics alone, not to sessions", "Write required, optional or none.");
        else if (sessions.Auth != AuthPolicy.None && context.Settings.Auth.Jwt is null && context.IsReadable("auth.jwt"))
            context.Fault(Path, "looks at tokens, but auth.jwt does not say how to check them",
                "Add auth.jwt with keys or jwksUrl, or write none where everyone who reaches the gateway may start what the profiles name.");
        else if (sessions.Auth != AuthPolicy.Required && sessions.Enabled)
            context.Notice(Path, "so that everyone who reaches the gateway, without a token, can start what the profiles name");
    }

    private static void CheckAddresses(RuleContext context, SessionSettings sessions)
    {
        const string Remedy = $"Write a path such as /ws/session/{SessionSettings.IdPlace}/.";
        if (SessionPath.Fault(sessions.Path) is { } fault)
            context.Fault("sessions.path", fault, Remedy);
        if (sessions.InternalUrl is { } template && !IsWebSocket(SessionPath.Fill(template, "0"), out _))
            context.Fault("sessions.internalUrl", "is not the URL of a WebSocket", $"Write ws://HOST/ws/session/{SessionSettings.IdPlace}/.");
        else if (sessions.InternalUrl is { } without && !without.Contains(SessionSettings.IdPlace, StringComparison.Ordinal))
            context.Fault("sessions.internalUrl", $"does not have {SessionSettings.IdPlace}, so that all sessions would have the same address", $"Write ws://HOST/ws/session/{SessionSettings.IdPlace}/.");
        if (sessions.ProxyUrl is { } proxy && !(IsWebSocket(proxy, out var url) && url.AbsolutePath == "/"))
            context.Fault("sessions.proxyUrl", "is not the beginning of the URL of a WebSocket", "Write ws://HOST or wss://HOST, without a path.");
    }

    private static bool IsWebSocket(string text, out Uri url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url!) && url.Scheme is "ws" or "wss" && url.Host.Length > 0 && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0;

    private static void CheckSecret(RuleContext context, SessionSettings sessions)
    {
        if (sessions.SecretFile is not { } file)
        {
            if (StorageRules.KindOf(context) is StorageKind.Redis or StorageKind.Postgres)
                context.Missing(SecretFile, $"is missing, and storage ({context.OriginOf("storage")}) is shared: another gateway could not reach the sessions of this one",
                    "Write the same secret to a file on each machine (openssl rand -base64 48), and give its path.");
            return;
        }

        if (!SecretText.TryReadFile(file, context.BaseDirectory, out var secret, out var problem))
            context.Fault(SecretFile, problem, SecretText.FileRemedy);
        else if (secret.Length < LeastCharacters)
            context.Fault(SecretFile, $"names a file with {secret.Length} characters; with fewer than {LeastCharacters} the secret can be guessed", "Make one: openssl rand -base64 48.");
    }

    private static void CheckQuota(RuleContext context, SessionQuotaSettings quota)
    {
        if (quota.PerUser > quota.PerTenant && context.IsSound("sessions.quota.perTenant"))
            context.Fault("sessions.quota.perUser", $"is above sessions.quota.perTenant ({quota.PerTenant}), so that it could never be reached", $"Set it to {quota.PerTenant} or less, or raise perTenant.");
        LimitRules.RateAt(context, quota.CreationRate, "sessions.quota.creationRate");
    }

    private static void CheckTimes(RuleContext context, SessionSettings sessions)
    {
        if (sessions.Idle > sessions.MaximumLife && context.IsWritten("sessions.idle"))
            context.Notice("sessions.idle", $"but sessions.maximumLife ({DurationText.Format(sessions.MaximumLife)}) ends every session before that");
    }

    private static void CheckProcess(RuleContext context, SessionProcessSettings process)
    {
        const string Listen = "sessions.process.listen";
        const string Advertise = "sessions.process.advertise";
        if (!ListenAddress.TryParse(process.Listen, out var address) || address.IsTls)
        {
            context.Fault(Listen, "is no address on which the host of the sessions could listen", "Write http://ADDRESS:PORT; port 0 takes a free one.");
            return;
        }

        var isEverywhere = address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any);
        if (process.Advertise.Length > 0 && Uri.CheckHostName(process.Advertise) == UriHostNameType.Unknown)
            context.Fault(Advertise, "is neither a name nor an address", "Write a name or an address alone, without scheme and port.");
        else if (isEverywhere && process.Advertise.Length == 0)
            context.Missing(Advertise, $"is missing, and {Listen} ({context.OriginOf(Listen)}) is every address of this machine: nobody knows by which one to come", "Write the name or address of this machine.");
        else if (IPAddress.IsLoopback(address.Address) && StorageRules.KindOf(context) is StorageKind.Redis or StorageKind.Postgres)
            context.Notice(Listen, "so that gateways on other machines can show the sessions of this one, but not reach them: listen on an address that they reach");
    }
}
