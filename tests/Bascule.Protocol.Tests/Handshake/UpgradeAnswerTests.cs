using Bascule.Model;

namespace Bascule.Protocol.Tests;

/// <summary>What every answer of a back end means, and the evidence that an operator gets.</summary>
public sealed class UpgradeAnswerTests
{
    [Fact]
    public void The_example_of_the_RFC_is_agreed()
    {
        Assert.Null(Check(Heads.Switching(("Sec-WebSocket-Protocol", "chat")), out var agreed, subprotocols: ["chat", "superchat"]));
        Assert.Equal(new AgreedUpgrade("chat", null, 0), agreed);
    }

    [Fact]
    public void An_agreed_deflate_allows_the_first_reserved_bit()
    {
        Assert.Null(Check(Heads.Switching(("Sec-WebSocket-Extensions", "permessage-deflate")), out var agreed, "permessage-deflate"));
        Assert.Equal(new AgreedUpgrade(null, "permessage-deflate", 0x40), agreed);
        Assert.Null(Check(Heads.Switching(("Sec-WebSocket-Extensions", "foo")), out agreed, "foo, permessage-deflate"));
        Assert.Equal(new AgreedUpgrade(null, "foo", 0), agreed);
        Assert.Null(Check(Heads.Switching(("Sec-WebSocket-Extensions", "")), out agreed));
        Assert.Equal(AgreedUpgrade.Plain, agreed);
    }

    public static TheoryData<int, string, string?, string?, string, string> Refusals => new()
    {
        { 200, "OK", "Content-Type", "text/html", "backend_not_websocket", "answered 200 OK, content-type text/html, server SimpleHTTP/0.6" },
        { 204, "", null, null, "backend_not_websocket", "answered 204, server SimpleHTTP/0.6" },
        { 301, "Moved", "Location", "https://a/ws/", "backend_redirected", "answered 301 Moved, location https://a/ws/, server SimpleHTTP/0.6" },
        { 302, "Found", "Location", "/login?token=secret", "backend_redirected", "answered 302 Found, location /login?…, server SimpleHTTP/0.6" },
        { 401, "Unauthorized", "WWW-Authenticate", "Basic", "backend_denied", "answered 401 Unauthorized, www-authenticate Basic, server SimpleHTTP/0.6" },
        { 403, "Forbidden", "Via", "1.1 squid", "backend_denied", "answered 403 Forbidden, server SimpleHTTP/0.6, via 1.1 squid" },
        { 404, "Not Found", null, null, "backend_not_found", "answered 404 Not Found, server SimpleHTTP/0.6" },
        { 400, "Bad Request", null, null, "backend_refused", "answered 400 Bad Request, server SimpleHTTP/0.6" },
        { 426, "Upgrade", "Sec-WebSocket-Version", "8", "backend_refused", "answered 426 Upgrade, sec-websocket-version 8, server SimpleHTTP/0.6" },
        { 499, "", null, null, "backend_refused", "answered 499, server SimpleHTTP/0.6" },
        { 503, "Busy", "Retry-After", "7", "backend_failed", "answered 503 Busy, retry-after 7, server SimpleHTTP/0.6" },
        { 599, "", null, null, "backend_failed", "answered 599, server SimpleHTTP/0.6" },
        { 100, "Continue", null, null, "backend_bad_upgrade", "answered 100 Continue, server SimpleHTTP/0.6" },
        { 600, "", null, null, "backend_bad_upgrade", "answered 600, server SimpleHTTP/0.6" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Every_other_status_has_its_ending_with_evidence(int status, string phrase, string? field, string? value, string label, string detail)
    {
        var headers = Heads.Fields([("Server", "SimpleHTTP/0.6")], field is null ? [] : [(field, value)]);
        var ending = Check(new ResponseHead(status, phrase, HttpKind.Http11, headers), out var agreed);
        Assert.Equal((label, detail), (ending!.Value.Reason.Label, ending.Value.Detail));
        Assert.Same(AgreedUpgrade.Plain, agreed);
    }

    [Theory]
    [InlineData("Upgrade", null, "Upgrade was absent, expected \"websocket\"")]
    [InlineData("Upgrade", "h2c", "Upgrade was \"h2c\", expected \"websocket\"")]
    [InlineData("Connection", null, "Connection was absent, expected \"Upgrade\"")]
    [InlineData("Connection", "close", "Connection was \"close\", expected \"Upgrade\"")]
    [InlineData("Sec-WebSocket-Accept", null, "Sec-WebSocket-Accept was absent, expected \"" + Heads.Accept + "\"")]
    [InlineData("Sec-WebSocket-Accept", "xyz", "Sec-WebSocket-Accept was \"xyz\", expected \"" + Heads.Accept + "\"")]
    [InlineData("Sec-WebSocket-Accept", Heads.Accept + "\n" + Heads.Accept, "expected \"" + Heads.Accept + "\"")]
    [InlineData("Sec-WebSocket-Protocol", "mqtt", "Sec-WebSocket-Protocol was \"mqtt\", expected one of \"chat\", \"bearer.…\"")]
    [InlineData("Sec-WebSocket-Protocol", "bearer.other", "Sec-WebSocket-Protocol was \"bearer.…\", expected one of")]
    [InlineData("Sec-WebSocket-Protocol", "chat\nchat", "Sec-WebSocket-Protocol came 2 times, expected once")]
    [InlineData("Sec-WebSocket-Protocol", "", "Sec-WebSocket-Protocol was \"\", expected one of")]
    [InlineData("Sec-WebSocket-Extensions", "foo", "Sec-WebSocket-Extensions was \"foo\": foo was not offered")]
    [InlineData("Sec-WebSocket-Extensions", "a b", "Sec-WebSocket-Extensions was \"a b\", which RFC 6455 §9.1 cannot read")]
    [InlineData("Sec-WebSocket-Extensions", "permessage-deflate\npermessage-deflate", "permessage-deflate stands twice")]
    public void A_101_that_breaks_a_rule_names_field_value_and_expectation(string field, string? value, string detail)
    {
        var ending = Check(Heads.Switching((field, value)), out var agreed, "permessage-deflate", "chat", "bearer.abc");
        Assert.Equal("backend_bad_upgrade", ending!.Value.Reason.Label);
        Assert.StartsWith("answered 101 Switching Protocols", ending.Value.Detail);
        Assert.Contains(detail, ending.Value.Detail);
        Assert.Same(AgreedUpgrade.Plain, agreed);
    }

    [Fact]
    public void A_101_in_HTTP_1_0_is_no_upgrade()
    {
        var ending = Check(Heads.Switching() with { Kind = HttpKind.Http10 }, out _);
        Assert.EndsWith("the answer was HTTP/1.0, expected HTTP/1.1", ending!.Value.Detail);
    }

    [Fact]
    public void A_subprotocol_that_nobody_asked_for_is_a_fault()
    {
        var ending = Check(Heads.Switching(("Sec-WebSocket-Protocol", "chat")), out _);
        Assert.Contains("expected none, for none was offered", ending!.Value.Detail);
    }

    // RFC 7692 §7.1: offer, answer, and the fault or null.
    [Theory]
    [InlineData("", "; server_no_context_takeover; client_no_context_takeover", null)]
    [InlineData("", "; server_max_window_bits=9", null)]
    [InlineData("; client_max_window_bits", "; client_max_window_bits=\"15\"", null)]
    [InlineData("; client_max_window_bits=10", "; client_max_window_bits=8", null)]
    [InlineData("; client_max_window_bits=10", "", null)]
    [InlineData("; server_max_window_bits=10", "; server_max_window_bits=10", null)]
    [InlineData("; server_no_context_takeover", "; server_no_context_takeover", null)]
    [InlineData("; server_max_window_bits=10, permessage-deflate", "", null)]
    [InlineData("", "; server_no_context_takeover=1", "server_no_context_takeover has the value \"1\", expected none")]
    [InlineData("", "; client_no_context_takeover; client_no_context_takeover", "client_no_context_takeover stands twice")]
    [InlineData("", "; unknown", "\"unknown\" is no parameter of RFC 7692")]
    [InlineData("", "; server_max_window_bits", "server_max_window_bits has the value absent, expected 8 to 15")]
    [InlineData("", "; server_max_window_bits=7", "server_max_window_bits has the value \"7\", expected 8 to 15")]
    [InlineData("", "; server_max_window_bits=16", "server_max_window_bits has the value \"16\", expected 8 to 15")]
    [InlineData("", "; server_max_window_bits=08", "server_max_window_bits has the value \"08\", expected 8 to 15")]
    [InlineData("", "; client_max_window_bits=10", "client_max_window_bits was not offered")]
    [InlineData("; client_max_window_bits", "; client_max_window_bits", "client_max_window_bits has the value absent")]
    [InlineData("; client_max_window_bits=10", "; client_max_window_bits=11", "client_max_window_bits is 11, more than the 10 that was offered")]
    [InlineData("; server_max_window_bits=10", "; server_max_window_bits=11", "server_max_window_bits is 11, more than the 10 that was offered")]
    [InlineData("; server_max_window_bits=10", "", "server_max_window_bits was offered and is not confirmed")]
    [InlineData("; server_no_context_takeover", "", "server_no_context_takeover was offered and is not confirmed")]
    public void The_parameters_of_deflate_are_checked_against_the_offer(string offered, string answered, string? fault)
    {
        var ending = Check(Heads.Switching(("Sec-WebSocket-Extensions", "permessage-deflate" + answered)), out var agreed, "permessage-deflate" + offered);
        if (fault is null)
        {
            Assert.Null(ending);
            Assert.Equal(0x40, agreed.ReservedBits);
        }
        else
            Assert.Contains(fault, ending!.Value.Detail);
    }

    [Fact]
    public void Over_HTTP_2_a_200_without_an_accept_key_is_agreed()
    {
        Assert.Null(UpgradeAnswer.CheckConnect(Connected(("Sec-WebSocket-Protocol", "chat"), ("Sec-WebSocket-Extensions", "permessage-deflate")), Offer("permessage-deflate", "chat"), out var agreed));
        Assert.Equal(new AgreedUpgrade("chat", "permessage-deflate", 0x40), agreed);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Protocol", "mqtt", "expected one of \"chat\"")]
    [InlineData("Sec-WebSocket-Extensions", "foo", "foo was not offered")]
    public void Over_HTTP_2_an_answer_that_agrees_to_something_else_is_refused(string field, string value, string detail)
    {
        var ending = UpgradeAnswer.CheckConnect(Connected((field, value)), Offer(null, "chat"), out var agreed);
        Assert.Equal("backend_bad_upgrade", ending!.Value.Reason.Label);
        Assert.Contains(detail, ending.Value.Detail);
        Assert.Same(AgreedUpgrade.Plain, agreed);
    }

    [Theory]
    [InlineData(302, "backend_redirected")]
    [InlineData(401, "backend_denied")]
    [InlineData(404, "backend_not_found")]
    [InlineData(405, "backend_refused")]
    [InlineData(503, "backend_failed")]
    public void Over_HTTP_2_every_other_status_has_its_ending(int status, string label)
    {
        var ending = UpgradeAnswer.CheckConnect(Connected() with { Status = status }, Offer(null), out _);
        Assert.Equal((label, $"answered {status}"), (ending!.Value.Reason.Label, ending.Value.Detail));
    }

    private static ResponseHead Connected(params (string, string?)[] fields) => new(200, "", HttpKind.Http2, Heads.Fields([], fields));

    private static Ending? Check(ResponseHead answer, out AgreedUpgrade agreed, string? extensions = null, params string[] subprotocols) =>
        UpgradeAnswer.Check(answer, Offer(extensions, subprotocols), Heads.Key, out agreed);

    private static UpgradeOffer Offer(string? extensions, params string[] subprotocols)
    {
        IReadOnlyList<ExtensionOffer> list = [];
        Assert.True(extensions is null || ExtensionList.TryParse(extensions, out list));
        return new UpgradeOffer(Heads.Key, subprotocols, list, extensions);
    }
}
