using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bascule.Cli.Tests;

/// <summary>How commands find a gateway, and what they say when they cannot ask it.</summary>
public sealed class AskingTests
{
    [Fact]
    public async Task A_token_that_may_only_look_is_told_so()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Terminal.Environment["BASCULE_ADMIN_TOKEN"] = RunningGateway.ReadToken;

        var (looks, acts) = (await gateway.RunAsync("pools", "list"), await gateway.RunAsync("drain", "pool", "kb"));

        Assert.Equal(ExitCodes.Good, looks.Code);
        Assert.Equal((ExitCodes.FoundFault, "Role too low (403): The token of `looker` may read; this needs the role `act`.\n"), (acts.Code, acts.Error));
    }

    [Fact]
    public async Task A_token_that_is_not_known_is_told_with_the_remedy()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Terminal.Environment["BASCULE_ADMIN_TOKEN"] = "some-other-token-of-nobody";

        var ran = await gateway.RunAsync("cluster");

        Assert.Equal((ExitCodes.FoundFault, ""), (ran.Code, ran.Standard));
        Assert.Contains("does not know this admin token", ran.Error);
        Assert.DoesNotContain("some-other-token", ran.Error);
    }

    [Fact]
    public async Task Elsewhere_needs_a_token_of_its_own()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("pools", "list", "--admin", "http://127.0.0.1:8667");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains("BASCULE_ADMIN_TOKEN=", ran.Error);
    }

    [Fact]
    public async Task What_is_no_address_is_a_fault_of_usage()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("pools", "list", "--admin", "localhost:8667");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains("--admin is \"localhost:8667\"", ran.Error);
    }

    [Fact]
    public async Task A_gateway_that_does_not_run_cannot_be_asked()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var terminal = new Terminal { Environment = { ["BASCULE_ADMIN_TOKEN"] = RunningGateway.Token } };

        var ran = await terminal.RunAsync("queue", "--admin", $"http://{taken.LocalEndPoint}");

        Assert.Equal((ExitCodes.Unreachable, ""), (ran.Code, ran.Standard));
        Assert.StartsWith($"{taken.LocalEndPoint} cannot be asked: ", ran.Error);
        Assert.Single(ran.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task What_is_no_gateway_is_told_apart()
    {
        await using var gateway = await RunningGateway.StartAsync();

        // The echo behind it answers, with a failure of its own.
        var ran = await gateway.Terminal.RunAsync("pools", "list", "--admin", $"http://{gateway.Nodes[0]}");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Contains("not as a gateway does", ran.Error);
    }

    [Fact]
    public async Task The_public_listener_is_no_admin_listener()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var ran = await gateway.Terminal.RunAsync("top", "--once", "--admin", gateway.PublicUrl);

        Assert.Equal((ExitCodes.Unreachable, ""), (ran.Code, ran.Standard));
        Assert.Contains("is the public listener of a gateway", ran.Error);
        Assert.Contains("--admin http://HOST:PORT", ran.Error);
    }

    [Theory]
    [InlineData("\e[2J\u009b31m\a no HTTP\r\n\r\n", "invalid status line: '·[2J")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n[", "its answer is longer than any of a gateway")]
    public async Task Garbage_and_floods_are_one_clean_line(string answer, string told)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, answer);
        using var terminal = new Terminal { Environment = { ["BASCULE_ADMIN_TOKEN"] = RunningGateway.Token } };

        var ran = await terminal.RunAsync("queue", "--admin", $"http://{listener.LocalEndpoint}");
        await answering;

        Assert.Equal((ExitCodes.Unreachable, ""), (ran.Code, ran.Standard));
        Assert.Contains(told, ran.Error);
        Assert.DoesNotContain(ran.Error.TrimEnd('\n'), char.IsControl);
    }

    [Fact]
    public async Task The_advice_names_the_option_that_gave_the_address()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("top", "--once", "--health", $"http://{taken.LocalEndPoint}/health");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.EndsWith(". Does a server listen there? --health names it.\n", ran.Error);
    }

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        await stream.ReadExactlyAsync(new byte[1]);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(answer));
        client.Client.Shutdown(SocketShutdown.Send);
        // Until the other side hangs up, so that nothing is reset before it was read.
        await stream.CopyToAsync(Stream.Null);
    }

    [Fact]
    public async Task The_configuration_says_where_the_gateway_is_and_the_data_folder_has_its_token()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Terminal.Environment.Remove("BASCULE_ADMIN_TOKEN");
        Directory.CreateDirectory(Path.Combine(gateway.Terminal.Directory, "data"));
        string[] here = ["pools", "list", "--set", "data=data", "--set", $"listen.admin={gateway.AdminUrl}"];

        var without = await gateway.Terminal.RunAsync(here);
        gateway.Terminal.With("data/admin-token", RunningGateway.Token + "\n");
        var with = await gateway.Terminal.RunAsync(here);

        Assert.Equal(ExitCodes.Unreachable, without.Code);
        Assert.StartsWith("There is no admin token in data/admin-token", without.Error);
        Assert.Equal((ExitCodes.Good, ""), (with.Code, with.Error));
    }

    [Fact]
    public async Task An_admin_listener_that_is_off_cannot_be_asked()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("cluster", "--set", "listen.admin=off");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.StartsWith("listen.admin of this configuration is off", ran.Error);
    }

    [Fact]
    public async Task A_faulty_configuration_is_told_first()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("cluster", "--set", "stop.pause=never");

        Assert.Equal(ExitCodes.FoundFault, ran.Code);
        Assert.Contains("1 fault in the configuration.", ran.Error);
    }
}
