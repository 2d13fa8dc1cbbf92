using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>The same as <see cref="ModelTests"/>, with everybody at once: two shards that are being fed, readers who are cut and come back, each on a thread of its own.</summary>
public sealed class StormTests
{
    private const int Partitions = 3;
    private const int MessagesOfEach = 2000;
    private const int LeastResumes = 5;
    private static readonly string[] Topics = ["t.a", "t.b"];
    private static readonly string[] Names = ["t.a", "t.b", "t.*", "*"];

    [Theory]
    [InlineData(1, 1_000_000, SlowReaderPolicy.DropOldest)]
    [InlineData(2, 20_000, SlowReaderPolicy.DropOldest)]
    [InlineData(3, 20_000, SlowReaderPolicy.KeepLatest)]
    [InlineData(4, 20_000, SlowReaderPolicy.Close)]
    public async Task Everyone_gets_every_message_once_or_a_gap_while_all_happens_at_once(int seed, long maxLag, SlowReaderPolicy policy)
    {
        var time = new ManualTime();
        var settings = Hubs.With(new() { MaxLag = maxLag, SlowReader = policy, HistoryMessages = 1000 });
        var random = new Random(seed);
        var messages = Enumerable.Range(0, Partitions)
            .Select(p => Enumerable.Range(0, MessagesOfEach).Select(o => Hubs.Message(o, topic: Topics[random.Next(2)], partition: p, key: $"{o % 7}")).ToArray()).ToArray();
        await using var one = Hubs.Of(time, settings).WithLog(Partitions, "t.*");
        await using var two = Hubs.Of(time, settings).WithLog(Partitions, "t.*");
        TopicHub[] hubs = [one, two];
        var players = Enumerable.Range(0, 8).Select(n => new Player(Names[n % Names.Length], new Random((seed * 100) + n))).ToArray();
        foreach (var player in players)
            player.Join(one, 0, new HashSet<LogId>());

        var feeding = hubs.SelectMany(hub => messages.Select(m => Task.Run(() => GiveAsync(hub, m)))).ToArray();
        var over = Task.WhenAll(feeding);
        await Task.WhenAll(players.Select((p, n) => Task.Run(() => Play(p, hubs, over, new Random((seed * 1000) + n))))).Soon();
        await over.Soon();

        foreach (var player in players)
            player.Check(messages.SelectMany(m => m));
    }

    private static async Task GiveAsync(TopicHub hub, SourceMessage[] messages)
    {
        for (var next = 0; next < messages.Length; next += 5)
        {
            hub.Append(messages.AsSpan(next, 5));
            await Task.Yield();
        }
    }

    private static async Task Play(Player player, TopicHub[] hubs, Task over, Random random)
    {
        for (var quiet = 0; quiet < 3;)
        {
            var isOver = over.IsCompleted && player.Resumes >= LeastResumes;
            var hasRead = player.Read(random.Next(1, 50));
            if (!player.IsIn || (!isOver && random.Next(20) == 0))
            {
                if (player.IsIn)
                    player.Cut();
                player.Join(hubs[random.Next(2)], 0, new HashSet<LogId>());
                hasRead = true;
            }

            quiet = isOver && !hasRead ? quiet + 1 : 0;
            await Task.Yield();
        }
    }
}
