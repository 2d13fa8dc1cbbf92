using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>What a back end answers to the upgrade, and what that means.</summary>
public sealed class AnswerTests
{
    private readonly ManualTime _time = new();

    public static TheoryData<string, string, bool> Answers => new()
    {
        { "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello", "backend_not_websocket", false },
        { "HTTP/1.1 204 No Content\r\n\r\n", "backend_not_websocket", false },
        { "HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\n\r\n", "backend_redirected", false },
        { "HTTP/1.1 401 Unauthorized\r\n\r\n", "backend_denied", false },
        { "HTTP/1.1 403 Forbidden\r\n\r\n", "backend_denied", false },
        { "HTTP/1.1 404 Not Found\r\n\r\n", "backend_not_found", false },
        { "HTTP/1.1 418 I'm a teapot\r\n\r\n", "backend_refused", false },
        { "HTTP/1.1 426 Upgrade Required\r\n\r\n", "backend_refused", false },
        { "HTTP/1.1 500 Internal Server Error\r\n\r\n", "backend_failed", false },
        { "HTTP/1.1 502 Bad Gateway\r\n\r\n", "backend_failed", true },
        { "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n", "backend_failed", true },
        { "HTTP/1.1 504 Gateway Timeout\r\n\r\n", "backend_failed", true },
        { "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n", "backend_not_found", false },
        { "HTTP/1.1 101 Switching Protocols\r\n\r\n", "backend_bad_upgrade", false },
        { "SSH-2.0-OpenSSH_9.2\r\n", "backend_garbage", false },
        { "\0\0\u0012\u0004\0\0\0\0\0\0", "backend_garbage", false },
        { "HTTP/1.1 OK\r\n\r\n", "backend_garbage", false },
        { "HTTP/2 200\r\n\r\n", "backend_garbage", false },
        { "HTTP/1.1 200 OK\r\nX-Long: " + new string('a', 20_000), "backend_garbage", false },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_that_opens_no_WebSocket_is_named_and_the_connection_let_go(string answer, string label, bool mayTryAnother)
    {
        using var backend = new ScriptedBackend();
        var dialing = Dial(backend);

        await backend.TakeRequestAsync();
        await backend.SendAsync(answer);

        AssertFailed(await dialing.Soon(), label, mayTryAnother);
        await backend.SeesEndAsync();
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Sec-WebSocket-Accept was")]
    [InlineData("Sec-WebSocket-Protocol: mqtt", "Sec-WebSocket-Protocol was")]
    [InlineData("Sec-WebSocket-Extensions: permessage-deflate", "permessage-deflate was not offered")]
    public async Task A_101_that_agrees_to_something_else_is_refused(string field, string evidence)
    {
        using var backend = new ScriptedBackend();
        var dialing = Dial(backend, new UpgradeOffer(null, ["chat"], [], null));

        await backend.TakeRequestAsync();
        var head = field.StartsWith("Sec-WebSocket-Accept", StringComparison.Ordinal) ? backend.Accept[..backend.Accept.IndexOf("Sec-", StringComparison.Ordinal)] : backend.Accept;
        await backend.SendAsync($"{head}{field}\r\n\r\n");

        var result = await dialing.Soon();
        AssertFailed(result, "backend_bad_upgrade", mayTryAnother: false);
        Assert.Contains(evidence, result.Ending!.Value.Detail, StringComparison.Ordinal);
        await backend.SeesEndAsync();
    }

    [Fact]
    public async Task The_request_carries_the_fields_and_offers_of_the_target()
    {
        using var backend = new ScriptedBackend();
        Assert.True(ExtensionList.TryParse("permessage-deflate", out var extensions));
        var dialing = Dial(backend, new UpgradeOffer(null, ["chat", "json"], extensions, "permessage-deflate"));

        await backend.TakeRequestAsync();
        await backend.SendAsync($"{backend.Accept}Sec-WebSocket-Protocol: json\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");

        var link = (await dialing.Soon()).Link!;
        Assert.StartsWith("GET /ws?a=1 HTTP/1.1\r\n", backend.Request, StringComparison.Ordinal);
        Assert.Equal(backend.Address.Authority, backend.Field("Host"));
        Assert.Equal(("Upgrade", "websocket", "13"), (backend.Field("Connection"), backend.Field("Upgrade"), backend.Field("Sec-WebSocket-Version")));
        Assert.Equal(("chat, json", "permessage-deflate"), (backend.Field("Sec-WebSocket-Protocol"), backend.Field("Sec-WebSocket-Extensions")));
        Assert.Equal(new AgreedUpgrade("json", "permessage-deflate", FrameHeader.Reserved1), link.Agreed);
        link.Endpoint.Abort();
        await backend.SeesEndAsync();
    }

    [Fact]
    public async Task An_answer_in_single_bytes_after_interim_ones_opens_the_link_and_keeps_the_early_frames()
    {
        using var backend = new ScriptedBackend();
        var dialing = Dial(backend);

        await backend.TakeRequestAsync();
        foreach (var character in $"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n{backend.Accept}")
            await backend.SendAsync(character.ToString());
        var early = WireFrame.Of(Opcode.Text, "at once"u8, maskKey: null);
        await backend.SendAsync((byte[])[.. "\r\n"u8, .. early.Bytes]);

        var result = await dialing.Soon();
        Assert.Equal((101, false), (result.Answer!.Status, result.MayTryAnother));
        await AssertReadsAsync(result.Link!.Endpoint, early.Bytes);
        result.Link.Endpoint.Abort();
        await backend.SeesEndAsync();
    }

    /// <summary>The kernel may have split what was sent in one piece, so the rest is taken from the stream.</summary>
    private static async Task AssertReadsAsync(RelayEndpoint endpoint, byte[] expected)
    {
        var bytes = new byte[expected.Length];
        endpoint.Early.CopyTo(bytes);
        await endpoint.Stream.ReadExactlyAsync(bytes.AsMemory(endpoint.Early.Length)).AsTask().Soon();
        Assert.Equal(expected, bytes);
    }

    private static void AssertFailed(DialResult result, string label, bool mayTryAnother)
    {
        Assert.Null(result.Link);
        Assert.Equal((label, mayTryAnother), (result.Ending!.Value.Reason.Label, result.MayTryAnother));
        Assert.False(string.IsNullOrEmpty(result.Ending.Value.Detail));
    }

    private Task<DialResult> Dial(ScriptedBackend backend, UpgradeOffer? offer = null) =>
        new BackendDialer(new DialLimits(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)), _time)
            .DialAsync(ScriptedBackend.To(backend.Address, offer), TestContext.Current.CancellationToken);
}
