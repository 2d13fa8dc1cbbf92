using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Bascule.Cli;

/// <summary>How commands write: results to the standard output, errors to the standard error, tables only on a terminal.</summary>
/// <param name="isTerminal">Whether a person reads along, so that tables and live views make sense.</param>
/// <param name="isColored">False under <c>NO_COLOR</c> (no-color.org).</param>
/// <param name="pipe">The standard output where it is a pipe, and throws when its reader has gone; else null.</param>
public sealed class Output(TextWriter standard, TextWriter error, bool isTerminal, bool isColored, TextWriter? pipe = null)
{
    private static readonly JsonSerializerOptions JsonLayout = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public TextWriter Standard { get; } = standard;

    public TextWriter Error { get; } = error;

    public bool IsTerminal { get; } = isTerminal;

    /// <summary>Whether colours are wanted.</summary>
    public bool IsColored { get; } = isColored;

    /// <summary>One line or several. What a terminal would obey is taken out: much of what commands tell was written by others.</summary>
    /// <exception cref="OutputFault">The disk is full, or nobody may write there.</exception>
    public void Line(string text) => Text(CellText.CleanLines(text) + Standard.NewLine);

    /// <summary>A whole document, as it is.</summary>
    /// <exception cref="OutputFault">The disk is full, or nobody may write there.</exception>
    public void Text(string document)
    {
        try
        {
            Standard.Write(document);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw new OutputFault(e);
        }
    }

    /// <summary>As <see cref="Line"/>, for lines that never end.</summary>
    /// <returns>False: whoever read them has gone (<c>… | head</c>).</returns>
    /// <exception cref="OutputFault">The disk is full, or nobody may write there.</exception>
    public bool TryLine(string text)
    {
        if (pipe is null)
        {
            Line(text);
            return true;
        }

        try
        {
            pipe.WriteLine(CellText.CleanLines(text));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>As <see cref="Line"/>, to the standard error. Where that cannot be written, there is nobody left to tell.</summary>
    public void ErrorLine(string text)
    {
        try
        {
            Error.WriteLine(CellText.CleanLines(text));
        }
        catch (Exception e) when (IsRefusal(e))
        {
            // The exit code still tells.
        }
    }

    /// <summary>The value as indented JSON with camelCase names: what <c>--json</c> of a command documents.</summary>
    /// <remarks>Not cleaned: JSON writes control characters as escapes, and programs want texts as they are.</remarks>
    /// <exception cref="OutputFault">The disk is full, or nobody may write there.</exception>
    public void Json<T>(T value) => Text(JsonSerializer.Serialize(value, JsonLayout) + Standard.NewLine);

    /// <summary>A table for people; call it only when <see cref="IsTerminal"/>. Cells are plain text, never markup.</summary>
    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var heading in headings)
            table.AddColumn(new TableColumn(new Spectre.Console.Text(heading, new Style(decoration: Decoration.Bold))));
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Spectre.Console.Text(CellText.Clean(cell))));
        Terminal().Write(table);
    }

    /// <summary>A table on a terminal that is wide enough, else a line for each row: <c>heading=value</c>, without what is empty.</summary>
    /// <param name="headings">Single words.</param>
    public void Rows(IReadOnlyList<string> headings, IReadOnlyCollection<IReadOnlyList<string>> rows)
    {
        // Cells are of one line: a name with a line break in it would make a row of its own.
        rows = [.. rows.Select(row => row.Select(CellText.Clean).ToArray())];
        // A table that is too wide would break ids in two, and nobody could copy them.
        var width = headings.Select((heading, i) => rows.Select(row => row[i].Length).Append(heading.Length).Max() + 3).Sum();
        if (IsTerminal && rows.Count > 0 && width <= Terminal().Profile.Width)
            Table(headings, rows);
        else
            foreach (var row in rows)
                Line(string.Join(' ', row.Select((cell, i) => cell.Length == 0 ? "" : $"{headings[i]}={(cell.Contains(' ') ? $"\"{cell}\"" : cell)}").Where(part => part.Length > 0)));
    }

    private static bool IsRefusal(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The terminal, for live views and colour.</summary>
    public IAnsiConsole Terminal() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Standard),
        ColorSystem = IsColored ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Ansi = IsColored ? AnsiSupport.Detect : AnsiSupport.No,
    });
}
