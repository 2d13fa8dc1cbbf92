using System.Text;
using Bascule.Protocol;

namespace Bascule.Hub.Tests;

/// <summary>What our writers write for the examples of contract/messages.md.</summary>
internal static class WrittenExamples
{
    internal static IEnumerable<(string Definition, string Text)> All()
    {
        const string attempt = "0123456789abcdef0123456789abcdef";
        const string resume = "r1.c2Vzc2lvbg.c2ln";
        yield return ("serverWelcome", Text(ServerMessages.Welcome(new Welcome("5d41402abc4b2a76", attempt, TimeSpan.FromSeconds(25), 65536, 1000, resume))));
        yield return ("serverSubscribed", Text(ServerMessages.Subscribed("1", "prices.btc", "AQIDBA", ResumeKind.Fresh)));
        yield return ("serverUnsubscribed", Text(ServerMessages.Unsubscribed("2", "prices.*")));
        yield return ("serverPublished", Text(ServerMessages.Published("\"m-7\"", "AQIDCg")));
        yield return ("serverRenewed", Text(ServerMessages.Renewed("3", new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero))));
        yield return ("serverPresence", Text(ServerMessages.Presence("5", "room.1", 2, null, ["ann", "bob"])));
        yield return ("serverPresence", Text(ServerMessages.Presence(null, "room.1", 3, new PresenceChange("eve", Joined: true), [])));
        yield return ("serverNotice", Text(ServerMessages.Notice("token_lapsed", TimeSpan.FromSeconds(29.5))));
        yield return ("serverNotice", Text(ServerMessages.HeldBack(new RateExcess(RateUnit.Messages, OfUser: false, 10, 40), TimeSpan.FromSeconds(4.5))));
        yield return ("serverGoodbye", Text(ServerMessages.Goodbye(
            new Goodbye(4600, "draining", "The gateway is being stopped or replaced.", "now", TimeSpan.Zero, TimeSpan.FromSeconds(1)) { Reconnect = ["wss://b.example.com/ws"], Resume = resume })));
        yield return ("serverError", Text(ServerMessages.Error("1", ClientFault.Forbidden, "The token does not allow to read it.", "prices.btc")));
        yield return ("serverPong", Text(ServerMessages.Pong("4")));

        var json = FrameEncoders.For(MessageFormat.Json);
        yield return ("serverMessage", WrittenFrames.One(w => json.Message(w, WrittenFrames.Message("""{"bid":91250.5}""", key: "btc"), "prices.*", "AQIDBQ")).Text);
        yield return ("serverMessage", WrittenFrames.One(w => json.Message(w, WrittenFrames.Message([0, 1, 2, 255], "files"), "files", "AQIDBg")).Text);
        yield return ("serverCheckpoint", WrittenFrames.One(w => json.Checkpoint(w, "news", "AQIDBw")).Text);
        yield return ("serverResumed", WrittenFrames.One(w => json.Resumed(w, "prices.btc", "AQIDCA", 12, ReplaySource.Ring)).Text);
        yield return ("serverGap", WrittenFrames.One(w => json.Gap(w, "prices.btc", GapReason.TooOld, "AQIDBA", "AQIDCQ")).Text);
    }

    private static string Text(ReadOnlySpan<byte> json) => Encoding.UTF8.GetString(json);
}
