using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Bascule.Terminal;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>What was recorded in a pod outlives it.</summary>
public sealed class RecordingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-recordings-");

    private string Kept => Path.Combine(_folder.FullName, "kept");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_user_who_deletes_his_session_does_not_delete_its_recording()
    {
        await using var rig = await RealAgents.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Options with { Recordings = Kept });
        var order = Recorded("sh");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        var place = await rig.News.PlaceAsync(order.Id);
        using (var client = await RealAgents.AttachAsync(place, order.Id, order.Key))
        {
            await RealAgents.TypeAsync(client, "echo \"the $((40 + 2)) words\"\n");
            await RealAgents.ReadAsync(client, until: "the 42 words");
        }

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));

        Assert.True(File.Exists(FileOf(order)), rig.Scene);
        Assert.Contains("the 42 words", File.ReadAllText(FileOf(order)));
        await rig.Cluster.UntilAsync(cluster => cluster.List("pods").Count == 0).Soon();
        // The watch of this runner took it too, and may have come later.
        await Waiting.UntilAsync(() => Directory.GetFiles(Kept) is [var only] && only == FileOf(order));
    }

    [Fact]
    public async Task Who_hears_that_a_session_is_over_finds_its_recording_and_the_end_of_its_chain()
    {
        await using var rig = await RealAgents.StartAsync();
        await rig.RunnerAsync(Rig.Options with { Recordings = Kept });
        var runner = await rig.RunnerAsync(Rig.Options with { Recordings = Kept });
        var order = Recorded("sh", "-c", "echo it was here");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);

        var end = await rig.News.EndAsync(order.Id);

        await using var file = File.OpenRead(FileOf(order));
        var proof = CastVerifier.Verify(file);
        Assert.Equal((CastVerdict.Whole, end.RecordingDigest), (proof.Verdict, proof.Digest));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FileOf(order)));
    }

    [Fact]
    public async Task A_recording_that_cannot_be_taken_keeps_nobody_from_ending_the_session()
    {
        File.WriteAllText(Kept, "a file where the folder should be");
        await using var rig = await RealAgents.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Options with { Recordings = Kept });
        var order = Recorded("sh");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        var place = await rig.News.PlaceAsync(order.Id);

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));

        Assert.Equal(SessionEndings.Deleted.Label, (await rig.News.EndAsync(order.Id)).Ending);
        await rig.Cluster.UntilAsync(cluster => cluster.List("pods").Count == 0).Soon();
    }

    [Fact]
    public async Task A_program_that_does_not_want_to_go_has_its_end_in_the_recording()
    {
        await using var rig = await RealAgents.StartAsync();
        var runner = await rig.RunnerAsync(Rig.Options with { Recordings = Kept });
        var order = Recorded("sh", "-c", "trap '' HUP TERM; echo ready; while :; do sleep 1; done");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        var place = await rig.News.PlaceAsync(order.Id);
        using (var client = await RealAgents.AttachAsync(place, order.Id, order.Key))
            await RealAgents.ReadAsync(client, until: "ready");

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));

        Assert.True(File.Exists(FileOf(order)), rig.Scene);
        await using var file = File.OpenRead(FileOf(order));
        Assert.Equal(CastVerdict.Whole, CastVerifier.Verify(file).Verdict);
    }

    [Theory]
    [InlineData(404, null, 1)]
    [InlineData(503, null, 2)]
    [InlineData(200, "half of", 2)]
    public async Task Half_a_recording_is_none(int status, string? half, int questions)
    {
        await using var scene = await PlainSceneAsync(_ => Task.FromResult((status, half)));

        Assert.True(await scene.EndAsync());

        Assert.True(scene.Agent.IsKept);
        Assert.Equal(questions, scene.Agent.Questions);
        Assert.Empty(Directory.GetFiles(Kept));
    }

    [Fact]
    public async Task A_recording_that_breaks_off_is_asked_for_once_more()
    {
        await using var scene = await PlainSceneAsync(number => Task.FromResult<(int, string?)>((200, number == 1 ? "half of" : "all there is")));

        Assert.True(await scene.EndAsync());

        Assert.Equal("all there is", File.ReadAllText(FileOf(scene.Order)));
    }

    [Fact]
    public async Task The_watch_and_who_ends_a_session_wait_for_one_and_the_same_copy()
    {
        var answer = new TaskCompletionSource<(int, string?)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var scene = await PlainSceneAsync(_ => answer.Task);
        scene.Agent.End(new JsonObject { ["cause"] = "exited", ["code"] = 0 });
        await Waiting.UntilAsync(() => scene.Agent.Questions == 1);

        var ending = scene.EndAsync();
        await Waiting.UntilAsync(() => scene.Agent.IsKept);
        Assert.False(ending.IsCompleted);
        answer.SetResult((200, "all there is"));

        Assert.True(await ending.Soon());
        Assert.Equal("all there is", File.ReadAllText(FileOf(scene.Order)));
        Assert.Equal(1, scene.Agent.Questions);
        Assert.Equal(SessionEndings.Exited.Label, (await scene.Rig.News.EndAsync(scene.Order.Id)).Ending);
    }

    [Fact]
    public async Task A_gateway_that_stops_does_not_wait_for_a_recording()
    {
        var never = new TaskCompletionSource<(int, string?)>();
        await using var scene = await PlainSceneAsync(_ => never.Task);
        scene.Agent.End(new JsonObject { ["cause"] = "exited", ["code"] = 0 });
        await Waiting.UntilAsync(() => scene.Agent.Questions == 1);

        await scene.Runner.DisposeAsync().AsTask().Soon();

        Assert.Empty(Directory.GetFiles(Kept));
        never.SetResult((404, null));
    }

    /// <summary>A recorded session with a plain agent, which answers questions for the recording so.</summary>
    private async Task<PlainScene> PlainSceneAsync(Func<int, Task<(int Status, string? Text)>> recording)
    {
        var yard = new PlainAgent.Yard { Recording = recording };
        var rig = await Rig.StartAsync(new FakeOptions { Launcher = yard.LaunchAsync });
        var runner = await rig.RunnerAsync(Rig.Options with { Recordings = Kept });
        var order = Recorded("sh");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        return new PlainScene(rig, runner, order, await rig.News.PlaceAsync(order.Id), yard.Agents[order.Id.ToString()]);
    }

    private sealed record PlainScene(Rig Rig, KubernetesRunner Runner, SessionOrder Order, SessionPlace Place, PlainAgent Agent) : IAsyncDisposable
    {
        internal Task<bool> EndAsync() => Runner.EndSessionAsync(Rig.Record(Order, Place), SessionEndings.Deleted, default);

        public ValueTask DisposeAsync() => Rig.DisposeAsync();
    }

    private string FileOf(SessionOrder order) => Path.Combine(Kept, $"{order.Id}.cast");

    /// <summary>The pods of the fake are processes of this machine: each records into the folder of this test.</summary>
    private SessionOrder Recorded(params string[] command) => Rig.Order(null, command) with
    {
        Recording = "output", Environment = new Dictionary<string, string> { ["TMPDIR"] = _folder.FullName },
    };
}
