using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Bascule.Architecture.Tests;

/// <summary>One C# file of ours, parsed.</summary>
internal sealed class SourceFile
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> AllFiles = new(() => [.. Repository.WithExtension(".cs").Select(p => new SourceFile(p))]);

    private SourceFile(string path)
    {
        Path = path;
        Text = Repository.Read(path);
        Tree = CSharpSyntaxTree.ParseText(Text, new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Parse));
        Syntax = Tree.GetCompilationUnitRoot();
    }

    public static IReadOnlyList<SourceFile> All => AllFiles.Value;

    /// <summary>Relative to the root of the repository.</summary>
    public string Path { get; }

    public string Text { get; }

    public SyntaxTree Tree { get; }

    public CompilationUnitSyntax Syntax { get; }

    /// <summary>The name of its project: its folder two levels down, such as <c>Bascule.Relay</c>.</summary>
    public string Project => Path.Split('/') is [_, var project, _, ..] ? project : "";

    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);

    public IEnumerable<BaseTypeDeclarationSyntax> Types => Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>();

    /// <summary><c>file:line</c> of a node, as an editor opens it.</summary>
    public string PlaceOf(SyntaxNodeOrToken node) => $"{Path}:{Tree.GetLineSpan(node.Span).StartLinePosition.Line + 1}";
}
