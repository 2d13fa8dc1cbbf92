using System.Buffers.Text;
using System.Text;

namespace Bascule.Terminal;

/// <summary>How a viewer and the host talk.</summary>
public enum TermDialect
{
    /// <summary>bascule.term.v1.</summary>
    Term,

    /// <summary>v5.channel.k8s.io.</summary>
    ChannelV5,

    /// <summary>v4.channel.k8s.io: stdin cannot be closed.</summary>
    ChannelV4,

    /// <summary>Plain mode.</summary>
    Text,
}

/// <summary>The subprotocols of a host, and the credential that may stand among them.</summary>
public static class TermProtocol
{
    public const string Term = "bascule.term.v1";
    public const string ChannelV5 = "v5.channel.k8s.io";
    public const string ChannelV4 = "v4.channel.k8s.io";
    public const string Text = "bascule.text.v1";

    /// <summary>Before a secret in base64url: what a browser can say in place of a header field.</summary>
    public const string BearerPrefix = "base64url.bearer.bascule.";

    /// <summary>Takes the first that is known.</summary>
    /// <param name="selected">To be named in the answer; null in plain mode when nothing was offered.</param>
    /// <returns>False when something was offered and nothing of it is known.</returns>
    public static bool TryChoose(IEnumerable<string> offered, out TermDialect dialect, out string? selected)
    {
        (dialect, selected) = (TermDialect.Text, null);
        var isAnyOffered = false;
        foreach (var name in offered)
        {
            if (name.StartsWith(BearerPrefix, StringComparison.Ordinal))
                continue;
            isAnyOffered = true;
            TermDialect? known = name switch
            {
                Term => TermDialect.Term,
                ChannelV5 => TermDialect.ChannelV5,
                ChannelV4 => TermDialect.ChannelV4,
                Text => TermDialect.Text,
                _ => null,
            };
            if (known is not { } choice)
                continue;
            (dialect, selected) = (choice, name);
            return true;
        }

        return !isAnyOffered;
    }

    /// <summary>The secret among the offers, or null.</summary>
    public static string? BearerOf(IEnumerable<string> offered)
    {
        var name = offered.FirstOrDefault(o => o.StartsWith(BearerPrefix, StringComparison.Ordinal));
        if (name is null || !Base64Url.IsValid(name.AsSpan(BearerPrefix.Length)))
            return null;
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(name.AsSpan(BearerPrefix.Length)));
    }
}
