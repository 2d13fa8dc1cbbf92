using System.CommandLine;
using System.Net;

namespace Bascule.Cli;

/// <summary><c>--through URL --backend LISTEN</c> of <c>bascule conform</c>: both ends are ours, and what stands between is examined.</summary>
internal sealed class ThroughOptions
{
    internal const string Example = "bascule conform --through ws://127.0.0.1:8666/ --backend http://127.0.0.1:9001";

    private readonly Option<string?> _backend = new("--backend")
    {
        Description = "Where to listen as the back end of --through: http://ADDRESS:PORT. Make it the only back end there.", HelpName = "LISTEN",
    };

    internal Option<string?> Url { get; } = new("--through")
    {
        Description = "Examine what stands between a client and a back end (a gateway, a proxy, a balancer): we are both. Needs --backend.", HelpName = "URL",
    };

    internal void AddTo(Command command)
    {
        command.Add(Url);
        command.Add(_backend);
    }

    internal bool IsGiven(ParseResult parse) => parse.GetValue(Url) is not null;

    /// <summary>Where to listen, or what is wrong with the two options. Null and null without them.</summary>
    internal string? Listen(ParseResult parse, out IPEndPoint? listen)
    {
        listen = null;
        var backend = parse.GetValue(_backend);
        if (backend is null)
            return IsGiven(parse) ? "--through needs --backend: the address where its back end is to be, for example http://127.0.0.1:9001." : null;
        if (!IsGiven(parse))
            return "--backend belongs to --through URL.";
        if (!Uri.TryCreate(backend, UriKind.Absolute, out var url) || url.Scheme != "http" || url.AbsolutePath != "/" || !TryAddress(url, out var address))
            return $"--backend takes http://ADDRESS:PORT with an IP address of this machine, for example http://127.0.0.1:9001; \"{backend}\" is none.";
        listen = new IPEndPoint(address, url.Port);
        return null;
    }

    private static bool TryAddress(Uri url, out IPAddress address)
    {
        address = IPAddress.Loopback;
        return url.Host == "localhost" || IPAddress.TryParse(url.IdnHost, out address!);
    }
}
