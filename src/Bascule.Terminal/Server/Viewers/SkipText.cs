namespace Bascule.Terminal;

/// <summary>What stands in place of lost output where there are no frames to say it.</summary>
internal static class SkipText
{
    internal static string Of(Skip skip) => $"\r\n[bascule: {skip.Missing} bytes of output are missing here]\r\n";
}
