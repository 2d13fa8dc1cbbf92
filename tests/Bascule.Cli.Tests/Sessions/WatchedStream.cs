using System.Text;

namespace Bascule.Cli.Tests;

/// <summary>An output that tells when certain words are written to it.</summary>
internal sealed class WatchedStream(string words, Action seen) : MemoryStream
{
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        base.Write(buffer);
        if (Encoding.UTF8.GetString(buffer).Contains(words, StringComparison.Ordinal))
            seen();
    }
}
