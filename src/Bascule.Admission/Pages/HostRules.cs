using Bascule.Model;

namespace Bascule.Admission;

/// <summary>Which host names are served: <c>listen.hosts</c>. It keeps pages out that reach this gateway under a name of their own (DNS rebinding).</summary>
/// <param name="hosts">Without port; <c>*.example.org</c> takes all below it. Empty: every host.</param>
public sealed class HostRules(IReadOnlyList<string> hosts)
{
    /// <returns>Null, or <c>host_denied</c> with the host that was seen.</returns>
    public Ending? Check(ClientSource source)
    {
        if (Allows(source.Host))
            return null;
        var seen = source.Host.Length == 0 ? "The request names no host" : $"The request is for {Evidence.Quote(source.Host)}";
        return new Ending(EndReasons.HostDenied, $"{seen}; listen.hosts has {Evidence.Quote(hosts)}.");
    }

    /// <param name="host">With or without port.</param>
    public bool Allows(string host)
    {
        if (hosts.Count == 0)
            return true;
        if (!HostText.TryRead(host, out var name, out _))
            return false;
        foreach (var allowed in hosts)
        {
            if (Fits(allowed, name.TrimEnd('.')))
                return true;
        }

        return false;
    }

    /// <summary><c>*.example.org</c> fits all below it, at any depth, but not the name itself.</summary>
    internal static bool Fits(ReadOnlySpan<char> allowed, ReadOnlySpan<char> name) =>
        allowed.StartsWith("*.")
            ? name.Length >= allowed.Length && name.EndsWith(allowed[1..], StringComparison.OrdinalIgnoreCase)
            : name.Equals(allowed, StringComparison.OrdinalIgnoreCase);
}
