namespace Bascule.Diagnostics;

/// <summary>401 and 403 without a word of reason: what was sent, its times, and what changes the answer tell whether it is the token.</summary>
internal static class TokenRefusal
{
    internal static Verdict? Judge(Differential seen)
    {
        if (seen.Full.Status is not (401 or 403))
            return null;
        var token = TokenSeen.Of(seen.Target);
        if (token?.FaultAt(seen.Now) is { } fault)
            return seen.Say("PROBE-TOKEN", $"The token in {token.Where} {fault}; {Who(seen)} answers {seen.Full.Status} without saying so.",
                "The times stand in the token itself; a server that checks it must refuse it.", "Fetch a new token right before connecting. If it is new, compare the clocks of who issued it and of this machine. Let the server say token_expired, as a close code where browsers connect.",
                "browser-1006-hides");
        if (!TokenSeen.IsSent(seen.Target))
            return IsAboutThisPath(seen) ? Missing(seen) : null;
        // 401 is about the token and nothing else; 403 may be about anything.
        return seen.Full.Status == 401 || seen.Changed.Count == 0 ? null : ByParameter(seen, token);
    }

    // An application that does not know the path answers otherwise, and a rule for everything answers the same everywhere.
    private static bool IsAboutThisPath(Differential seen) => seen.Full.Status == 403 && seen.Elsewhere.Head is not null && seen.Elsewhere.Status != 403 && seen.Plain.Status is not 403;

    private static Verdict Missing(Differential seen) => seen.Say(
        "PROBE-TOKEN", $"No token was sent, and {Who(seen)} refuses the upgrade with 403: the path is known there, and the Origin does not matter.",
        $"Another path gets {seen.Elsewhere.Status}, and the answer is the same without Origin, so what is missing is who asks: a token in the query, a header or a cookie.",
        "Connect with a token: in the URL as the server expects it (?token=…), or probe with --token or --header. Let the server say token_missing.", "browser-no-custom-headers");

    /// <summary>A made-up value that changes nothing is as good as the real one: that is the one which is refused.</summary>
    private static Verdict? ByParameter(Differential seen, TokenSeen? token)
    {
        var same = seen.Changed.Where(c => c.Answer.IsLike(seen.Full)).ToList();
        var other = seen.Changed.Where(c => !c.Answer.IsLike(seen.Full)).ToList();
        var inTime = token?.Until is { } until ? $" The token is in time, until {until:yyyy-MM-dd HH:mm} UTC." : "";
        var values = same.Where(c => !c.IsToken).Select(c => c.Name).ToList();
        if (same.Any(c => c.IsToken) && other.Count > 0)
            return seen.Say("PROBE-TOKEN", $"{seen.Who} refuses the token ({seen.Full.Status}): a made-up one gets the same answer.",
                $"Other values change the answer, a made-up token does not.{inTime}", "Look at who signed the token and for which audience, and at the keys that the server knows (bascule token inspect).", "browser-no-custom-headers");
        if (values.Count == 0)
            return null;
        var names = string.Join(" and ", values);
        return other.Any(c => c.IsToken)
            ? seen.Say("PROBE-QUERY", $"{seen.Who} does not know the value of {names}: a made-up one gets the same answer ({seen.Full.Status}), while a made-up token gets {other.First(c => c.IsToken).Answer.Brief}.",
                $"The token is taken; what stands in {names} is not.{inTime}", $"Correct {names}, or add it on the server. Let the server name what it does not know.", "browser-1006-hides")
            : seen.Say("PROBE-QUERY", $"{seen.Who} answers {seen.Full.Status} without a reason: {(token?.Until is null ? "" : "the token is in time, so ")}it does not know the value of {names}, or not who signed the token.",
                $"A made-up value of {names} gets the same answer, and so does a made-up token: the server tells nobody which of them it refuses.{inTime}",
                $"Compare {names} with what the server knows; then look at who signed the token and for which audience. Let the server give each refusal its own answer.", "browser-1006-hides");
    }

    private static string Who(Differential seen) => seen.Author?.Name ?? "the server";
}
