using System.CommandLine;

namespace Bascule.Cli;

/// <summary><c>--json</c>: the result for programs. Its help shows the shape, which is a contract.</summary>
public sealed class JsonOption : Option<bool>
{
    public JsonOption(string shape)
        : base("--json") => Description = $"Print JSON: {shape}";
}
