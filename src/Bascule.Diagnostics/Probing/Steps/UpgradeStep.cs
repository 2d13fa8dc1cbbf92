using System.Net.Security;

namespace Bascule.Diagnostics;

/// <summary>A handshake that was answered by a 101, and how to do it again.</summary>
/// <param name="Peer">Its owner disposes it.</param>
/// <param name="Again">Makes the same request with a fresh key.</param>
internal sealed record OpenedUpgrade(HeadText Request, HttpAnswer Answer, RawPeer Peer, Func<HeadText> Again);

/// <summary>The upgrade and its variants: what changes the answer is the cause.</summary>
internal sealed class UpgradeStep(Ladder ladder, ProbeTarget target, ProbeRequest requests, HttpExchange exchange, ProbeDoor door, TimeProvider time)
{
    // Enough to meet both of two instances nearly always, and few beside the variants.
    private const int Repeats = 5;

    private const int MostParameters = 4;

    // Enough for a server to see that a connection has ended.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <returns>All answers, and the first upgrade that was taken; null when none was. The caller disposes its peer.</returns>
    internal async Task<(Differential Seen, OpenedUpgrade? Opened)> TakeAsync(CancellationToken interruption)
    {
        var start = ladder.Now();
        var request = requests.Upgrade();
        var (full, peer) = await exchange.OpenAsync(request, interruption);
        var took = ladder.Since(start);
        try
        {
            var seen = await VariantsAsync(full, interruption);
            if (full.Status == 101 && seen.Again.Any(a => a.Status is 0 or >= 500))
                seen = seen with { Singly = await SinglyAsync(interruption) };
            if (peer is not null && seen.Singly.Count > 0 && seen.Singly.All(a => a.Status != 101))
            {
                // The first one, which is open, may be all that there is room for.
                await peer.DisposeAsync();
                peer = null;
                await Task.Delay(Pause, time, interruption);
                (var again, peer) = await exchange.OpenAsync(request, interruption);
                if (again.Status == 101)
                    (full, seen) = (again, seen with { Full = again, Singly = [again] });
            }

            var verdict = full.Status == 101 ? null : full.Head is null && await SpeaksTlsAsync(interruption) ? WrongScheme(seen) : RefusalJudge.Of(seen);
            ladder.Add("http", seen.Plain.Head is null ? StepResult.Warn : StepResult.Ok, seen.Plain.Took, $"GET {target.Url.AbsolutePath}: {seen.Plain}");
            ladder.Add("upgrade", full.Status == 101 ? StepResult.Ok : StepResult.Fail, took, full.ToString(), verdict);
            Variant("upgrade-no-origin", seen.NoOrigin, full);
            if (seen.OwnOrigin is { } own)
                Variant("upgrade-own-origin", own, full);
            if (seen.TokenInQuery is { } query)
                Variant("upgrade-token-in-query", query, full);
            if (seen.OtherSlash is { } slash)
                Variant("upgrade-other-slash", slash, full);
            Repeated(seen);
            if (seen.Changed.Count > 0)
                ladder.Add("upgrade-other-values", StepResult.Ok, seen.Changed.Max(c => c.Answer.Took), string.Join("; ", seen.Changed.Select(c => $"{c.Name} made up: {(c.Answer.IsLike(full) ? "the same" : c.Answer)}")));
            ladder.Add("upgrade-elsewhere", StepResult.Ok, seen.Elsewhere.Took, $"an unknown path: {seen.Elsewhere}");
            var opened = peer is not null ? new OpenedUpgrade(request, full, peer, requests.Upgrade) : await OtherWayAsync(seen, interruption);
            peer = null;
            return (seen, opened);
        }
        finally
        {
            if (peer is not null)
                await peer.DisposeAsync();
        }
    }

    private async Task<Differential> VariantsAsync(HttpAnswer full, CancellationToken interruption)
    {
        var noOrigin = exchange.AskAsync(WithoutOrigin(), interruption);
        var own = target.Origin is null || target.Origin == target.OwnOrigin ? null : exchange.AskAsync(OwnOrigin(), interruption);
        var elsewhere = exchange.AskAsync(requests.UpgradeElsewhere(), interruption);
        var plain = exchange.AskAsync(requests.Plain(), interruption);
        var plainElsewhere = exchange.AskAsync(requests.PlainElsewhere(), interruption);
        var changed = full.Status is 400 or 401 or 403 or 404 ? Task.WhenAll(Changes(interruption)) : Task.FromResult<ChangedValue[]>([]);
        var query = target.Token is not null && full.Status is 401 or 403 ? exchange.AskAsync(TokenInQuery(), interruption) : null;
        var slash = full.Status == 404 && target.Url.AbsolutePath.Length > 1 ? exchange.AskAsync(OtherSlash(), interruption) : null;
        await Task.WhenAll(new Task?[] { changed, noOrigin, own, elsewhere, plain, plainElsewhere, query, slash }.OfType<Task>());
        return new Differential(target, full, await noOrigin, own is null ? null : await own, await elsewhere, await plain, await plainElsewhere)
        {
            // When the variants are over: a limit of connections should not change them.
            Again = await Task.WhenAll(Enumerable.Range(0, Repeats).Select(_ => exchange.AskAsync(requests.Upgrade(), interruption))),
            Changed = await changed,
            Now = time.GetUtcNow(),
            TokenInQuery = query is null ? null : await query,
            OtherSlash = slash is null ? null : await slash,
        };
    }

    /// <summary>The same upgrade, one after the other, when those at once are closed and forgotten.</summary>
    private async Task<IReadOnlyList<HttpAnswer>> SinglyAsync(CancellationToken interruption)
    {
        List<HttpAnswer> answers = [];
        for (var i = 0; i < Repeats; i++)
        {
            await Task.Delay(Pause, time, interruption);
            answers.Add(await exchange.AskAsync(requests.Upgrade(), interruption));
        }

        return answers;
    }

    private IEnumerable<Task<ChangedValue>> Changes(CancellationToken interruption)
    {
        if (target.Token is not null)
            yield return AskAsync("Authorization", target.Token, isToken: true, requests.UpgradeWithOtherToken());
        foreach (var (name, value) in TokenSeen.QueryOf(target.Url).Where(p => p.Value.Length > 0).Take(MostParameters))
            yield return AskAsync(name, value, TokenSeen.IsToken(name, value), requests.UpgradeWithOther(name, value));

        async Task<ChangedValue> AskAsync(string name, string value, bool isToken, (HeadText Request, string MadeUp) other)
        {
            var answer = await exchange.AskAsync(other.Request, interruption);
            // A server that repeats what it was asked for gives the same answer all the same.
            return new(name, isToken, answer with { Body = answer.Body.Replace(other.MadeUp, answer.Masked(value), StringComparison.Ordinal) });
        }
    }

    /// <summary>After a refusal the verdict is that of the step before.</summary>
    private void Repeated(Differential seen)
    {
        List<HttpAnswer> all = [seen.Full, .. seen.Again];
        var kinds = all.GroupBy(a => a.Brief).Select(g => $"{g.Count()} times {g.Key}").ToList();
        var verdict = seen.Full.Status == 101 ? MixedAnswers.Judge(seen) ?? InstanceMarks.Judge(all) : null;
        ladder.Add("upgrade-again", kinds.Count == 1 || verdict?.Severity == Severity.Info ? StepResult.Ok : StepResult.Warn, seen.Again.Max(a => a.Took), kinds.Count == 1 ? $"the same in all of {all.Count}" : $"{string.Join(", ", kinds)}{(seen.Singly.Count == 0 ? "" : $"; one after the other {seen.Singly.Count(a => a.Status == 101)} of {seen.Singly.Count} are let in")}", verdict);
    }

    /// <summary>The steps behind a refusal are worth seeing when another way is open.</summary>
    private async Task<OpenedUpgrade?> OtherWayAsync(Differential seen, CancellationToken interruption)
    {
        Func<HeadText>? again = seen switch
        {
            { NoOrigin.Status: 101 } => WithoutOrigin,
            { OwnOrigin.Status: 101 } => OwnOrigin,
            { TokenInQuery.Status: 101 } => TokenInQuery,
            { OtherSlash.Status: 101 } => OtherSlash,
            _ => null,
        };
        if (again is null)
            return null;
        var request = again();
        var (answer, peer) = await exchange.OpenAsync(request, interruption);
        return peer is null ? null : new OpenedUpgrade(request, answer, peer, again);
    }

    private HeadText WithoutOrigin() => requests.Upgrade().Without("Origin");

    private HeadText OwnOrigin() => requests.Upgrade().Replace("Origin", target.OwnOrigin);

    private HeadText TokenInQuery() => requests.UpgradeWithTokenIn("token");

    private HeadText OtherSlash()
    {
        var path = target.Url.AbsolutePath;
        return requests.Upgrade() with { FirstLine = $"GET {(path.EndsWith('/') ? path.TrimEnd('/') : path + "/")}{target.Url.Query} HTTP/1.1" };
    }

    private void Variant(string id, HttpAnswer answer, HttpAnswer full) => ladder.Add(
        id, answer.Status == 101 ? StepResult.Ok : full.Status == 101 ? StepResult.Warn : StepResult.Fail, answer.Took, answer.IsLike(full) ? $"the same: {answer}" : answer.ToString());

    private async Task<bool> SpeaksTlsAsync(CancellationToken interruption)
    {
        if (target.IsSecure)
            return false;
        var opening = await door.OpenAsync(isSecure: true, [SslApplicationProtocol.Http11], interruption);
        if (opening.Peer is { } peer)
            await peer.DisposeAsync();
        return opening.Tls is not null;
    }

    private Verdict WrongScheme(Differential seen) => seen.Say(
        "PROBE-TLS-PLAINTEXT", $"ws:// points to a port that speaks TLS: {target.Url.Authority}.", "A request without TLS is not understood there, and the same port takes TLS.",
        $"Connect to wss://{target.Url.Authority}{target.Url.AbsolutePath}.");
}
