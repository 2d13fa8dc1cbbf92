namespace Bascule.Relay.Tests;

/// <summary>A client that asks before it sends its body gets the back end's own answer.</summary>
public sealed class ContinueTests
{
    private const int Guard = 30_000;
    private const string Question = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    private static readonly FrontOptions NeverImpatient = new() { Limits = new ForwardLimits { Continue = TimeSpan.FromHours(1) } };

    [Fact(Timeout = Guard)]
    public async Task A_refusal_stops_the_upload_before_it_begins()
    {
        var rest = new TaskCompletionSource<string>();
        await using var back = new RawBackend(async connection =>
        {
            Assert.Contains("\r\nExpect: 100-continue\r\n", await connection.ReadHeadAsync());
            await connection.SendAsync("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno");
            rest.SetResult(await connection.ReadToEndAsync());
        });
        await using var front = await Front.StartAsync(back.Url, NeverImpatient);
        using var client = await front.ConnectAsync();

        await client.SendAsync(Question);

        Assert.StartsWith("HTTP/1.1 417 ", await client.ReadHeadAsync());
        Assert.Equal("", await rest.Task);
        Assert.Equal(new ForwardResult(null, 417, 0, 2), (await front.NextOutcomeAsync()).Result);
    }

    [Fact(Timeout = Guard)]
    public async Task A_yes_lets_the_body_through()
    {
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
            await connection.ReadThroughAsync("hello");
            await connection.SendAsync("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        await using var front = await Front.StartAsync(back.Url, NeverImpatient);
        using var client = await front.ConnectAsync();

        await client.SendAsync(Question);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadHeadAsync());
        await client.SendAsync("hello");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 200 ", head);
        Assert.DoesNotContain("Link", head, StringComparison.Ordinal);
        Assert.Equal(new ForwardResult(null, 200, 5, 2), (await front.NextOutcomeAsync()).Result);
    }

    [Fact(Timeout = Guard)]
    public async Task A_back_end_that_does_not_know_the_question_gets_the_body_all_the_same()
    {
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadThroughAsync("hello");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        await using var front = await Front.StartAsync(back.Url, new FrontOptions { Limits = new ForwardLimits { Continue = TimeSpan.FromMilliseconds(1) } });
        using var client = await front.ConnectAsync();

        await client.SendAsync(Question);
        await client.ReadThroughAsync("100 Continue\r\n\r\n");
        await client.SendAsync("hello");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync());
    }

    [Fact(Timeout = Guard)]
    public async Task A_question_without_a_body_is_not_passed_on()
    {
        var seen = new TaskCompletionSource<string>();
        await using var back = new RawBackend(async connection =>
        {
            seen.SetResult(await connection.ReadHeadAsync());
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        await using var front = await Front.StartAsync(back.Url, NeverImpatient);
        using var client = await front.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");

        await client.ReadHeadAsync();
        Assert.Equal("GET / HTTP/1.1\r\nHost: a\r\n\r\n", await seen.Task);
    }
}
