using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Bascule.System.Tests;

namespace Bascule.Diagnostics.Tests;

/// <summary>The files of a field case, as its team had them.</summary>
internal sealed class CaseFolder
{
    private readonly Dictionary<string, string> _files;

    /// <param name="name">A folder beside this file: <c>case-a</c>.</param>
    internal CaseFolder(string name)
    {
        var folder = Path.Combine(Repository.Root, "tests", "Bascule.Diagnostics.Tests", "Cases", name);
        _files = FolderWalk.Read(["."], folder).ToDictionary(f => f.Path, f => f.Text, StringComparer.Ordinal);
    }

    /// <summary>Repairs a file: every occurrence of the text, which must be there.</summary>
    internal CaseFolder Replace(string file, string text, string by)
    {
        Assert.Contains(text, _files[file], StringComparison.Ordinal);
        _files[file] = _files[file].Replace(text, by, StringComparison.Ordinal);
        return this;
    }

    internal LintReport Lint() => LintRun.Run(_files.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => (f.Key, f.Value)));
}

/// <summary>Tokens whose signature is a word that the server of the test knows or does not.</summary>
internal static class CaseTokens
{
    internal const string Signature = "c2lnbmVkLWJ5LXVz";

    internal static string Until(DateTimeOffset end, string signature = Signature) =>
        $"{Part("""{"alg":"HS256","typ":"JWT"}""")}.{Part($$"""{"sub":"player","exp":{{end.ToUnixTimeSeconds()}}}""")}.{signature}";

    internal static DateTimeOffset EndOf(string token)
    {
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]));
        return DateTimeOffset.FromUnixTimeSeconds(claims.RootElement.GetProperty("exp").GetInt64());
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
