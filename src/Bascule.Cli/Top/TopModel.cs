namespace Bascule.Cli;

/// <param name="MayWrite">Connections may be closed and nodes drained.</param>
/// <param name="Every">Time between two looks.</param>
public sealed record TopSettings(bool MayWrite, TimeSpan Every);

/// <summary>A text over the view: help, or an explanation.</summary>
public sealed class TopText(string title, IReadOnlyList<string> lines)
{
    public string Title => title;

    public IReadOnlyList<string> Lines => lines;

    /// <summary>The line on top.</summary>
    public int Top { get; set; }

    /// <summary>Which attempt it explains; null for others.</summary>
    public string? Attempt { get; init; }
}

/// <summary>The monitor without its terminal and its network: what is known, what is looked at, what keys do.</summary>
public sealed class TopModel(ITopSource source, TopSettings settings, TimeProvider time)
{
    private readonly Dictionary<TopViewKind, TopCursor> _cursors = source.Views.ToDictionary(v => v, _ => new TopCursor());

    public ITopSource Source => source;

    public TopSettings Settings => settings;

    public TopKnowledge Known { get; } = new(settings.Every);

    public TopViewKind View { get; private set; } = source.Views[0];

    public TopCursor Cursor => _cursors[View];

    /// <summary>Nothing is asked, and nothing changes, until it is thawed.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>What stands over the view; null: nothing.</summary>
    public TopText? Over { get; private set; }

    /// <summary>What is being asked; null: nothing.</summary>
    public TopPrompt? Prompt { get; private set; }

    /// <summary>What came of the last key.</summary>
    public (string Text, Tone Tone)? Message { get; private set; }

    /// <summary>Rows that a page has: the last picture tells.</summary>
    internal int PageRows { get; set; } = 10;

    public TimeSpan SinceLatest => Known.Latest is { } latest ? time.GetUtcNow() - latest.At : TimeSpan.Zero;

    /// <summary>Takes what a look brings. Who cannot be asked now may be asked again.</summary>
    /// <exception cref="AdminFault">The very first answer is a no: it will be one the next time, too.</exception>
    public async Task TakeAsync(Task<TopSnapshot> look)
    {
        try
        {
            var news = await look;
            if (!IsFrozen)
                Known.Took(news);
        }
        catch (AdminFault fault) when (fault.ExitCode == ExitCodes.Unreachable || Known.Latest is not null)
        {
            Known.Failed(fault.Message);
        }
    }

    /// <summary>What came of an order.</summary>
    public void Say(string text, Tone tone) => Message = (text, tone);

    /// <summary>The explanation that was asked for has come; too late when something else is looked at by now.</summary>
    public void Explained(string attempt, string text)
    {
        if (Over?.Attempt == attempt)
            Over = new TopText(Over.Title, [.. Details(attempt), .. text.Split('\n')]) { Attempt = attempt };
    }

    public TopWish? Press(ConsoleKeyInfo key)
    {
        Message = null;
        if (Prompt is not null)
            return PressInPrompt(key);
        if (key.KeyChar is 'q' or 'Q')
            return new TopWish.Quit();
        if (key.KeyChar == '?')
            Over = Over?.Title == TopHelp.Title ? null : new TopText(TopHelp.Title, TopHelp.Lines(source.Views, settings));
        else if (key.KeyChar is >= '1' and <= '9' && key.KeyChar - '1' < source.Views.Count)
            return Switch(source.Views[key.KeyChar - '1']);
        else if (key.Key == ConsoleKey.Tab)
            return Switch(source.Views[(source.Views.Index().First(v => v.Item == View).Index + 1) % source.Views.Count]);
        else if (key.KeyChar is 'f')
            return Freeze();
        else if (Over is { } over)
            PressInText(over, key);
        else
            return PressInTable(key);
        return null;
    }

    private TopWish.Look? Switch(TopViewKind view)
    {
        (View, Over) = (view, null);
        return IsFrozen ? null : new TopWish.Look();
    }

    private TopWish.Look? Freeze()
    {
        IsFrozen = !IsFrozen;
        return IsFrozen ? null : new TopWish.Look();
    }

    private TopWish? PressInPrompt(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.Escape)
        {
            Prompt!.WhenTyped("");
            Prompt = null;
            return null;
        }

        Prompt = Prompt!.Press(key);
        if (Prompt?.Wish is not { } wish)
            return null;
        Prompt = null;
        return wish;
    }

    private void PressInText(TopText over, ConsoleKeyInfo key)
    {
        if (key.Key is ConsoleKey.Escape or ConsoleKey.Enter)
            Over = null;
        else
            over.Top = Math.Clamp(over.Top + Steps(key), 0, Math.Max(0, over.Lines.Count - PageRows));
    }

    private TopWish.Explain? PressInTable(ConsoleKeyInfo key)
    {
        var table = TopViews.Make(View, Known);
        var rows = Cursor.Arrange(table);
        var row = rows.FirstOrDefault(r => r.Key == Cursor.Selected);
        switch (key)
        {
            case { KeyChar: '/' }:
                Prompt = new TopPrompt("filter: ", _ => null) { Text = Cursor.Filter, WhenTyped = text => Cursor.Filter = text };
                break;
            case { KeyChar: 's' }:
                Cursor.Sort(table);
                break;
            case { KeyChar: 'r' }:
                Cursor.Reverse();
                break;
            case { KeyChar: 'k' }:
                AskClose(row);
                break;
            case { KeyChar: 'd' }:
                AskDrain(row);
                break;
            case { Key: ConsoleKey.Escape }:
                Cursor.Filter = "";
                break;
            case { Key: ConsoleKey.Enter }:
                return Open(row);
            default:
                Cursor.Move(rows, Steps(key));
                break;
        }

        return null;
    }

    private TopWish.Explain? Open(TopRow? row)
    {
        if (row?.Attempt is { } attempt)
        {
            Over = new TopText($"attempt {attempt}", [.. Details(attempt), "asking the gateway …"]) { Attempt = attempt };
            return new TopWish.Explain(attempt);
        }

        if (row?.Note is { } note)
            Over = new TopText(row.Cells[0].Text.Trim(), [note]);
        else
            Say("There is no more to tell of this row.", Tone.Dim);
        return null;
    }

    private IEnumerable<string> Details(string attempt) =>
        View == TopViewKind.Connections && Known.Latest?.Connections?.Connections.FirstOrDefault(c => c.Attempt == attempt) is { } found ? [.. ConnectionsView.Details(found), ""] : [];

    private void AskClose(TopRow? row)
    {
        if (View != TopViewKind.Connections || row?.Attempt is not { } attempt)
            Say("k closes the selected connection of the view of connections.", Tone.Warning);
        else
            Ask($"close {attempt[..Math.Min(8, attempt.Length)]}… of {row.Cells[0].Text} from {row.Cells[3].Text}", why => new TopWish.Close(attempt, why));
    }

    private void AskDrain(TopRow? row)
    {
        if (View != TopViewKind.Pools || PoolsView.NodeOf(row?.Key) is not var (pool, node))
            Say("d drains the selected node of the view of pools.", Tone.Warning);
        else
            Ask($"drain {node} of pool {pool}, which moves its clients away,", why => new TopWish.Drain(pool, node, why));
    }

    /// <summary>A reason for the audit log, then a yes: neither alone is typed by accident.</summary>
    private void Ask(string what, Func<string, TopWish> wish)
    {
        if (!settings.MayWrite)
        {
            Say($"Read-only. To {what.Split(' ')[0]}: bascule top --write", Tone.Warning);
            return;
        }

        Prompt = new TopPrompt($"{what} because: ", why => why.Trim().Length == 0 ? Refused("Nothing done: the audit log wants a reason.") : Confirm(why.Trim()));

        TopPrompt Confirm(string why) => new($"{what} type yes: ", answer => answer.Trim() is "yes" or "y" ? new TopPrompt("", _ => null) { Wish = wish(why) } : Refused("Nothing done."));

        TopPrompt? Refused(string text)
        {
            Say(text, Tone.Warning);
            return null;
        }
    }

    private int Steps(ConsoleKeyInfo key) => key.Key switch
    {
        ConsoleKey.UpArrow => -1,
        ConsoleKey.DownArrow => 1,
        ConsoleKey.PageUp => -PageRows,
        ConsoleKey.PageDown => PageRows,
        ConsoleKey.Home => int.MinValue / 2,
        ConsoleKey.End => int.MaxValue / 2,
        _ => 0,
    };
}
