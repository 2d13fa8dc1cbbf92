using Bascule.Model;

namespace Bascule.Architecture.Tests;

/// <summary>The generated files say what the catalogue says. <c>BASCULE_UPDATE=1 ./test Architecture</c> writes them anew.</summary>
public sealed class EndReasonFileTests
{
    [Fact]
    public void The_contract_holds_the_catalogue() => IsFresh(EndReasonFiles.Json, EndReasonFiles.ToJson(EndReasons.All));

    [Fact]
    public void The_docs_hold_the_catalogue() => IsFresh(EndReasonFiles.Page, EndReasonFiles.ToPage(EndReasons.All));

    private static void IsFresh(string file, string expected)
    {
        var path = Repository.FullPath(file);
        if (Environment.GetEnvironmentVariable("BASCULE_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected, $"{file} is not what EndReasons.cs says. Run: BASCULE_UPDATE=1 ./test Architecture");
    }
}
