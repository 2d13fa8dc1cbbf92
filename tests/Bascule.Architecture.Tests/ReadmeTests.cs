using System.Text.RegularExpressions;
using Bascule.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Bascule.Architecture.Tests;

/// <summary>Each room says on one screen what it does, and names only what is there.</summary>
public sealed partial class ReadmeTests
{
    private const int Lines = 20;

    private static readonly Lazy<HashSet<string>> Identifiers = new(() =>
        [.. SourceFile.All.SelectMany(f => f.Syntax.DescendantTokens()).Where(t => t.IsKind(SyntaxKind.IdentifierToken)).Select(t => t.ValueText)]);

    private static IEnumerable<string> RoomReadmes =>
        Repository.Files.Where(f => Path.GetFileName(f) == "README.md" && f.Split('/') is ["src" or "tests", _, _] or ["src", _, _, _]);

    [Fact]
    public void Every_room_has_a_readme() =>
        Faults.None(
            ProjectFile.All.Where(p => p.Area == "src")
                .Select(p => Repository.FolderOf(p.Path))
                .Where(room => !RoomReadmes.Any(r => r.StartsWith(room + "/", StringComparison.Ordinal))),
            "Write README.md into the folder of the project or its main sub-folder, in the shape of CONTRIBUTING.md.");

    [Fact]
    public void No_room_readme_is_longer_than_20_lines() =>
        Faults.None(
            from readme in RoomReadmes
            let lines = Repository.Read(readme).AsSpan().TrimEnd().Count('\n') + 1
            where readme.StartsWith("src/", StringComparison.Ordinal) && lines > Lines
            select $"{readme} has {lines}",
            "It is a door sign, not a book: the rest belongs into docs/ or beside the code.");

    [Fact]
    public void A_room_readme_names_only_what_exists() =>
        Faults.None(
            from readme in RoomReadmes
            from name in CodeSpans(Repository.Read(readme))
            where !Exists(name)
            select $"{readme} names `{name}`",
            "Correct the name, or remove the sentence.");

    private static IEnumerable<string> CodeSpans(string markdown) =>
        CodeSpan().Matches(Fence().Replace(markdown, "")).Select(m => m.Groups[1].Value).Distinct(StringComparer.Ordinal);

    /// <summary>Checks what looks like a file, a type or member, a project, or a label; commands, settings and values are left alone.</summary>
    private static bool Exists(string name)
    {
        if (FileName().IsMatch(name))
            return Repository.Files.Any(f => f == name || f.EndsWith("/" + name, StringComparison.Ordinal));
        if (name.StartsWith("Bascule.", StringComparison.Ordinal))
            return ProjectFile.All.Any(p => p.Name == name);
        if (TypeName().Match(name) is { Success: true } type)
            return type.Groups[1].Value.Split('.').All(Identifiers.Value.Contains);
        if (Label().IsMatch(name))
            return EndReasons.All.Any(r => r.Label == name) || SourceFile.All.Any(f => f.IsProduct && f.Text.Contains(name, StringComparison.Ordinal));
        return true;
    }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^[\w./-]*\w\.(cs|csproj|props|slnx|md|jsonc?|ya?ml|tsx?|m?js|py|sh|html|css|proto|tf)$")]
    private static partial Regex FileName();

    /// <summary>Two words grown together, so not a header or an ordinary word: <c>SlotTable</c>, <c>SlotTable.TryTake()</c>, <c>Task&lt;Slot&gt;</c> only up to its bracket.</summary>
    [GeneratedRegex(@"^(I?[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+(?:\.[A-Z]\w*)*)(?:[(<].*)?$")]
    private static partial Regex TypeName();

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)+$")]
    private static partial Regex Label();
}
