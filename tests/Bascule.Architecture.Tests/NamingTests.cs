using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Bascule.Architecture.Tests;

/// <summary>Names say what a thing is; a type is whole, in one place.</summary>
public sealed partial class NamingTests
{
    private static readonly string[] GeneratorAttributes = ["JsonSerializable", "JsonSourceGenerationOptions"];

    [Fact]
    public void No_type_has_a_name_that_says_nothing() =>
        Faults.None(
            from file in SourceFile.All
            from type in file.Types
            where EmptySuffix().IsMatch(type.Identifier.Text)
            select $"{file.PlaceOf(type.Identifier)} {type.Identifier.Text}",
            "Name it after what it is, in the words of ARCHITECTURE.md.");

    [Fact]
    public void Each_project_has_one_namespace_its_own_name() =>
        Faults.None(
            from file in SourceFile.All
            where file.Project.StartsWith("Bascule.", StringComparison.Ordinal)
            from space in file.Syntax.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
            where space.Name.ToString() != file.Project
            select $"{file.PlaceOf(space)} {space.Name}, not {file.Project}",
            "Folders group files; they do not make namespaces.");

    [Fact]
    public void A_type_is_partial_only_for_a_source_generator() =>
        Faults.None(
            from file in SourceFile.All
            from type in file.Types
            where type.Modifiers.Any(SyntaxKind.PartialKeyword) && !IsForGenerator(type)
            select $"{file.PlaceOf(type.Identifier)} {type.Identifier.Text}",
            "Split the type, not its text.");

    [Fact]
    public void No_type_is_spread_over_files() =>
        Faults.None(
            SourceFile.All
                .SelectMany(f => f.Types.Where(t => t.Modifiers.Any(SyntaxKind.PartialKeyword)).Select(t => (Name: FullName(f, t), f.Path)))
                .GroupBy(t => t.Name, StringComparer.Ordinal)
                .Where(parts => parts.Count() > 1)
                .Select(parts => $"{parts.Key}: {string.Join(", ", parts.Select(p => p.Path))}"),
            "Split the type, not its text.");

    [Fact]
    public void No_file_hides_code_in_regions() =>
        Faults.None(
            from file in SourceFile.All
            from region in file.Syntax.DescendantTrivia(descendIntoTrivia: true).Where(t => t.IsKind(SyntaxKind.RegionDirectiveTrivia))
            select $"{file.Path}:{file.Tree.GetLineSpan(region.Span).StartLinePosition.Line + 1}",
            "Split the file.");

    /// <summary>It has a partial member with an attribute (log messages, regular expressions, native calls), such a type inside, or is a JSON context.</summary>
    private static bool IsForGenerator(BaseTypeDeclarationSyntax type) =>
        type.AttributeLists.SelectMany(l => l.Attributes).Any(a => GeneratorAttributes.Contains(a.Name.ToString(), StringComparer.Ordinal))
        || (type is TypeDeclarationSyntax { Members: var members }
            && (members.Any(m => m is not BaseTypeDeclarationSyntax && m.Modifiers.Any(SyntaxKind.PartialKeyword) && m.AttributeLists.Count > 0)
                || members.OfType<BaseTypeDeclarationSyntax>().Any(inner => inner.Modifiers.Any(SyntaxKind.PartialKeyword) && IsForGenerator(inner))));

    private static string FullName(SourceFile file, BaseTypeDeclarationSyntax type) =>
        string.Join('.', type.AncestorsAndSelf().OfType<BaseTypeDeclarationSyntax>().Reverse().Select(t => t.Identifier.Text).Prepend(file.Project));

    [GeneratedRegex("(Manager|Helper|Util|Utility|Utilitie|Common|Base|Impl|Data|Info)s?$")]
    private static partial Regex EmptySuffix();
}
