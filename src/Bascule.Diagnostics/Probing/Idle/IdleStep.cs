using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>Finds the silence that ends connections: one silent connection for each length, beside one that pings and one that talks.</summary>
internal sealed class IdleStep(Ladder ladder, SocketOpener opener, ProbeOptions options, IReadOnlyList<HopSeen> hops, ProbeFacts facts)
{
    // The busy ones outlive the first silent one by this much, so that both cannot have met the same limit.
    private const double Beyond = 1.25;

    // Shorter than any limit that is worth the name: a ping that comes later than the cut tells nothing.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly LifeSign _sign = facts.Pongs ? LifeSign.Pong : facts.Echoes ? LifeSign.Echo : LifeSign.None;
    private readonly Lock _gate = new();
    private TimeSpan _until = options.Idle.Max();

    /// <returns>The shortest silence that ended a connection; null when none did.</returns>
    internal async Task<TimeSpan?> TakeAsync(CancellationToken interruption)
    {
        var start = ladder.Now();
        var every = options.BusyEvery ?? TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, options.Idle.Min().Ticks / 3));
        List<Task<IdleSeen>> all = [.. options.Idle.Distinct().Order().Select(length => SilentAsync(length, interruption)), BusyAsync(IdleManner.Pinging, every, interruption)];
        if (facts.Echoes)
            all.Add(BusyAsync(IdleManner.Talking, every, interruption));
        var seen = await Task.WhenAll(all);
        var verdict = IdleJudge.Of(seen, hops);
        var evidence = string.Join("; ", seen.Select(s => s.ToString()));
        var isUnknown = seen.Any(s => s.End == IdleEnd.Unknown);
        if (isUnknown)
            evidence += "; the server answers neither pings nor messages, so one that died without a word would look the same";
        ladder.Add("idle", verdict is null ? isUnknown ? StepResult.Warn : StepResult.Ok : verdict.Severity == Severity.Error ? StepResult.Fail : StepResult.Warn, ladder.Since(start), evidence, verdict);
        return seen.Where(s => s is { Manner: IdleManner.Silent, IsCut: true }).Select(s => (TimeSpan?)s.After).Min();
    }

    private async Task<IdleSeen> SilentAsync(TimeSpan length, CancellationToken interruption)
    {
        var (answer, peer, _) = await opener.OpenAsync(options.Clock, interruption);
        if (peer is null)
            return new IdleSeen(IdleManner.Silent, length, TimeSpan.Zero, IdleEnd.Refused, 0, 0, answer.Brief);
        await using (peer)
        {
            var life = new IdleLife(peer, ladder, IdleManner.Silent, length);
            while (life.Age < length && !life.IsOver)
                await life.ListenAsync(length - life.Age, interruption);
            var seen = await life.EndAsync(_sign, options.Clock.StepLimit, interruption);
            if (seen.IsCut)
                Prolong(seen.After);
            return seen;
        }
    }

    private async Task<IdleSeen> BusyAsync(IdleManner manner, TimeSpan every, CancellationToken interruption)
    {
        var (answer, peer, _) = await opener.OpenAsync(options.Clock, interruption);
        if (peer is null)
            return new IdleSeen(manner, TimeSpan.Zero, TimeSpan.Zero, IdleEnd.Refused, 0, 0, answer.Brief);
        await using (peer)
        {
            var life = new IdleLife(peer, ladder, manner, TimeSpan.Zero);
            while (life.Age < Until() && !life.IsOver)
            {
                await life.SayAsync(manner == IdleManner.Pinging ? RawFrame.Ping("idle"u8.ToArray()) : RawFrame.Text("bascule probe, idle"), interruption);
                var next = life.Age + every;
                while (life.Age < next && !life.IsOver)
                    await life.ListenAsync(next - life.Age, interruption);
            }

            return await life.EndAsync(_sign, options.Clock.StepLimit, interruption);
        }
    }

    private TimeSpan Until()
    {
        lock (_gate)
            return _until;
    }

    private void Prolong(TimeSpan cut)
    {
        lock (_gate)
            _until = TimeSpan.FromTicks(Math.Max(_until.Ticks, (long)(cut.Ticks * Beyond)));
    }

    /// <summary>One connection and what came on it.</summary>
    /// <param name="silence">That it shall keep; a busy one measures its own, which a machine that stands still makes longer than planned.</param>
    private sealed class IdleLife(RawPeer peer, Ladder ladder, IdleManner manner, TimeSpan silence)
    {
        private readonly long _start = ladder.Now();
        private TimeSpan _silence = silence;
        private TimeSpan _said;
        private int _pings;
        private int _messages;
        private bool _isAsked;
        private IdleEnd? _end;
        private TimeSpan _after;
        private string _note = "";

        internal TimeSpan Age => ladder.Since(_start);

        internal bool IsOver => _end is not null;

        internal async Task SayAsync(RawFrame frame, CancellationToken interruption)
        {
            Break(Age);
            await peer.SendAsync(frame, interruption);
        }

        /// <summary>Takes what comes within the time: one frame, or the end.</summary>
        /// <returns>Whether something came that shows that the connection lives.</returns>
        internal async Task<bool> ListenAsync(TimeSpan limit, CancellationToken interruption)
        {
            // The clock may have passed the end since it was asked.
            var read = await peer.ReadAsync(limit > TimeSpan.Zero ? limit : TimeSpan.FromTicks(1), interruption);
            switch (read)
            {
                case { Frame.Opcode: (int)Opcode.Ping }:
                    _pings++;
                    await peer.SendAsync(RawFrame.Pong(read.Frame!.Payload), interruption);
                    return true;
                case { Frame.Opcode: (int)Opcode.Close }:
                    Over(IdleEnd.Close, read.Frame!.ToString());
                    break;
                case { Frame: not null }:
                    _messages += !_isAsked && manner == IdleManner.Silent && read.Frame.Opcode != (int)Opcode.Pong ? 1 : 0;
                    return true;
                case { End: PeerEnd.Fin }:
                    Over(IdleEnd.Fin, "");
                    break;
                case { End: PeerEnd.Reset or PeerEnd.Unreadable }:
                    Over(IdleEnd.Reset, "");
                    break;
            }

            return false;
        }

        /// <summary>Asks whether somebody is still there.</summary>
        internal async Task<IdleSeen> EndAsync(LifeSign sign, TimeSpan patience, CancellationToken interruption)
        {
            if (!IsOver)
            {
                // The time of the silence counts, not that of the question.
                var (age, isAlive) = (Age, false);
                _isAsked = true;
                await peer.SendAsync(sign == LifeSign.Echo ? RawFrame.Text("bascule probe, still there") : RawFrame.Ping("still there"u8.ToArray()), interruption);
                while (!isAlive && !IsOver && Age < age + patience)
                    isAlive = await ListenAsync(age + patience - Age, interruption);
                if (isAlive || !IsOver)
                    Over(isAlive ? IdleEnd.Alive : sign == LifeSign.None ? IdleEnd.Unknown : IdleEnd.Vanished, "");
                _after = age;
            }

            if (manner != IdleManner.Silent)
                Break(_after);
            return new IdleSeen(manner, _silence, _after, _end!.Value, _pings, _messages, _note);
        }

        private void Break(TimeSpan age)
        {
            if (age - _said > _silence)
                _silence = age - _said;
            _said = age;
        }

        private void Over(IdleEnd end, string note) => (_end, _after, _note) = (end, Age, note);
    }
}
