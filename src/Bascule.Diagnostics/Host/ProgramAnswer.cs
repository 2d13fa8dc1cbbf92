namespace Bascule.Diagnostics;

/// <summary>What a program of the system said.</summary>
/// <param name="Text">Null when it could not be asked.</param>
/// <param name="Problem">Why not.</param>
public sealed record ProgramAnswer(string? Text, string? Problem)
{
    public static ProgramAnswer Said(string text) => new(text, null);

    public static ProgramAnswer Failed(string problem) => new(null, problem);
}
