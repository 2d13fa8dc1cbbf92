using System.Collections;

namespace Bascule.Diagnostics;

/// <summary>The cases of one area, written as a table.</summary>
internal sealed class CaseTable(ConformArea area) : IEnumerable<ConformCase>
{
    private readonly List<ConformCase> _cases = [];

    /// <param name="id">Without the name of the area, which goes before it.</param>
    internal void Add(string id, string title, string source, Func<ConformStage, CancellationToken, Task<Observation>> run) =>
        _cases.Add(new ConformCase($"{area.Name}-{id}", area, title, source, run));

    public IEnumerator<ConformCase> GetEnumerator() => _cases.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
