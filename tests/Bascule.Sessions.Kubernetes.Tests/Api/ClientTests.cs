using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Calls are bounded, and what goes wrong with them is a value.</summary>
public sealed class ClientTests
{
    [Fact]
    public async Task A_server_that_is_not_there_is_a_value()
    {
        using var client = ClientOf(OwnAddress.Next(), TimeProvider.System);

        var answer = await client.GetAsync("api/v1/pods", default).Soon();

        Assert.Equal(0, answer.Error!.Status);
        Assert.True(answer.Error.IsPassing);
        Assert.Contains("cannot be reached", answer.Error.Message);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_left_after_the_limit()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var time = new ManualTime();
        using var client = ClientOf((IPEndPoint)silent.LocalEndpoint, time);

        var asked = client.GetAsync("api/v1/pods", default);
        using var heard = await silent.AcceptTcpClientAsync().Soon();
        time.Advance(client.Limits.Call);

        Assert.Contains("did not answer within 15 s", (await asked.Soon()).Error!.Message);
    }

    [Theory]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9\r\n\r\n<html>no!", 502, "<html>no!")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", 0, "no object")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\":", 0, "cannot be asked")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", 0, "cannot be")]
    public async Task A_proxy_that_answers_nonsense_is_quoted(string answer, int status, string text)
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        using var client = ClientOf((IPEndPoint)proxy.LocalEndpoint, TimeProvider.System);

        var asked = client.GetAsync("api/v1/pods", default);
        using (var heard = await proxy.AcceptTcpClientAsync().Soon())
        {
            await heard.GetStream().ReadExactlyAsync(new byte[16]);
            await heard.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
        }

        var error = (await asked.Soon()).Error!;
        Assert.Equal(status, error.Status);
        Assert.Contains(text, error.Message);
    }

    [Fact]
    public async Task The_callers_own_cancellation_is_thrown()
    {
        await using var rig = await Rig.StartAsync();
        using var client = rig.Client();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync("api/v1/pods", new CancellationToken(true)));
    }

    [Fact]
    public async Task An_error_carries_what_the_Status_object_says()
    {
        await using var rig = await Rig.StartAsync();
        using var client = rig.Client();

        var missing = (await client.GetAsync($"api/v1/namespaces/{Rig.Space}/pods/x", default)).Error!;
        var invalid = (await client.CreateAsync($"api/v1/namespaces/{Rig.Space}/pods", new() { ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["name"] = "x" } }, default)).Error!;

        Assert.Equal((404, "NotFound", "pods \"x\" not found"), (missing.Status, missing.Reason, missing.Message));
        Assert.Equal((422, "Invalid"), (invalid.Status, invalid.Reason));
        Assert.Equal(["spec.containers: Required value"], invalid.Causes);
    }

    [Fact]
    public async Task Lists_of_many_pages_are_read_whole_and_begun_anew_when_a_page_is_too_old()
    {
        await using var rig = await Rig.StartAsync();
        for (var i = 0; i < 7; i++)
            rig.Cluster.Put("configmaps", Rig.Space, new() { ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["name"] = $"c{i}" } });
        using var client = rig.Client();

        var first = (await client.GetAsync($"api/v1/namespaces/{Rig.Space}/configmaps?limit=3", default)).Found;
        var token = first.Text("metadata", "continue")!;
        var second = (await client.GetAsync($"api/v1/namespaces/{Rig.Space}/configmaps?limit=3&continue={Uri.EscapeDataString(token)}", default)).Found;
        rig.Cluster.ExpireHistory();
        var late = (await client.GetAsync($"api/v1/namespaces/{Rig.Space}/configmaps?limit=3&continue={Uri.EscapeDataString(token)}", default)).Error!;

        Assert.Equal(["c3", "c4", "c5"], second.Items("items").Select(one => one.Text("metadata", "name")));
        Assert.True(late.IsGone);
    }

    private static KubeClient ClientOf(IPEndPoint place, TimeProvider time) =>
        new(new KubeAccess { Server = new Uri($"http://{place}/"), Source = "a test" }, time);
}
