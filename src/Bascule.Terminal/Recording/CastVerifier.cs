using System.Text;

namespace Bascule.Terminal;

public enum CastVerdict
{
    /// <summary>Every byte is as it was written.</summary>
    Whole,

    /// <summary>As it was written up to the last link; what follows is not proved: the host died, or the recording still goes on.</summary>
    Open,

    /// <summary>It was changed.</summary>
    Broken,
}

/// <summary>What a verification found.</summary>
/// <param name="ProvedBytes">Bytes from the beginning that are proved, links included.</param>
/// <param name="Digest">The last link; compare it with what the host told at the end, for a chain proves nothing against who writes a whole new one.</param>
/// <param name="Fault">Where it is broken.</param>
public sealed record CastProof(CastVerdict Verdict, long ProvedBytes, string Digest, string? Fault);

/// <summary>Verifies the hash chain of a recording.</summary>
public static class CastVerifier
{
    public static CastProof Verify(Stream recording)
    {
        using var chain = new CastChain();
        var lines = new CastLines(recording);
        var proved = 0L;
        var isEnded = false;
        while (lines.Next(out var line))
        {
            if (isEnded)
                return new CastProof(CastVerdict.Broken, proved, chain.Digest, $"line {lines.Number} stands behind the end of the chain");
            var text = line.Length > CastChain.Mark.Length && line[0] == '#' ? Encoding.UTF8.GetString(line) : "";
            if (!text.StartsWith(CastChain.Mark, StringComparison.Ordinal))
            {
                chain.Add(line);
                continue;
            }

            isEnded = text.EndsWith(" end\n", StringComparison.Ordinal);
            if (chain.Link(isEnded) != text)
                return new CastProof(CastVerdict.Broken, proved, chain.Digest, $"the link on line {lines.Number} does not fit what stands before it");
            proved = lines.Offset;
        }

        return new CastProof(isEnded ? CastVerdict.Whole : CastVerdict.Open, proved, chain.Digest, null);
    }
}
