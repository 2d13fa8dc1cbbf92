namespace Bascule.Sessions;

public sealed class ProcessRunner
{
    public const string Kind = "process";
}
