using System.Text;
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
            IReadOnlyList<string> forms = [token, .. InBase64(token), Convert.ToHexString(Encoding.UTF8.GetBytes(token)), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(token))];
            // The probe's own masking knows how pages, URLs and JSON write a text.
            text = new ProbeTarget(access.Server) { Token = token, Headers = [.. forms.Select(form => KeyValuePair.Create("Form", form))] }.Masked(text);
            text = forms.Aggregate(text, WithoutCut);
        }

        return text;
    }

    /// <summary>Long answers are cut, and that may be in the middle of the token.</summary>
    private static string WithoutCut(string text, string form)
    {
        for (var length = text.Contains('…') ? form.Length - 1 : 0; length >= ShortestPart; length--)
            text = text.Replace(form[..length] + "…", SecretMask.Mask + "…", StringComparison.Ordinal);
        return text;
    }

    /// <summary>As it stands in the base64 of a longer text: in three ways, by where it begins, without the characters that hold bits of what is around it.</summary>
    private static IEnumerable<string> InBase64(string token)
    {
        var bytes = Encoding.UTF8.GetBytes(token);
        for (var shift = 0; shift < 3; shift++)
        {
            var begin = shift == 0 ? 0 : shift + 1;
            var encoded = Convert.ToBase64String([.. new byte[shift], .. bytes])[begin..((shift + bytes.Length) * 8 / 6)];
            yield return encoded;
            yield return encoded.Replace('+', '-').Replace('/', '_');
        }
    }
}
