namespace Bascule.Cluster;

/// <summary>Text of a client made fit for every store: bounded, and without signs that one of them refuses.</summary>
public static class DirectoryText
{
    /// <summary>Longer than any name or address that a person would look for; a hundred thousand connections stay in some tens of megabytes.</summary>
    public const int MaxLength = 200;

    /// <summary>Cuts it at <see cref="MaxLength"/> and puts U+FFFD for control signs and halves of characters. PostgreSQL, for one, refuses U+0000.</summary>
    public static string? Of(string? text)
    {
        if (text is null || (text.Length <= MaxLength && !text.Any(IsUnfit)))
            return text;
        return string.Create(Math.Min(text.Length, MaxLength), text, static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
                target[i] = IsUnfit(source[i]) ? '\uFFFD' : source[i];
        });
    }

    // Any surrogate: what is cut or compared must be the same everywhere, and a name with signs beyond the basic plane is still told apart by the rest.
    private static bool IsUnfit(char c) => char.IsControl(c) || char.IsSurrogate(c);
}
