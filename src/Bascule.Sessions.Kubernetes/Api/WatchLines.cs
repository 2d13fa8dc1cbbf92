using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>One change: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.</summary>
internal readonly record struct WatchEvent(string Type, JsonObject Object);

/// <summary>Reads the lines of a watch, each an event.</summary>
internal static class WatchLines
{
    // An object in etcd has at most 1.5 MiB; as JSON with its managed fields it stays below this.
    private const int LongestLine = 8 << 20;

    /// <summary>Ends when the server ends it. A cut in the middle of a line is an <see cref="IOException"/>, as any other cut.</summary>
    internal static async IAsyncEnumerable<WatchEvent> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var pipe = PipeReader.Create(stream);
        await using var _ = new Completion(pipe);
        while (true)
        {
            var read = await pipe.ReadAsync(cancellation);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                if (!line.IsEmpty)
                    yield return Parse(line);
            }

            if (buffer.Length > LongestLine)
                throw new IOException($"a line of the watch is longer than {LongestLine} bytes");
            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (!read.IsCompleted)
                continue;
            if (!buffer.IsEmpty)
                throw new IOException("the watch was cut in the middle of a line");
            yield break;
        }
    }

    private static WatchEvent Parse(ReadOnlySequence<byte> line)
    {
        var read = JsonNode.Parse(line.ToArray());
        return read.Text("type") is { } type && read.At("object") is JsonObject changed
            ? new WatchEvent(type, changed)
            : throw new IOException("a line of the watch is no event");
    }

    private readonly struct Completion(PipeReader pipe) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => pipe.CompleteAsync();
    }
}
