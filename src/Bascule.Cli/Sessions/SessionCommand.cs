using System.CommandLine;

namespace Bascule.Cli;

/// <summary><c>bascule session</c>: sessions of a running gateway.</summary>
public static class SessionCommand
{
    public static Command Create(Surroundings surroundings) => new ExampleCommand(
        "session",
        "Sessions: terminals and commands that outlive connections.",
        "bascule session create \"info domain\" --profile gam",
        "bascule session run -- sh -c 'echo out; echo err >&2; exit 3'",
        "bascule session attach 5d41402abc4b2a76b9719d911017c592")
    {
        new SessionCreate(surroundings).Create(),
        new SessionRun(surroundings).Create(),
        new SessionAttach(surroundings).Create(),
        SessionList.Create(surroundings),
        SessionShow.Create(surroundings),
        SessionDelete.Create(surroundings),
        SessionRecording.Create(surroundings),
        SessionLinks.Create(surroundings),
    };
}
