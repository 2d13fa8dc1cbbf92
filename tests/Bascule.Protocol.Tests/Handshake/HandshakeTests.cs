using Bascule.Model;

namespace Bascule.Protocol.Tests;

/// <summary>Every rule of the client's half of the handshake, with the ending that names it.</summary>
public sealed class HandshakeTests
{
    [Fact]
    public void The_example_of_the_RFC_is_taken_with_its_offer()
    {
        var head = Heads.Upgrade(changes: [
            ("Sec-WebSocket-Protocol", "chat, superchat\n bearer.abc.def"),
            ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits\nfoo; a=\"b\""),
        ]);
        Assert.Null(WebSocketHandshake.Check(head, out var offer));
        Assert.Equal(Heads.Key, offer!.Key);
        Assert.Equal(["chat", "superchat", "bearer.abc.def"], offer.Subprotocols);
        Assert.Equal("permessage-deflate; client_max_window_bits, foo; a=\"b\"", offer.ExtensionsText);
        Assert.Equal(["permessage-deflate", "foo"], offer.Extensions.Select(e => e.Name));
    }

    [Fact]
    public void Names_of_upgrade_and_connection_have_no_case_and_may_stand_in_lists()
    {
        var head = Heads.Upgrade(changes: [("Upgrade", "h2c, WebSocket"), ("Connection", "keep-alive\nUPGRADE")]);
        Assert.True(WebSocketHandshake.IsAttempt(head));
        Assert.Null(WebSocketHandshake.Check(head, out _));
    }

    [Fact]
    public void An_empty_extensions_field_offers_nothing()
    {
        Assert.Null(WebSocketHandshake.Check(Heads.Upgrade(changes: ("Sec-WebSocket-Extensions", "")), out var offer));
        Assert.Null(offer!.ExtensionsText);
        Assert.Empty(offer.Extensions);
    }

    public static TheoryData<string, string?, string, string> BrokenFields => new()
    {
        { "Host", null, "missing_host", "Host was absent or empty" },
        { "Host", "", "missing_host", "Host was absent or empty" },
        { "Host", "a\nb", "missing_host", "Host came 2 times, expected once" },
        { "Upgrade", null, "upgrade_required", "Upgrade was absent, expected \"websocket\"" },
        { "Upgrade", "h2c", "upgrade_required", "Upgrade was \"h2c\", expected \"websocket\"" },
        { "Upgrade", "websockets", "upgrade_required", "Upgrade was \"websockets\", expected \"websocket\"" },
        { "Connection", null, "bad_connection_header", "Connection was absent, expected \"Upgrade\"" },
        { "Connection", "close", "bad_connection_header", "Connection was \"close\", expected \"Upgrade\"" },
        { "Sec-WebSocket-Version", null, "unsupported_version", "Sec-WebSocket-Version was absent, expected \"13\"" },
        { "Sec-WebSocket-Version", "8", "unsupported_version", "Sec-WebSocket-Version was \"8\", expected \"13\"" },
        { "Sec-WebSocket-Version", "13\n13", "unsupported_version", "Sec-WebSocket-Version was \"13, 13\", expected \"13\"" },
        { "Sec-WebSocket-Key", null, "missing_key", "Sec-WebSocket-Key was absent" },
        { "Sec-WebSocket-Key", Heads.Key + "\n" + Heads.Key, "missing_key", "Sec-WebSocket-Key came 2 times, expected once" },
        { "Sec-WebSocket-Key", "", "bad_key", "Sec-WebSocket-Key was \"\", expected 24 characters of base64 for 16 bytes" },
        { "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ", "bad_key", "expected 24 characters" },
        { "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ!=", "bad_key", "expected 24 characters" },
        { "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAAA", "bad_key", "expected 24 characters" },
        { "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAA    ", "bad_key", "expected 24 characters" },
        { "Sec-WebSocket-Protocol", "", "bad_subprotocol", "named nothing" },
        { "Sec-WebSocket-Protocol", "chat, su per", "bad_subprotocol", "name 2 in Sec-WebSocket-Protocol has a character" },
        { "Sec-WebSocket-Protocol", "a, b, a", "bad_subprotocol", "names 1 and 3 in Sec-WebSocket-Protocol are the same" },
        { "Sec-WebSocket-Extensions", "permessage-deflate;", "bad_extensions", "Sec-WebSocket-Extensions was \"permessage-deflate;\"" },
    };

    [Theory]
    [MemberData(nameof(BrokenFields))]
    public void A_broken_field_is_named_with_what_was_seen(string field, string? value, string label, string detail)
    {
        var ending = WebSocketHandshake.Check(Heads.Upgrade(changes: (field, value)), out var offer);
        Assert.Null(offer);
        Assert.Equal(label, ending!.Value.Reason.Label);
        Assert.Contains(detail, ending.Value.Detail);
    }

    [Theory]
    [InlineData("POST", HttpKind.Http11, "bad_method", "the method was \"POST\", expected GET")]
    [InlineData("get", HttpKind.Http11, "bad_method", "the method was \"get\", expected GET")]
    [InlineData("GET", HttpKind.Http10, "bad_http_version", "the request was HTTP/1.0, expected HTTP/1.1")]
    public void A_wrong_method_or_version_is_named(string method, HttpKind kind, string label, string detail) =>
        AssertEnding(label, detail, Heads.Upgrade(method, kind));

    [Fact]
    public void A_subprotocol_that_carries_a_token_is_never_shown()
    {
        foreach (var value in new[] { "bearer.secret, bearer.secret", "bearer.sec ret" })
        {
            var ending = WebSocketHandshake.Check(Heads.Upgrade(changes: ("Sec-WebSocket-Protocol", value)), out _);
            Assert.DoesNotContain("sec", ending!.Value.Detail!.Replace("Sec-WebSocket", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_long_value_is_cut_in_the_detail()
    {
        var ending = WebSocketHandshake.Check(Heads.Upgrade(changes: ("Upgrade", new string('x', 5000))), out _);
        Assert.InRange(ending!.Value.Detail!.Length, 80, 150);
    }

    [Fact]
    public void An_HTTP2_connect_is_taken_without_key()
    {
        var head = Heads.Connect(changes: [("Sec-WebSocket-Protocol", "chat")]);
        Assert.True(WebSocketHandshake.IsAttempt(head));
        Assert.Null(WebSocketHandshake.Check(head, out var offer));
        Assert.Null(offer!.Key);
        Assert.Equal(["chat"], offer.Subprotocols);
    }

    [Fact]
    public void Every_fault_of_an_HTTP2_connect_is_named()
    {
        AssertEnding("upgrade_required", "an ordinary GET over HTTP/2", Heads.Connect("GET", null));
        AssertEnding("bad_method", "the method was \"POST\" over HTTP/2, expected CONNECT", Heads.Connect("POST", null));
        AssertEnding("bad_method", "the method was \"GET\" over HTTP/2", Heads.Connect("GET"));
        AssertEnding("bad_connect_protocol", ":protocol was absent, expected \"websocket\"", Heads.Connect(protocol: null));
        AssertEnding("bad_connect_protocol", ":protocol was \"connect-udp\"", Heads.Connect(protocol: "connect-udp"));
        AssertEnding("missing_host", "absent or empty", Heads.Connect(host: ""));
        AssertEnding("unsupported_version", "absent", Heads.Connect(changes: ("Sec-WebSocket-Version", null)));
        AssertEnding("bad_subprotocol", "name 1", Heads.Connect(changes: ("Sec-WebSocket-Protocol", "@")));
        AssertEnding("bad_extensions", "\"=\"", Heads.Connect(changes: ("Sec-WebSocket-Extensions", "=")));
    }

    [Fact]
    public void Ordinary_requests_are_no_attempts_and_broken_upgrades_are()
    {
        Assert.False(WebSocketHandshake.IsAttempt(Heads.Upgrade(changes: ("Upgrade", null))));
        Assert.False(WebSocketHandshake.IsAttempt(Heads.Upgrade(changes: ("Upgrade", "h2c"))));
        Assert.False(WebSocketHandshake.IsAttempt(Heads.Connect("GET", null)));
        Assert.False(WebSocketHandshake.IsAttempt(Heads.Connect(protocol: null)));
        Assert.True(WebSocketHandshake.IsAttempt(Heads.Upgrade("POST", HttpKind.Http10, ("Connection", null))));
        Assert.True(WebSocketHandshake.IsAttempt(Heads.Connect(protocol: "other")));
    }

    private static void AssertEnding(string label, string detail, RequestHead head)
    {
        var ending = WebSocketHandshake.Check(head, out var offer);
        Assert.Null(offer);
        Assert.Equal(label, ending!.Value.Reason.Label);
        Assert.Contains(detail, ending.Value.Detail);
    }
}
