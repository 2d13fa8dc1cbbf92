using System.Net.Sockets;
using System.Security.Authentication;
using Bascule.Settings;

namespace Bascule.Hub.Kafka;

/// <summary>Asks brokers for what tells one life of a topic from the next: its topic id (KIP-516), else the id of its cluster and its name.</summary>
public sealed class TopicIdentities(KafkaSettings settings, TimeSpan patience, TimeProvider time)
{
    private const short FirstWithTopicIds = 10;
    private const short FirstWithClusterId = 2;
    private readonly BrokerAccess? _access = BrokerAccess.Of(settings);

    /// <summary>The same for every shard that asks. A topic that the brokers do not know is left out.</summary>
    /// <returns>Null when no broker answered.</returns>
    public async Task<IReadOnlyDictionary<string, string>?> OfAsync(IReadOnlyCollection<string> topics, CancellationToken cancellation)
    {
        if (_access is null)
            return ByNames(topics);
        foreach (var broker in settings.Brokers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            using var limit = new CancellationTokenSource(patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            try
            {
                using var connection = new BrokerConnection();
                await connection.OpenAsync(broker, _access, either.Token);
                return await AskAsync(connection, topics, either.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or InvalidDataException or AuthenticationException or OperationCanceledException)
            {
                // The next broker may know; that none answered is the caller's to tell.
                cancellation.ThrowIfCancellationRequested();
            }
        }

        return null;
    }

    /// <summary>What is left when brokers will not say more: a topic that was made anew cannot be told from the former.</summary>
    public static IReadOnlyDictionary<string, string> ByNames(IEnumerable<string> topics) => topics.ToDictionary(t => t, t => $"kafka:name:{t}", StringComparer.Ordinal);

    private static async Task<IReadOnlyDictionary<string, string>> AskAsync(BrokerConnection connection, IReadOnlyCollection<string> topics, CancellationToken cancellation)
    {
        var newest = NewestMetadata(await connection.AskAsync(connection.NewRequest(KafkaApi.ApiVersions, 0), cancellation));
        if (newest >= FirstWithTopicIds)
            return TopicIds(await connection.AskAsync(QuestionForIds(connection, topics), cancellation));
        if (newest < FirstWithClusterId)
            return ByNames(topics);
        var question = connection.NewRequest(KafkaApi.Metadata, FirstWithClusterId);
        question.Int32(0); // no topics
        var cluster = ClusterId(await connection.AskAsync(question, cancellation));
        return cluster is null ? ByNames(topics) : topics.ToDictionary(t => t, t => $"kafka:cluster:{cluster}/{t}", StringComparer.Ordinal);
    }

    private static short NewestMetadata(byte[] answer)
    {
        var reader = new KafkaAnswer(answer);
        reader.Int16(); // error: even with one, the list is there
        for (var left = reader.Count(); left > 0; left--)
        {
            var api = (KafkaApi)reader.Int16();
            reader.Int16();
            var newest = reader.Int16();
            if (api == KafkaApi.Metadata)
                return newest;
        }

        return 0;
    }

    private static KafkaRequest QuestionForIds(BrokerConnection connection, IReadOnlyCollection<string> topics)
    {
        var question = connection.NewRequest(KafkaApi.Metadata, FirstWithTopicIds, isFlexible: true);
        question.Varint((uint)topics.Count + 1);
        foreach (var topic in topics)
        {
            question.Zeros(16); // by name, not by id
            question.CompactText(topic);
            question.NoTags();
        }

        question.Byte(0); // do not create it
        question.Byte(0); // no operations that we may do: neither of the cluster
        question.Byte(0); // nor of the topic
        question.NoTags();
        return question;
    }

    private static Dictionary<string, string> TopicIds(byte[] answer)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new KafkaAnswer(answer);
        reader.SkipTags(); // of the header
        reader.Int32(); // throttled for
        for (var left = reader.CompactCount(); left > 0; left--)
        {
            reader.Int32();
            reader.CompactText();
            reader.Int32();
            reader.CompactText();
            reader.SkipTags();
        }

        var cluster = reader.CompactText();
        reader.Int32(); // controller
        for (var left = reader.CompactCount(); left > 0; left--)
        {
            var error = reader.Int16();
            var name = reader.CompactText();
            var id = reader.Uuid();
            SkipPartitions(ref reader);
            if (error == 0 && name is not null)
                ids[name] = id == Guid.Empty ? $"kafka:cluster:{cluster}/{name}" : $"kafka:{id:N}";
        }

        return ids;
    }

    private static void SkipPartitions(ref KafkaAnswer reader)
    {
        reader.SkipBytes(1); // is it internal
        for (var left = reader.CompactCount(); left > 0; left--)
        {
            reader.SkipBytes(2 + 4 + 4 + 4); // error, index, leader, its epoch
            for (var lists = 3; lists > 0; lists--) // replicas, those in sync, those offline
                reader.SkipBytes(4 * reader.CompactCount());
            reader.SkipTags();
        }

        reader.SkipBytes(4); // operations
        reader.SkipTags();
    }

    private static string? ClusterId(byte[] answer)
    {
        var reader = new KafkaAnswer(answer);
        for (var left = reader.Count(); left > 0; left--)
        {
            reader.Int32();
            reader.Text();
            reader.Int32();
            reader.Text();
        }

        return reader.Text();
    }
}
