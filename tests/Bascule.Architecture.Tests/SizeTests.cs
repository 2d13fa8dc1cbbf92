using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Bascule.Architecture.Tests;

/// <summary>The hard limits of CONTRIBUTING.md: what is bigger is split.</summary>
public sealed class SizeTests
{
    private const int LinesOfFile = 400;
    private const int LinesOfMethod = 60;
    private const int FilesOfFolder = 20;
    private const int ParametersOfConstructor = 6;

    [Fact]
    public void No_folder_holds_more_than_20_source_files() =>
        Faults.None(
            Repository.WithExtension(".cs", ".ts", ".tsx", ".js", ".mjs", ".py", ".sh")
                .GroupBy(Repository.FolderOf, StringComparer.Ordinal)
                .Where(folder => folder.Count() > FilesOfFolder)
                .Select(folder => $"{folder.Key} has {folder.Count()}"),
            "Split the folder by what its files do.");

    [Fact]
    public void No_source_file_is_longer_than_400_lines() =>
        Faults.None(
            from file in Repository.WithExtension(".cs", ".ts", ".tsx", ".mjs", ".py")
            let lines = Repository.Read(file).AsSpan().TrimEnd().Count('\n') + 1
            where lines > LinesOfFile
            select $"{file} has {lines}",
            "Find the second thing that the file does and give it its own.");

    [Fact]
    public void No_method_is_longer_than_60_lines() =>
        Faults.None(
            from file in SourceFile.All
            from body in Bodies(file)
            let lines = LinesOf(file, body)
            where lines > LinesOfMethod
            select $"{file.PlaceOf(body)} has {lines}",
            "Split the method where a comment or an empty line already does.");

    [Fact]
    public void No_constructor_takes_more_than_6_parameters() =>
        Faults.None(
            from file in SourceFile.All
            from list in file.Syntax.DescendantNodes().OfType<ParameterListSyntax>()
            where list.Parent is ConstructorDeclarationSyntax or ClassDeclarationSyntax or StructDeclarationSyntax
            where list.Parameters.Count > ParametersOfConstructor
            select $"{file.PlaceOf(list)} takes {list.Parameters.Count}",
            "Group what belongs together into a record, or split the class.");

    private static IEnumerable<SyntaxNode> Bodies(SourceFile file) => file.Syntax.DescendantNodes()
        .Where(n => n is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax);

    /// <summary>From the first line of the signature to the last of the body: neither comments nor attributes above it.</summary>
    private static int LinesOf(SourceFile file, SyntaxNode body)
    {
        var attributes = body.ChildNodes().OfType<AttributeListSyntax>().LastOrDefault();
        var start = attributes?.GetLastToken().GetNextToken().SpanStart ?? body.SpanStart;
        var lines = file.Tree.GetText().Lines;
        return lines.GetLineFromPosition(body.Span.End).LineNumber - lines.GetLineFromPosition(start).LineNumber + 1;
    }
}
