namespace Bascule.Cli;

/// <summary>One line on a terminal that says what each section is doing; nothing elsewhere. The standard output keeps only the report.</summary>
internal sealed class DoctorProgress(Output output)
{
    private const int MostCharacters = 100;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, string> _states = new(StringComparer.Ordinal);
    private string _shown = "";

    internal void Tell(string section, string state)
    {
        if (!output.IsTerminal)
            return;
        lock (_gate)
        {
            _states[section] = state;
            Show();
        }
    }

    internal void Done(string section)
    {
        if (!output.IsTerminal)
            return;
        lock (_gate)
        {
            _states.Remove(section);
            Show();
        }
    }

    private void Show()
    {
        var line = string.Join("   ", _states.Select(s => $"{s.Key}: {s.Value}"));
        line = CellText.Clean(line.Length > MostCharacters ? line[..MostCharacters] : line);
        output.Error.Write($"\r{line.PadRight(_shown.Length)}{(line.Length == 0 ? "\r" : "")}");
        _shown = line;
    }
}
