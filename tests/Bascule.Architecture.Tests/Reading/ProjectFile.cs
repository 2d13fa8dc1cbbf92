using System.Xml.Linq;

namespace Bascule.Architecture.Tests;

/// <summary>One project file, with what it references.</summary>
internal sealed record ProjectFile(string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    public static IReadOnlyList<ProjectFile> All { get; } = [.. Repository.WithExtension(".csproj").Select(Load)];

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>The part of the repository it belongs to: <c>src</c>, <c>tests</c>, <c>sdk</c> …</summary>
    public string Area => Path.Split('/')[0];

    private static ProjectFile Load(string path)
    {
        var document = XDocument.Parse(Repository.Read(path));
        var folder = System.IO.Path.GetDirectoryName(Repository.FullPath(path))!;
        var references = document.Descendants("ProjectReference").Select(r => (string?)r.Attribute("Include") ?? "")
            .Select(include => System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, include.Replace('\\', '/'))))
            .Select(full => System.IO.Path.GetRelativePath(Repository.Root, full).Replace('\\', '/'));
        var packages = document.Descendants("PackageReference").Select(r => (string?)r.Attribute("Include") ?? "");
        return new ProjectFile(path, [.. references], [.. packages]);
    }
}
