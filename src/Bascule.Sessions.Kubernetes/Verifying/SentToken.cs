using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Takes the bearer token out of what is told of a cluster: who answers may repeat what was sent to him.</summary>
internal sealed class SentToken(KubeAccess access)
{
    // A shorter beginning of it may be any word.
    private const int ShortestPart = 6;

    // A file is read again from time to time: what was sent before is no less secret.
    private readonly HashSet<string> _sent = new(StringComparer.Ordinal);

    internal string Masked(string text)
    {
        if (access.Token?.Last is { Length: > 0 } last)
            _sent.Add(last);
        foreach (var token in _sent)
        {
            // The probe's own masking knows how pages, URLs, JSON, hex and base64 write a text.
            text = WithoutCut(new ProbeTarget(access.Server) { Token = token }.Masked(text), token);
        }

        return text;
    }

    /// <summary>Long answers are cut, and that may be in the middle of the token.</summary>
    private static string WithoutCut(string text, string token)
    {
        for (var length = text.Contains('…') ? token.Length - 1 : 0; length >= ShortestPart; length--)
            text = text.Replace(token[..length] + "…", SecretMask.Mask + "…", StringComparison.Ordinal);
        return text;
    }
}
