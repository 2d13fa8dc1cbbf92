using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Attempts as the gateway would make them.</summary>
internal static class AttemptSamples
{
    internal const string Browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

    internal static readonly JournalReach Reach = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), Forgetting: false);

    internal static Attempt Begin(TimeProvider time, AttemptId? id = null) => new(id ?? AttemptId.New(), time)
    {
        Protocol = HttpKind.Http11,
        Method = "GET",
        Scheme = "https",
        Host = "play.example.org",
        Path = "/ws/experience?token=***",
        UserAgent = Browser,
        Origin = "https://play.example.org",
        ClientAddress = "203.0.113.7:50123",
    };

    internal static Attempt Refused(ManualTime time)
    {
        var attempt = Begin(time);
        attempt.Enter(Stage.Handshake);
        time.Advance(TimeSpan.FromMilliseconds(2));
        attempt.Enter(Stage.Admission);
        attempt.Enter(Stage.Routing);
        attempt.Route = "experience";
        attempt.Pool = "kb";
        attempt.Enter(Stage.Slot);
        attempt.Node = "http://10.1.2.3:8001";
        attempt.Enter(Stage.Connect);
        time.Advance(TimeSpan.FromMilliseconds(35));
        attempt.Note("backend status", "404 Not Found");
        attempt.Note("backend tried", "10.1.2.3:8001, [fd00::12]:8001", NoteReader.Operators);
        attempt.Finish(new Ending(EndReasons.BackendNotFound, "10.1.2.3:8001 answered 404 to /ws/experience"), 4502, "backend_not_found; retry=never");
        attempt.Enter(Stage.Close);
        return attempt;
    }

    internal static Attempt Connected(ManualTime time)
    {
        var attempt = Begin(time);
        attempt.Route = "experience";
        attempt.Subject = "user-17";
        foreach (var stage in new[] { Stage.Handshake, Stage.Admission, Stage.Routing, Stage.Slot, Stage.Connect, Stage.Relay })
            attempt.Enter(stage);
        return attempt;
    }
}
