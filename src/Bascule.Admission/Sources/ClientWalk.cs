using System.Net;

namespace Bascule.Admission;

/// <summary>Goes back along the chain of proxies, from the peer towards the client, as long as each is trusted. One walk for one request.</summary>
internal ref struct ClientWalk(TrustedProxies proxies, IPAddress peer, string scheme, string host)
{
    // Chains in the field have up to five; a loop of a misconfigured proxy ends here.
    private const int MostHops = 20;

    private IPAddress _address = peer;
    private string _scheme = scheme;
    private string _host = host;
    private int? _port;
    private int _hops;
    private string? _note;

    internal ClientSource WithForwarded(ReadOnlySpan<char> field)
    {
        var list = new RightList(field);
        while (MayGoOn() && list.TryTake(out var text))
        {
            if (!ForwardedElement.TryRead(text, out var element))
            {
                _note = $"Forwarded holds {Evidence.Quote(text.ToString())}, which RFC 7239 does not allow; the walk stopped at {_address}.";
                break;
            }

            TakeNames(element.Proto, element.Host, default);

            // Without `for`, this proxy does not say whom it got the request from.
            if (element.For.IsEmpty || !Step(element.For, bareSix: false, "Forwarded"))
                break;
        }

        return Result();
    }

    internal ClientSource WithNames(string? addresses, string? protos, string? hosts, string? ports)
    {
        var addressList = new RightList(addresses);
        var protoList = new RightList(protos);
        var hostList = new RightList(hosts);
        var portList = new RightList(ports);
        while (MayGoOn())
        {
            var isNamed = addressList.TryTake(out var node);

            // Without any address, what the nearest proxy says of scheme and host still counts.
            if (!isNamed && _hops > 0)
                break;
            protoList.TryTake(out var proto);
            hostList.TryTake(out var name);
            portList.TryTake(out var port);
            TakeNames(proto, name, port);
            if (!isNamed || !Step(node, bareSix: true, "X-Forwarded-For"))
                break;
        }

        return Result();
    }

    private bool MayGoOn()
    {
        if (_hops > 0 && !proxies.Trusts(_address))
            return false;
        if (_hops < MostHops)
            return true;
        _note = $"There are more than {MostHops} proxies before this gateway; the walk stopped at {_address}.";
        return false;
    }

    /// <summary>Moves to the node that the current proxy names; false when the walk ends here.</summary>
    private bool Step(ReadOnlySpan<char> node, bool bareSix, string field)
    {
        var kind = ForwardedNode.Read(node, bareSix, out var address);
        if (kind == NodeKind.Malformed)
            _note = $"{field} holds {Evidence.Quote(node.ToString())}, which is no address; the walk stopped at {_address}.";
        _hops++;
        if (kind != NodeKind.Address)
            return false;
        _address = address;
        return true;
    }

    private void TakeNames(ReadOnlySpan<char> proto, ReadOnlySpan<char> host, ReadOnlySpan<char> port)
    {
        if (SchemeOf(proto) is { } scheme)
            (_scheme, _port) = (scheme, null);
        if (HostText.TryRead(host, out _, out _))
            (_host, _port) = (host.ToString(), null);
        if (HostText.TryPort(port, out var number))
            _port = number;
    }

    private readonly ClientSource Result() => new(_address, _scheme, HostWithPort(), _hops, _note);

    private readonly string HostWithPort()
    {
        if (!HostText.TryRead(_host, out var name, out var written))
            return _host;

        // A written port is the client's own. X-Forwarded-Port only fills a gap, and not with the port of the other scheme: that is one of an inner hop.
        var port = written ?? (_port is 80 or 443 ? null : _port);
        return port is null || port == HostText.DefaultPort(_scheme) ? name.ToString() : $"{name}:{port}";
    }

    private static string? SchemeOf(ReadOnlySpan<char> proto)
    {
        if (proto.Equals("https", StringComparison.OrdinalIgnoreCase) || proto.Equals("wss", StringComparison.OrdinalIgnoreCase))
            return "https";
        return proto.Equals("http", StringComparison.OrdinalIgnoreCase) || proto.Equals("ws", StringComparison.OrdinalIgnoreCase) ? "http" : null;
    }
}
