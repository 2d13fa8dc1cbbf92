using System.Text.Json.Nodes;
using Bascule.Kubernetes.Fake;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>A collection is followed whatever happens to the watch.</summary>
public sealed class ListWatchTests
{
    [Fact]
    public async Task Every_change_is_seen_once_and_a_defect_of_the_reader_begins_it_anew()
    {
        await using var rig = await Rig.StartAsync();
        Put(rig, "a");
        using var client = rig.Client();
        var reader = new Reader { FailsAt = "broken" };
        var watch = new ListWatch(client, $"api/v1/namespaces/{Rig.Space}/configmaps", "", reader, NullLogger.Instance, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = watch.RunAsync(stop.Token);

        await Waiting.UntilAsync(() => reader.Said is "list a");
        Put(rig, "b");
        rig.Cluster.Remove("configmaps", Rig.Space, "a");
        await Waiting.UntilAsync(() => reader.Said is "list a, b, -a");
        Put(rig, "broken");
        await Waiting.UntilAsync(() => reader.Said is "list a, b, -a, list b broken");

        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Expired_history_is_listed_anew_as_event_and_as_status()
    {
        await using var rig = await Rig.StartAsync();
        Put(rig, "a");
        using var client = rig.Client();
        var reader = new Reader();
        var watch = new ListWatch(client, $"api/v1/namespaces/{Rig.Space}/configmaps", "", reader, NullLogger.Instance, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = watch.RunAsync(stop.Token);
        await Waiting.UntilAsync(() => rig.Cluster.OpenWatches == 1);

        rig.Cluster.ExpireHistory();
        await Waiting.UntilAsync(() => reader.Said is "list a, list a");
        rig.Cluster.Faults.Next(new Fault("watch", "configmaps", FaultKind.Status, new ApiException(410, "Expired", "too old")));
        rig.Cluster.DropWatches();
        await Waiting.UntilAsync(() => reader.Said is "list a, list a, list a");
        rig.Cluster.SendBookmarks();
        Assert.Equal(0, rig.Cluster.Faults.Waiting);

        await stop.CancelAsync();
        await running;
    }

    private static void Put(Rig rig, string name) => rig.Cluster.Put("configmaps", Rig.Space, new() { ["metadata"] = new JsonObject { ["name"] = name } });

    /// <summary>Writes down what it is told.</summary>
    private sealed class Reader : IWatchReader
    {
        private readonly List<string> _said = [];

        internal string? FailsAt { get; set; }

        internal string Said
        {
            get
            {
                lock (_said)
                    return string.Join(", ", _said);
            }
        }

        public void Listed(IReadOnlyList<JsonObject> objects) => Add("list " + string.Join(' ', objects.Select(PodNames.NameOf)));

        public void Changed(JsonObject changed)
        {
            if (PodNames.NameOf(changed) == FailsAt)
                throw new InvalidOperationException("a defect");
            Add(PodNames.NameOf(changed));
        }

        public void Deleted(JsonObject last) => Add("-" + PodNames.NameOf(last));

        private void Add(string word)
        {
            lock (_said)
                _said.Add(word);
        }
    }
}
