using System.Text.RegularExpressions;

namespace Bascule.Architecture.Tests;

/// <summary>What holds for every text file of the repository.</summary>
public sealed partial class TextTests
{
    private static readonly string[] Binary = [".png", ".ico", ".jpg", ".gif", ".woff", ".woff2", ".gz", ".zip", ".db", ".pfx", ".der"];

    [Fact]
    public void No_file_holds_a_path_of_somebodys_machine() =>
        Faults.None(
            from file in Repository.Files
            where !Binary.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
            from line in Repository.Read(file).Split('\n').Select((text, index) => (Text: text, Number: index + 1))
            where MachinePath().IsMatch(line.Text)
            select $"{file}:{line.Number} {line.Text.Trim()}",
            "Write the path relative to the repository, or find it when the program runs.");

    [Fact]
    public void Every_relative_link_leads_somewhere() =>
        Faults.None(
            from file in Repository.WithExtension(".md")
            from target in Links(Repository.Read(file))
            where !Leads(file, target)
            select $"{file} links to {target}",
            "Correct the link; it is read relative to the file that holds it.");

    private static IEnumerable<string> Links(string markdown) =>
        Link().Matches(Code().Replace(markdown, "")).Select(m => m.Groups["target"].Value).Where(t => !Scheme().IsMatch(t));

    private static bool Leads(string file, string target)
    {
        var parts = Uri.UnescapeDataString(target).Split('#', 2);
        var folder = Path.GetDirectoryName(Repository.FullPath(file))!;
        var full = parts[0].Length == 0 ? Repository.FullPath(file) : Path.GetFullPath(Path.Combine(folder, parts[0]));
        if (!File.Exists(full) && !Directory.Exists(full))
            return false;
        return parts.Length == 1 || !full.EndsWith(".md", StringComparison.Ordinal) || Anchors(File.ReadAllText(full)).Contains(parts[1]);
    }

    /// <summary>The anchors that GitHub makes of headings: lower case, spaces to hyphens, other signs dropped.</summary>
    private static HashSet<string> Anchors(string markdown) =>
        [.. Heading().Matches(Fence().Replace(markdown, ""))
            .Select(m => NotInAnchor().Replace(m.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    // Written in pieces, so that this file passes its own test.
    [GeneratedRegex("(?<![A-Za-z0-9._/-])/(" + "(work|root)" + "/" + "|tmp/w" + @"\b)")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)[^)]*\)|^\[[^\]]+\]:\s+(?<target>\S+)", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("^[a-z][a-z0-9+.-]*:", RegexOptions.IgnoreCase)]
    private static partial Regex Scheme();

    [GeneratedRegex("^#{1,6} +(?<text>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
