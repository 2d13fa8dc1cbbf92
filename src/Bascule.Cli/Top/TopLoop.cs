namespace Bascule.Cli;

/// <summary>Runs the monitor on a terminal: one look after the other, keys in between, orders beside.</summary>
/// <param name="gateway">Null where there is only a health document: then nothing can be explained or ordered.</param>
internal sealed class TopLoop(TopModel model, Screen screen, GatewaySource? gateway, TimeProvider time)
{
    /// <summary>The picture moves on while an answer does not come.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly EventWatch? _events = gateway is null ? null : new EventWatch(gateway, time);
    private Task<TopSnapshot>? _look;
    private Task _pause = Task.CompletedTask;
    private Task _beat = Task.CompletedTask;
    private Task<Action>? _act;
    private bool _hurry;

    /// <summary>Ends when the person leaves; nothing that was asked goes on after that.</summary>
    /// <exception cref="AdminFault">The source says no to the first question.</exception>
    internal async Task RunAsync(CancellationToken interruption)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        try
        {
            var input = screen.ReadAsync(leaving.Token).AsTask();
            while (true)
            {
                Begin(leaving.Token);
                screen.Show(TopFrame.Draw(model, screen.Size));
                await Task.WhenAny(((Task?[])[input, _look, _look is null && !model.IsFrozen ? _pause : null, _act, _beat]).OfType<Task>());
                if (input.IsCompleted)
                {
                    if ((await input).Key is { } key && model.Press(key) is { } wish && !Carry(wish, leaving.Token))
                        return;
                    input = screen.ReadAsync(leaving.Token).AsTask();
                }

                await TakeAsync(leaving.Token);
            }
        }
        finally
        {
            await leaving.CancelAsync();
            foreach (var open in ((Task?[])[_look, _act]).OfType<Task>())
                await open.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_events is not null)
                await _events.DisposeAsync();
        }
    }

    private void Begin(CancellationToken cancellation)
    {
        if (_look is null && (_pause.IsCompleted || _hurry) && !model.IsFrozen)
        {
            _hurry = false;
            _look = model.Source.LookAsync([model.View], cancellation);
        }

        if (_beat.IsCompleted)
            _beat = Task.Delay(Beat, time, cancellation);
    }

    /// <returns>False: leave.</returns>
    private bool Carry(TopWish wish, CancellationToken cancellation)
    {
        switch (wish)
        {
            case TopWish.Quit:
                return false;
            case TopWish.Look:
                if (model.View == TopViewKind.Events)
                    _events?.Begin();
                _hurry = true;
                break;
            case var other when _act is not null:
                model.Say($"One {(other is TopWish.Explain ? "question" : "order")} at a time: the gateway has not answered the one before.", Tone.Warning);
                break;
            default:
                _act = ActAsync(wish, cancellation);
                break;
        }

        return true;
    }

    /// <summary>What has come in meanwhile.</summary>
    private async Task TakeAsync(CancellationToken cancellation)
    {
        if (_act is { IsCompleted: true } done)
        {
            _act = null;
            (await done)();
        }

        if (_look is not { IsCompleted: true } look)
            return;
        _look = null;
        _pause = Task.Delay(model.Settings.Every, time, cancellation);
        await model.TakeAsync(look);
        if (!model.IsFrozen)
            model.Known.Heard(_events?.Take() ?? []);
    }

    /// <returns>What to do with the answer: the model belongs to the loop.</returns>
    private async Task<Action> ActAsync(TopWish wish, CancellationToken cancellation)
    {
        try
        {
            switch (wish)
            {
                case TopWish.Explain explain:
                    var text = await gateway!.ExplainAsync(explain.Attempt, cancellation);
                    return () => model.Explained(explain.Attempt, text);
                case TopWish.Close close:
                    return Said(await gateway!.CloseAsync(close.Attempt, close.Why, cancellation), Tone.Good);
                case TopWish.Drain drain:
                    return Said(await gateway!.DrainAsync(drain.Pool, drain.Node, drain.Why, cancellation), Tone.Good);
                default:
                    throw new InvalidOperationException($"{wish} is no order.");
            }
        }
        catch (AdminFault fault)
        {
            return Said(fault.Message, Tone.Bad);
        }
    }

    private Action Said(string text, Tone tone) => () => model.Say(text, tone);
}
