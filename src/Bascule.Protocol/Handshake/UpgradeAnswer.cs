using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>What a back end agreed to with its 101, or its 200 over HTTP/2.</summary>
/// <param name="Subprotocol">One of those offered, or null.</param>
/// <param name="Extensions">The text of the field as the back end sent it, or null.</param>
/// <param name="ReservedBits">Bits that frames may have from now on: 0x40 when permessage-deflate was agreed.</param>
public sealed record AgreedUpgrade(string? Subprotocol, string? Extensions, byte ReservedBits)
{
    /// <summary>No subprotocol, no extension.</summary>
    public static AgreedUpgrade Plain { get; } = new(null, null, 0);
}

/// <summary>What a back end's answer to our upgrade means (RFC 6455 §4.1; RFC 8441 §5 over HTTP/2).</summary>
public static class UpgradeAnswer
{
    private const int SwitchingProtocols = 101;

    /// <summary>Checks the answer to an HTTP/1.1 upgrade.</summary>
    /// <param name="offered">Its subprotocols and extensions are those that our upgrade carried.</param>
    /// <param name="key">The key that our upgrade carried; not the client's own.</param>
    /// <param name="agreed">What was agreed; <see cref="AgreedUpgrade.Plain"/> beside an ending.</param>
    /// <returns>Null for a valid 101, else why there is no WebSocket; the detail carries the evidence.</returns>
    public static Ending? Check(ResponseHead answer, UpgradeOffer offered, string key, out AgreedUpgrade agreed)
    {
        agreed = AgreedUpgrade.Plain;
        if (answer.Status != SwitchingProtocols)
            return new Ending(ReasonFor(answer.Status), Evidence.OfAnswer(answer));

        return FaultOfUpgrade(answer, key) is { } fault ? BadUpgrade(answer, fault) : Agree(answer, offered, out agreed);
    }

    /// <summary>Checks the answer to an extended CONNECT over HTTP/2: it has a status of 2xx instead of 101, and no accept key.</summary>
    /// <returns>Null for a WebSocket, else why there is none.</returns>
    /// <inheritdoc cref="Check" path="/param"/>
    public static Ending? CheckConnect(ResponseHead answer, UpgradeOffer offered, out AgreedUpgrade agreed)
    {
        agreed = AgreedUpgrade.Plain;
        return answer.Status is >= 200 and < 300
            ? Agree(answer, offered, out agreed)
            : new Ending(ReasonFor(answer.Status), Evidence.OfAnswer(answer));
    }

    private static Ending? Agree(ResponseHead answer, UpgradeOffer offered, out AgreedUpgrade agreed)
    {
        agreed = AgreedUpgrade.Plain;
        var extensions = answer.Headers.Joined("Sec-WebSocket-Extensions") is { Length: > 0 } text ? text : null;
        byte reservedBits = 0;
        if ((FaultOfSubprotocol(answer, offered) ?? FaultOfExtensions(extensions, offered, out reservedBits)) is { } fault)
            return BadUpgrade(answer, fault);
        agreed = new AgreedUpgrade(answer.Headers.First("Sec-WebSocket-Protocol"), extensions, reservedBits);
        return null;
    }

    private static Ending BadUpgrade(ResponseHead answer, string fault) => new(EndReasons.BackendBadUpgrade, $"{Evidence.OfAnswer(answer)}: {fault}");

    private static EndReason ReasonFor(int status) => status switch
    {
        401 or 403 => EndReasons.BackendDenied,
        404 => EndReasons.BackendNotFound,
        >= 200 and < 300 => EndReasons.BackendNotWebSocket,
        >= 300 and < 400 => EndReasons.BackendRedirected,
        >= 400 and < 500 => EndReasons.BackendRefused,
        >= 500 and < 600 => EndReasons.BackendFailed,
        _ => EndReasons.BackendBadUpgrade,
    };

    private static string? FaultOfUpgrade(ResponseHead answer, string key)
    {
        if (answer.Kind != HttpKind.Http11)
            return "the answer was HTTP/1.0, expected HTTP/1.1";
        var upgrade = answer.Headers.Joined("Upgrade");
        if (!"websocket".Equals(upgrade, StringComparison.OrdinalIgnoreCase))
            return Evidence.OfField("Upgrade", upgrade, "\"websocket\"");
        if (!HttpSyntax.Names(answer.Headers, "Connection", "Upgrade"))
            return Evidence.OfField("Connection", answer.Headers.Joined("Connection"), "\"Upgrade\"");

        var accept = answer.Headers.Joined("Sec-WebSocket-Accept");
        var expected = AcceptKey.Compute(key);
        return accept == expected ? null : Evidence.OfField("Sec-WebSocket-Accept", accept, $"\"{expected}\"");
    }

    private static string? FaultOfSubprotocol(ResponseHead answer, UpgradeOffer offered)
    {
        var count = answer.Headers.CountOf("Sec-WebSocket-Protocol");
        if (count > 1)
            return $"Sec-WebSocket-Protocol came {count} times, expected once";
        if (answer.Headers.First("Sec-WebSocket-Protocol") is not { } chosen || offered.Subprotocols.Contains(chosen))
            return null;
        var choices = offered.Subprotocols.Count == 0
            ? "none, for none was offered"
            : "one of " + string.Join(", ", offered.Subprotocols.Select(Evidence.Subprotocol));
        return $"Sec-WebSocket-Protocol was {Evidence.Subprotocol(chosen)}, expected {choices}";
    }

    private static string? FaultOfExtensions(string? text, UpgradeOffer offered, out byte reservedBits)
    {
        reservedBits = 0;
        if (text is null)
            return null;
        if (!ExtensionList.TryParse(text, out var extensions))
            return $"Sec-WebSocket-Extensions was {Evidence.Quoted(text)}, which RFC 6455 §9.1 cannot read";

        var names = new HashSet<string>();
        foreach (var extension in extensions)
        {
            var fault = FaultOf(extension, offered.Extensions, isFirst: names.Add(extension.Name));
            if (fault is not null)
                return $"Sec-WebSocket-Extensions was {Evidence.Quoted(text)}: {fault}";
        }

        if (names.Contains(DeflateParameters.Name))
            reservedBits = FrameHeader.Reserved1;
        return null;
    }

    private static string? FaultOf(ExtensionOffer extension, IReadOnlyList<ExtensionOffer> offers, bool isFirst)
    {
        if (!offers.Any(o => o.Name == extension.Name))
            return $"{extension.Name} was not offered";
        if (!isFirst)
            return $"{extension.Name} stands twice";
        return extension.Name == DeflateParameters.Name ? DeflateParameters.FaultOf(extension, offers) : null;
    }
}
