using System.Globalization;
using System.Text;

namespace Bascule.Gateway;

/// <summary>Writes an explanation for a terminal.</summary>
internal static class ExplainText
{
    private const int Width = 100;
    private const int Indent = 2;

    internal static string Write(ExplainDocument document)
    {
        var text = new StringBuilder();
        Wrap(text, document.Verdict, 0);
        text.Append('\n');
        WriteStages(text, document);
        if (document.Evidence.Count > 0)
        {
            var widest = document.Evidence.Keys.Max(k => k.Length);
            text.Append("Evidence\n");
            foreach (var (name, value) in document.Evidence)
                WriteRow(text, name, value, widest);
            text.Append('\n');
        }

        text.Append("What to do\n");
        Wrap(text, document.Advice, Indent);
        if (document.Try is { } command)
            text.Append("\n  ").Append(command.ReplaceLineEndings("\n  ")).Append('\n');
        text.Append('\n');
        WriteFoot(text, document);
        return text.ToString();
    }

    /// <summary>A duration as a person says it: <c>0.3 ms</c>, <c>12 ms</c>, <c>3.2 s</c>, <c>3 min 2 s</c>, <c>3 h 12 min</c>, <c>2 d 3 h</c>.</summary>
    internal static string Duration(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 10 } => Invariant($"{time.TotalMilliseconds:0.#} ms"),
        { TotalMilliseconds: < 1000 } => Invariant($"{Math.Floor(time.TotalMilliseconds)} ms"),
        { TotalSeconds: < 60 } => Invariant($"{Math.Floor(time.TotalSeconds * 10) / 10:0.#} s"),
        { TotalMinutes: < 60 } => Invariant($"{time.Minutes} min {time.Seconds} s"),
        { TotalHours: < 24 } => Invariant($"{time.Hours} h {time.Minutes} min"),
        _ => Invariant($"{time.Days} d {time.Hours} h"),
    };

    internal static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static void WriteStages(StringBuilder text, ExplainDocument document)
    {
        if (document.Stages.Count == 0)
            return;
        text.Append("What happened");
        if (document.StartedAt is { } started)
            text.Append(", from ").Append(Time(started));
        text.Append('\n');
        foreach (var stage in document.Stages)
        {
            text.Append(' ', Indent).Append(stage.Stage.PadRight(12)).Append("at ").Append(Duration(TimeSpan.FromMilliseconds(stage.AtMilliseconds)).PadRight(13));
            text.Append(stage.TookMilliseconds is { } took ? "took " + Duration(TimeSpan.FromMilliseconds(took)) : "goes on").Append('\n');
        }

        text.Append('\n');
    }

    private static void WriteRow(StringBuilder text, string name, string value, int widest)
    {
        var row = new StringBuilder();
        Wrap(row, value, Indent + widest + 2);
        text.Append(' ', Indent).Append(name.PadRight(widest)).Append("  ").Append(row.ToString().AsSpan(Indent + widest + 2));
    }

    private static void WriteFoot(StringBuilder text, ExplainDocument document)
    {
        var facts = new List<string> { $"attempt {document.Attempt}" };
        if (document.Label is not null)
            facts.Add($"reason {document.Label}");
        if (document.Close is { } close)
            facts.Add(close.Code == 0 ? "no close frame was sent to the client" : Invariant($"close code {close.Code}"));
        if (document.Retry is not null)
            facts.Add($"retry {document.Retry}");
        if (document.Docs is not null)
            facts.Add($"see {document.Docs}");
        Wrap(text, string.Join("; ", facts), 0);
    }

    /// <summary>Breaks at spaces; a word longer than a line (a path, a token list) is broken hard.</summary>
    private static void Wrap(StringBuilder text, string words, int indent)
    {
        var room = Width - indent;
        foreach (var paragraph in words.Split('\n'))
        {
            var rest = paragraph.Trim();
            do
            {
                var end = rest.Length;
                if (end > room)
                {
                    var space = rest.LastIndexOf(' ', room);
                    end = space > 0 ? space : room;
                }

                text.Append(' ', indent).Append(rest.AsSpan(0, end).TrimEnd()).Append('\n');
                rest = rest[end..].TrimStart();
            }
            while (rest.Length > 0);
        }
    }
}
