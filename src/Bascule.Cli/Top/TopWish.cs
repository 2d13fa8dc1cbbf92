namespace Bascule.Cli;

/// <summary>What a key asks for beyond another picture.</summary>
public abstract record TopWish
{
    /// <summary>Leave the monitor.</summary>
    public sealed record Quit : TopWish;

    /// <summary>Look at the source now: another view needs other answers.</summary>
    public sealed record Look : TopWish;

    /// <summary>Why an attempt failed, or how its connection stands.</summary>
    public sealed record Explain(string Attempt) : TopWish;

    /// <param name="Why">For the audit log.</param>
    public sealed record Close(string Attempt, string Why) : TopWish;

    /// <param name="Why">For the audit log.</param>
    public sealed record Drain(string Pool, string Node, string Why) : TopWish;
}

/// <summary>A question on the line above the footer, and what is typed there.</summary>
public sealed class TopPrompt(string question, Func<string, TopPrompt?> whenEntered)
{
    private const int MostLetters = 200;

    public string Question => question;

    public string Text { get; init; } = "";

    /// <summary>Called with each letter: the filter works while it is typed.</summary>
    public Action<string> WhenTyped { get; init; } = static _ => { };

    /// <summary>What is asked for: this is no question any more, but the answer to the last one.</summary>
    public TopWish? Wish { get; init; }

    /// <summary>The prompt after this key: another text, the next question, or none.</summary>
    public TopPrompt? Press(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.Enter)
            return whenEntered(Text);
        var text = key.Key == ConsoleKey.Backspace ? Text[..Math.Max(0, Text.Length - 1)] : char.IsControl(key.KeyChar) || Text.Length >= MostLetters ? Text : Text + key.KeyChar;
        WhenTyped(text);
        return new TopPrompt(question, whenEntered) { Text = text, WhenTyped = WhenTyped };
    }
}
