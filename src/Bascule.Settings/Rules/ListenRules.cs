namespace Bascule.Settings;

/// <summary>Listeners: addresses, certificates, and who may reach the admin API.</summary>
internal static class ListenRules
{
    private const string AdminPath = "listen.admin";
    private const string AddressForms = "An IP address or localhost: 0.0.0.0 is every IPv4 address of the machine, [::] every address.";

    internal static void Check(RuleContext context)
    {
        List<(string Path, ListenAddress Address)> taken = [];
        var listeners = context.Settings.Listen.Public;
        if (listeners.Count == 0)
            context.Fault("listen.public", "has no listener, so that no client could connect",
                "Add one, for example \"http://0.0.0.0:8666\", or leave listen.public out.");
        for (var i = 0; i < listeners.Count; i++)
            CheckPublic(context, listeners[i], $"listen.public.{i}", taken);
        CheckAdmin(context, taken);
        if (context.Settings.Listen.AdminToken is { } token && string.IsNullOrWhiteSpace(token))
            context.Fault("listen.adminToken", "is empty, so that anyone could be the operator",
                "Set a token, or leave adminToken out: one is made at the first start.");
    }

    private static void CheckPublic(RuleContext context, ListenerSettings listener, string path, List<(string Path, ListenAddress Address)> taken)
    {
        if (!ListenAddress.TryParse(listener.Url, out var address))
        {
            context.Fault($"{path}.url", "is not an address to listen on",
                $"Write http://ADDRESS:PORT or https://ADDRESS:PORT, with nothing after it. {AddressForms}");
            return;
        }

        CheckClash(context, $"{path}.url", address, taken);
        CheckPemFile(context, address, listener.Certificate, $"{path}.certificate", "the PEM file with the certificate and its chain");
        CheckPemFile(context, address, listener.CertificateKey, $"{path}.certificateKey", "the PEM file with the private key");
    }

    private static void CheckPemFile(RuleContext context, ListenAddress address, string? file, string path, string meaning)
    {
        if (file is not null && !context.FileExists(file))
            context.Fault(path, "names a file that does not exist", $"Give the path of {meaning}; a relative one starts at the working directory.");
        else if (file is null && address.IsTls)
            context.Fault(path, "is missing, and https cannot do without it", $"Give the path of {meaning}, or listen on http.");
    }

    private static void CheckAdmin(RuleContext context, List<(string Path, ListenAddress Address)> taken)
    {
        var listen = context.Settings.Listen;
        if (listen.Admin == "off")
            return;
        if (!ListenAddress.TryParse(listen.Admin, out var address))
        {
            context.Fault(AdminPath, "is not an address to listen on", $"Write http://ADDRESS:PORT or off. {AddressForms}");
            return;
        }

        if (address.IsTls)
            context.Fault(AdminPath, "asks for https, but the admin listener has no certificate",
                "Write http, keep it on loopback, and reach it through a tunnel or a TLS proxy.");
        CheckClash(context, AdminPath, address, taken);
        if (!address.IsLoopback && listen.AdminToken is null && listen.AdminTokens.Count == 0)
        {
            context.Fault(AdminPath, "can be reached from other machines, and no admin token is configured",
                "Set listen.adminToken (environment: BASCULE__LISTEN__ADMINTOKEN) or listen.adminTokens, or listen on 127.0.0.1.");
        }
    }

    private static void CheckClash(RuleContext context, string path, ListenAddress address, List<(string Path, ListenAddress Address)> taken)
    {
        if (taken.Find(t => t.Address.ClashesWith(address)) is { Path: { } other })
            context.Fault(path, $"takes the same port as {other} ({context.OriginOf(other)})", "Give each listener a port of its own.");
        taken.Add((path, address));
    }
}
