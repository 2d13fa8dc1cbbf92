using System.Collections;

namespace Bascule.Model;

/// <summary>Header fields in the order they came, names compared without case (RFC 9110 §5.1).</summary>
public sealed class HeaderList : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _fields;

    public HeaderList(int capacity = 16) => _fields = new List<KeyValuePair<string, string>>(capacity);

    public int Count => _fields.Count;

    public KeyValuePair<string, string> this[int index] => _fields[index];

    public void Add(string name, string value) => _fields.Add(new KeyValuePair<string, string>(name, value));

    /// <summary>The value of the first field of that name, or null.</summary>
    public string? First(string name)
    {
        foreach (var field in _fields)
        {
            if (field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return field.Value;
        }

        return null;
    }

    /// <summary>All values of that name joined by <c>", "</c> (RFC 9110 §5.3), or null when there is none.</summary>
    public string? Joined(string name)
    {
        string? joined = null;
        foreach (var field in _fields)
        {
            if (field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                joined = joined is null ? field.Value : joined + ", " + field.Value;
        }

        return joined;
    }

    public int CountOf(string name)
    {
        var count = 0;
        foreach (var field in _fields)
        {
            if (field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                count++;
        }

        return count;
    }

    public List<KeyValuePair<string, string>>.Enumerator GetEnumerator() => _fields.GetEnumerator();

    IEnumerator<KeyValuePair<string, string>> IEnumerable<KeyValuePair<string, string>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
