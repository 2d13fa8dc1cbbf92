using System.Net;
using System.Text;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>A listener behind a load balancer that speaks the PROXY protocol.</summary>
public sealed class ProxyProtocolTests : GatewayTest
{
    private const string First = "PROXY TCP4 203.0.113.9 198.51.100.1 5555 80\r\n";

    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    public static TheoryData<string> Versions => ["v1", "v2"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task The_client_that_the_header_names_reaches_the_back_end(string version)
    {
        await StartAsync(Listening("127.0.0.1"));
        var client = await SayAsync(Header(version), new Ask("/ws"));

        var (backend, asked) = await Backend.AskedAsync();
        Gateway.Keep(backend);

        Assert.Equal("203.0.113.9", asked.Field("X-Forwarded-For"));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task An_ordinary_request_comes_from_it_too(string version)
    {
        await StartAsync(Listening("127.0.0.1"));
        var client = await SayAsync(Header(version), Ask.Plain("/api/diagnostics/websocket"));

        Assert.Contains("203.0.113.9", (await client.ReadAnswerAsync()).Body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_peer_that_is_not_trusted_is_hung_up_on_and_logged(string version)
    {
        await StartAsync(Listening("198.51.100.1"));
        var client = await SayAsync(Header(version), new Ask("/ws"));

        await client.ReadToEndAsync();

        Assert.False(Backend.IsAsked);
        Assert.Contains(Gateway.Log.All, e => e.Text.Contains("listen.trustedProxies", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_without_the_header_is_hung_up_on()
    {
        await StartAsync(Listening("127.0.0.1"));
        var client = await SayAsync([], new Ask("/ws"));

        await client.ReadToEndAsync();

        Assert.False(Backend.IsAsked);
    }

    private BasculeSettings Listening(string trusted) => Settings with
    {
        Listen = Settings.Listen with { TrustedProxies = [trusted], Public = [new ListenerSettings { Url = "http://127.0.0.1:0", ProxyProtocol = true }] },
    };

    private async Task<Wire> SayAsync(byte[] header, Ask ask)
    {
        var client = Gateway.Keep(await Wire.ConnectAsync(Gateway.Url));
        await client.SendAsync([.. header, .. Encoding.Latin1.GetBytes(ask.ToString())]);
        return client;
    }

    private static byte[] Header(string version) => version == "v1"
        ? Encoding.ASCII.GetBytes(First)
        : [.. Signature, 0x21, 0x11, 0, 12, .. IPAddress.Parse("203.0.113.9").GetAddressBytes(), .. IPAddress.Parse("198.51.100.1").GetAddressBytes(), 0x15, 0xB3, 0, 80];
}
