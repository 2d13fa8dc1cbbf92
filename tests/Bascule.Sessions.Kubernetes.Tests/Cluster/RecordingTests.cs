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

    [Theory]
    [InlineData(404, null)]
    [InlineData(200, "half of")]
    public async Task Half_a_recording_is_none(int status, string? half)
    {
        var yard = new PlainAgent.Yard { Recording = (status, half) };
        await using var rig = await Rig.StartAsync(new FakeOptions { Launcher = yard.LaunchAsync });
        var runner = await rig.RunnerAsync(Rig.Options with { Recordings = Kept });
        var order = Recorded("sh");
        Assert.Null((await runner.StartSessionAsync(order, default)).Failure);
        var place = await rig.News.PlaceAsync(order.Id);

        Assert.True(await runner.EndSessionAsync(Rig.Record(order, place), SessionEndings.Deleted, default));

        Assert.True(yard.Agents[order.Id.ToString()].IsKept);
        Assert.Empty(Directory.GetFiles(Kept));
    }

    private string FileOf(SessionOrder order) => Path.Combine(Kept, $"{order.Id}.cast");

    /// <summary>The pods of the fake are processes of this machine: each records into the folder of this test.</summary>
    private SessionOrder Recorded(params string[] command) => Rig.Order(null, command) with
    {
        Recording = "output", Environment = new Dictionary<string, string> { ["TMPDIR"] = _folder.FullName },
    };
}
