using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Bascule.Gateway;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary>How commands about sessions ask a gateway: ids, tokens, and what is not answered.</summary>
public sealed class SessionAskingTests : IDisposable
{
    private readonly Terminal _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Theory]
    [InlineData("show")]
    [InlineData("delete")]
    [InlineData("link")]
    [InlineData("recording")]
    public async Task An_id_in_capitals_is_the_same_id(string verb)
    {
        await using var server = (await TopicServer.StartAsync()).Answers(200, TermScripts.Document.Replace("\"id\"", "\"url\":\"u\",\"id\"", StringComparison.Ordinal).Replace("\"url\":null,", "", StringComparison.Ordinal));

        var ran = await _terminal.RunAsync(
            s => Program.CreateRoot(s with { Bytes = new ByteStreams(Stream.Null, Stream.Null, Stream.Null) }),
            CancellationToken.None, "session", verb, TermScripts.Id.ToUpperInvariant(), "--url", server.Url, "--token", "t");

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.StartsWith($"/api/sessions/{TermScripts.Id}", Assert.Single(server.Posts).Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public async Task An_input_without_the_token_that_it_should_hold_is_said(string input)
    {
        _terminal.Input = input;
        await using var server = await TopicServer.StartAsync();

        var ran = await _terminal.RunAsync("session", "list", "--url", server.Url, "--token", "-");

        Assert.Equal((64, "--token is `-`, and the standard input held no token. Give it there, as `--token - < FILE` does, or set BASCULE_TOKEN.\n"), (ran.Code, ran.Error));
        Assert.Empty(server.Posts);
    }

    [Theory]
    [InlineData($"bascule session show {TermScripts.Id}", "delete", TermScripts.Id)]
    [InlineData("bascule session list", "create", "--profile", "p")]
    [InlineData("bascule session list", "run", "--profile", "p", "--", "c")]
    public async Task An_order_without_an_answer_may_be_done_and_one_is_told_how_to_see_it(string look, string verb, params string[] words)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var hearing = HangUpAsync(listener);

        var ran = await _terminal.RunAsync(["session", verb, "--url", $"http://{listener.LocalEndpoint}", "--token", "t", .. words]).Soon();
        await hearing.Soon();

        Assert.Equal((69, $"{listener.LocalEndpoint} broke off before it answered. What was ordered may be done all the same. To see it: {look}\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task A_question_without_an_answer_changed_nothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var hearing = HangUpAsync(listener);

        var ran = await _terminal.RunAsync("session", "show", TermScripts.Id, "--url", $"http://{listener.LocalEndpoint}", "--token", "t").Soon();
        await hearing.Soon();

        Assert.Equal(69, ran.Code);
        Assert.StartsWith($"{listener.LocalEndpoint} cannot be asked: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_help_names_every_field_that_a_session_has()
    {
        var help = (await _terminal.RunAsync("session", "show", "--help")).Standard;

        Assert.All(
            typeof(SessionDocument).GetProperties().Concat(typeof(SessionEndDocument).GetProperties()).Where(p => p.Name != "EqualityContract"),
            property => Assert.Matches($@"\b{Regex.Escape(char.ToLowerInvariant(property.Name[0]) + property.Name[1..])}\b", help));
    }

    /// <summary>Takes one request, and breaks off in its answer: a connection on which nothing came would be tried again.</summary>
    private static async Task HangUpAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        await stream.ReadExactlyAsync(new byte[1]);
        await stream.WriteAsync("HTTP/1.1 2"u8.ToArray());
        client.Client.Shutdown(SocketShutdown.Send);
        // Until the other side hangs up, so that nothing is reset before it was read.
        await stream.CopyToAsync(Stream.Null);
    }
}
